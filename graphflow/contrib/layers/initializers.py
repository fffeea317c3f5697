"""Initializers that keep the scale of a layer's values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.core.dtypes import as_dtype, float32
from graphflow.core.graph import Tensor
from graphflow.core.spec import as_shape
from graphflow.variables.initializers import Zeros

Initialize: TypeAlias = Callable[..., Tensor]


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = float32
) -> Initialize:
    """Return the initializer of Glorot and Bengio (2010): variance 2 / (inputs + outputs).

    Args:
      uniform: whether the numbers are uniformly distributed, not normally.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.

    Returns:
      A function of shape, dtype and partition info.

    Raises:
      TypeError: `dtype` is not floating.

    >>> import graphflow as tf
    >>> w = tf.Session().run(tf.contrib.layers.xavier_initializer(seed=1)([2, 4]))
    >>> w.shape, bool(abs(w).max() <= 1)
    ((2, 4), True)
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = float32,
) -> Initialize:
    """Return an initializer whose numbers have variance `factor` / number of units that they join.

    Normally distributed numbers are cut at two deviations.

    Args:
      factor: the variance for one unit.
      mode: the number to divide by: "FAN_IN" (inputs), "FAN_OUT" (outputs) or "FAN_AVG" (mean).
      uniform: whether the numbers are uniformly distributed, not normally.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.

    Returns:
      A function of shape, dtype and partition info.

    Raises:
      TypeError: `dtype` is not floating, or `mode` is none of these.
    """
    _check_floating(dtype)
    modes = ("FAN_IN", "FAN_OUT", "FAN_AVG")
    if mode not in modes:
        raise TypeError(f"mode is one of {', '.join(modes)}, not {mode!r}")

    def initialize(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Tensor:
        _check_floating(dtype)
        whole = shape if partition_info is None else partition_info.full_shape
        variance = factor / _units([int(size) for size in as_shape(whole)], mode)
        if uniform:
            limit = math.sqrt(3.0 * variance)
            return ops.random_uniform(shape, -limit, limit, dtype, seed=seed)
        # The cut takes away about a quarter of the variance: 1.3 makes up for it.
        return ops.truncated_normal(shape, 0.0, math.sqrt(1.3 * variance), dtype, seed=seed)

    return initialize


def _check_floating(dtype: Any) -> None:
    if not as_dtype(dtype).is_floating:
        raise TypeError(f"this initializer needs a floating dtype, not {as_dtype(dtype).name}")


def _units(shape: list[int], mode: str) -> float:
    """The number of units that weights of a shape join."""
    if not shape:
        return 1.0
    field = math.prod(shape[:-2])
    inputs = field * (shape[-2] if len(shape) > 1 else shape[-1])
    outputs = field * shape[-1]
    return {"FAN_IN": inputs, "FAN_OUT": outputs, "FAN_AVG": (inputs + outputs) / 2}[mode]


# What layers have by default.
DEFAULT_WEIGHTS = xavier_initializer()
DEFAULT_BIASES = Zeros()
