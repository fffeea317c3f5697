"""The settings of a layer: the arguments that make an equal one."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from graphflow.core.graph import at_user_line
from graphflow.keras.names import configuration

_C = TypeVar("_C", bound="Configured")


class Configured:
    """Base of layers that tell their settings, and can be made from them.

    >>> import graphflow as tf
    >>> layer = tf.layers.Dense(3, tf.nn.relu, kernel_initializer="ones", name="own")
    >>> config = layer.get_config()
    >>> config["units"], config["activation"], config["kernel_initializer"]["class_name"]
    (3, 'relu', 'Ones')
    >>> tf.layers.Dense.from_config(config).name
    'own'
    """

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, functions by their names.

        Raises:
          NotImplementedError: an argument is not kept as an attribute of its name, as it may be in
            classes of a program's own: these write a `get_config` of their own.
        """
        names = dict.fromkeys(["name", "trainable", "dtype"])
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if name != "self" and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
                names[name] = None
        missing = [name for name in names if not hasattr(self, name)]
        if missing:
            raise NotImplementedError(
                f"{type(self).__name__} does not keep its arguments {missing} as attributes of "
                f"that name: it needs a get_config of its own{at_user_line()}"
            )
        return {name: _plain(getattr(self, name)) for name in names}

    @classmethod
    def from_config(cls: type[_C], config: dict[str, Any]) -> _C:
        """Return a layer with the settings that `get_config` returned.

        Args:
          config: the settings.
        """
        return cls(**config)


def _plain(value: Any) -> Any:
    is_object = callable(value) or hasattr(value, "get_config")
    return configuration(value) if is_object else value
