"""`tf.keras.activations`: activation functions, also by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.keras.names import configuration, made_from


def linear(x: Any) -> Any:
    """Return `x` itself.

    Args:
      x: anything.
    """
    return x


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Return exponentials that sum to 1 along an axis.

    Args:
      x: float, of rank 2 or more.
      axis: the axis.

    Raises:
      ValueError: `x` has rank 1 or less.

    >>> import graphflow as tf
    >>> y = tf.keras.activations.softmax(tf.math.log([[1.0, 3.0]]))
    >>> print(tf.Session().run(y).round(4))
    [[0.25 0.75]]
    """
    x = convert_to_tensor(x)
    if x.shape.ndims is not None and x.shape.ndims < 2:
        raise ValueError(f"softmax needs a tensor of rank 2 or more, not {x!r}{at_user_line()}")
    return ops.softmax(x, axis=axis)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Return `x` where positive, elsewhere `alpha · (exp(x) - 1)`.

    Args:
      x: float.
      alpha: the scale of the negative part.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.activations.elu([3.0, -100.0], alpha=0.5))
    array([ 3. , -0.5], dtype=float32)
    """
    x = convert_to_tensor(x)
    exponential = ops.elu(x)
    return exponential if alpha == 1 else ops.where(ops.greater(x, 0), x, alpha * exponential)


def selu(x: Any) -> Tensor:
    """Return the scaled exponential linear unit.

    Args:
      x: float.
    """
    return ops.selu(x)


def softplus(x: Any) -> Tensor:
    """Return `log(exp(x) + 1)`.

    Args:
      x: float.
    """
    return ops.softplus(x)


def softsign(x: Any) -> Tensor:
    """Return `x / (|x| + 1)`.

    Args:
      x: float.
    """
    return ops.softsign(x)


def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0
) -> Tensor:
    """Return `x` from the threshold on, `alpha · (x - threshold)` below.

    Args:
      x: float.
      alpha: the slope below the threshold.
      max_value: the greatest result; None for no limit.
      threshold: where the function bends.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.activations.relu([-2.0, 1.5, 9.0], alpha=0.5, max_value=6))
    array([-1. ,  1.5,  6. ], dtype=float32)
    """
    x = convert_to_tensor(x)
    if threshold == 0:
        upper = ops.relu(x) if alpha == 0 else ops.leaky_relu(x, alpha)
    else:
        upper = ops.where(ops.greater_equal(x, threshold), x, alpha * (x - threshold))
    return upper if max_value is None else ops.minimum(upper, max_value)


def tanh(x: Any) -> Tensor:
    """Return the hyperbolic tangent.

    Args:
      x: float.
    """
    return ops.tanh(x)  # type: ignore[no-any-return]


def sigmoid(x: Any) -> Tensor:
    """Return `1 / (1 + exp(-x))`.

    Args:
      x: float.
    """
    return ops.sigmoid(x)


def exponential(x: Any) -> Tensor:
    """Return `exp(x)`.

    Args:
      x: float.
    """
    return ops.exp(x)


def hard_sigmoid(x: Any) -> Tensor:
    """Return `0.2·x + 0.5`, cut at 0 and 1.

    Args:
      x: float.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.activations.hard_sigmoid([-3.0, 1.0, 4.0]))
    array([0. , 0.7, 1. ], dtype=float32)
    """
    return ops.clip_by_value(0.2 * convert_to_tensor(x) + 0.5, 0.0, 1.0)  # type: ignore[no-any-return]


_BY_NAME = {
    function.__name__: function
    for function in (
        linear, softmax, elu, selu, softplus, softsign, relu, tanh, sigmoid, exponential,
        hard_sigmoid,
    )
}  # fmt: skip


def get(identifier: Any) -> Any:
    """Return an activation function.

    Args:
      identifier: its name, a function, or None for `linear`.

    Raises:
      ValueError: there is no such function.

    >>> get("tanh") is tanh, get(None) is linear
    (True, True)
    """
    if identifier is None:
        return linear
    return made_from(identifier, _BY_NAME, "activation function", makes_instances=False)


def serialize(activation: Any) -> Any:
    """Return the name of an activation function.

    Args:
      activation: the function.

    >>> serialize(hard_sigmoid)
    'hard_sigmoid'
    """
    return configuration(activation)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return an activation function by its name.

    Args:
      name: its name.
      custom_objects: further functions by name.

    >>> deserialize("twice", {"twice": lambda x: 2 * x})(4)
    8
    """
    known = {**_BY_NAME, **(custom_objects or {})}
    return made_from(name, known, "activation function", makes_instances=False)
