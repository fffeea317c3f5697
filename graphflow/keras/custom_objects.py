"""Names that a program gives to its own functions and classes, for Keras's `get` functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_objects: dict[str, Any] = {}


def get_custom_objects() -> dict[str, Any]:
    """Return the table of a program's own names, which it may change.

    >>> import graphflow as tf
    >>> tf.keras.utils.get_custom_objects()["triple"] = lambda x: 3 * x
    >>> tf.keras.activations.get("triple")(2)
    6
    >>> del tf.keras.utils.get_custom_objects()["triple"]
    """
    return _objects


class CustomObjectScope:
    """Knows more names within a `with` block, and those of before after it.

    Args:
      *args: dictionaries from names to functions and classes.

    >>> import graphflow as tf
    >>> with tf.keras.utils.CustomObjectScope({"triple": lambda x: 3 * x}):
    ...     tf.keras.activations.get("triple")(2)
    6
    """

    def __init__(self, *args: Mapping[str, Any]) -> None:
        self.custom_objects = args
        self.backup: dict[str, Any] = {}

    def __enter__(self) -> CustomObjectScope:
        self.backup = dict(_objects)
        for objects in self.custom_objects:
            _objects.update(objects)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        _objects.clear()
        _objects.update(self.backup)


def custom_object_scope(*args: Mapping[str, Any]) -> CustomObjectScope:
    """Return a `CustomObjectScope`.

    Args:
      *args: dictionaries from names to functions and classes.
    """
    return CustomObjectScope(*args)
