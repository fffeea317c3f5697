"""Objects by name or by configuration, for Keras's `get`, `serialize` and `deserialize`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from graphflow.core.graph import at_user_line
from graphflow.keras.custom_objects import get_custom_objects


def made_from(
    identifier: Any, known: Mapping[str, Any], what: str, makes_instances: bool = True
) -> Any:
    """Return the object that an identifier means.

    Args:
      identifier: a name, `{"class_name": ..., "config": ...}`, a class, a callable, or None.
      known: from names to classes and functions.
      what: the kind of object, for errors.
      makes_instances: whether what has the name is called to get the object.

    Returns:
      The object; None for None.

    Raises:
      ValueError: there is nothing of the name, or the identifier is none.

    >>> made_from({"class_name": "complex", "config": {"real": 3}}, {"complex": complex}, "number")
    (3+0j)
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return _configured(identifier, known, what)
    if isinstance(identifier, str):
        found = _named(identifier, known, what)
        return found() if makes_instances else found
    if inspect.isclass(identifier) and makes_instances:
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(f"cannot interpret {identifier!r} as {what}{at_user_line()}")


def _named(name: str, known: Mapping[str, Any], what: str) -> Any:
    known = {**known, **get_custom_objects()}
    if name not in known:
        names = ", ".join(sorted(known))
        raise ValueError(f"unknown {what} {name!r}: there are {names}{at_user_line()}")
    return known[name]


def _configured(identifier: Mapping[str, Any], known: Mapping[str, Any], what: str) -> Any:
    if "class_name" not in identifier:
        raise ValueError(f"the configuration {identifier!r} of {what} has no class_name")
    return _named(identifier["class_name"], known, what)(**identifier.get("config", {}))


def configuration(item: Any) -> Any:
    """Return what `made_from` makes an equal object of.

    Args:
      item: a function, an object with `get_config`, or None.

    Raises:
      ValueError: the object has neither name nor configuration.
    """
    if item is None:
        return None
    if hasattr(item, "get_config"):
        return {"class_name": type(item).__name__, "config": item.get_config()}
    if hasattr(item, "__name__"):
        return item.__name__
    raise ValueError(f"{item!r} has neither a name nor get_config{at_user_line()}")


def serialize_keras_object(instance: Any) -> Any:
    """Return the name of a function or the class name and configuration of an object.

    Args:
      instance: a function, an object with `get_config`, or None.

    Raises:
      ValueError: it has neither.
    """
    return configuration(instance)


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Return what `serialize_keras_object` was given.

    Args:
      identifier: a name, or a dictionary with `class_name` and `config`.
      module_objects: from names to classes and functions.
      custom_objects: more of them, which come first.
      printable_module_name: the kind of object, for errors.

    Raises:
      ValueError: there is nothing of the name.

    >>> deserialize_keras_object("round", {"round": round})(2.6)
    3
    """
    known = {**(module_objects or {}), **(custom_objects or {})}
    return made_from(identifier, known, printable_module_name, makes_instances=False)
