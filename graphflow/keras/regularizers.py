"""`tf.keras.regularizers`: losses of weights, also by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.keras.names import configuration, made_from


class Regularizer:
    """Base class of regularizers."""

    def __call__(self, x: Any) -> Tensor:
        """Return the loss of a tensor of weights.

        Args:
          x: float.
        """
        raise NotImplementedError(f"{type(self).__name__}.__call__")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal regularizer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the regularizer with the arguments that `get_config` returned.

        Args:
          config: the arguments.

        >>> L1L2.from_config({"l1": 0.5}).l1
        0.5
        """
        return cls(**config)


class L1L2(Regularizer):
    """`l1 · Σ|x| + l2 · Σx²`.

    Args:
      l1: the weight of absolute values.
      l2: the weight of squares.

    >>> import graphflow as tf
    >>> loss = tf.keras.regularizers.L1L2(l1=0.5, l2=0.25)([1.0, -3.0])
    >>> print(tf.Session().run(loss))
    4.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = float(l1)
        self.l2 = float(l2)

    def __call__(self, x: Any) -> Tensor:
        """Return the loss of a tensor of weights.

        Args:
          x: float.
        """
        if not self.l1 and not self.l2:
            return ops.constant(0.0)
        loss: Any = 0.0
        if self.l1:
            loss += ops.reduce_sum(self.l1 * ops.abs(x))
        if self.l2:
            loss += ops.reduce_sum(self.l2 * ops.square(x))
        return loss  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}


def l1(l: float = 0.01) -> L1L2:  # noqa: E741
    """Return a regularizer of absolute values.

    Args:
      l: their weight.

    >>> l1(0.5).get_config()
    {'l1': 0.5, 'l2': 0.0}
    """
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:  # noqa: E741
    """Return a regularizer of squares.

    Args:
      l: their weight.

    >>> l2(0.5).get_config()
    {'l1': 0.0, 'l2': 0.5}
    """
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Return a regularizer of absolute values and squares.

    Args:
      l1: the weight of absolute values.
      l2: the weight of squares.

    >>> l1_l2(0.5, 0.25).get_config()
    {'l1': 0.5, 'l2': 0.25}
    """
    return L1L2(l1, l2)


_BY_NAME = {"L1L2": L1L2, "l1": l1, "l2": l2, "l1_l2": l1_l2}


def get(identifier: Any) -> Any:
    """Return a regularizer.

    Args:
      identifier: its name, its configuration, a function, or None for none.

    Raises:
      ValueError: there is none of the name.

    >>> get("l2").get_config()
    {'l1': 0.0, 'l2': 0.01}
    """
    return made_from(identifier, _BY_NAME, "regularizer")


def serialize(regularizer: Any) -> Any:
    """Return the configuration of a regularizer.

    Args:
      regularizer: the regularizer.

    >>> serialize(l1(2.0))
    {'class_name': 'L1L2', 'config': {'l1': 2.0, 'l2': 0.0}}
    """
    return configuration(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a regularizer by its configuration.

    Args:
      config: what `serialize` returned.
      custom_objects: further classes by name.

    >>> deserialize(serialize(l1(2.0))).l1
    2.0
    """
    return made_from(config, {**_BY_NAME, **(custom_objects or {})}, "regularizer")
