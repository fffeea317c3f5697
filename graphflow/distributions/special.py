"""Functions of the normal distribution and others, exact where plain formulas are not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

# Beyond the upper end log P(X <= x) is -P(X > x) in the dtype; below the lower end P(X <= x) comes
# near the smallest number, and a series takes over.
_ENDS = {"float32": (-10.0, 5.0), "float64": (-20.0, 8.0)}


def _floating(x: Any, name: str) -> Tensor:
    tensor = convert_to_tensor(x, name=name)
    if tensor.dtype.base_dtype.name not in _ENDS:
        raise TypeError(f"{name} must be float32 or float64, not {tensor.dtype.name}")
    return tensor


def ndtr(x: Any, name: str = "ndtr") -> Tensor:
    """Return P(X <= x) of the standard normal distribution.

    Args:
      x: float32 or float64.
      name: name scope of the operations.

    Raises:
      TypeError: `x` has another dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(ndtr([-1.0, 0.0, 2.0])).round(4)
    array([0.1587, 0.5   , 0.9772], dtype=float32)
    """
    with name_scope(name, values=[x]):
        x = _floating(x, "x")
        # erfc keeps the digits of both tails.
        return 0.5 * ops.erfc(x * -math.sqrt(0.5))


def log_ndtr(x: Any, series_order: int = 3, name: str = "log_ndtr") -> Tensor:
    """Return log P(X <= x) of the standard normal distribution, also far out in the tails.

    Args:
      x: float32 or float64.
      series_order: how many terms of the asymptotic series to take in the lower tail.
      name: name scope of the operations.

    Raises:
      TypeError: `x` has another dtype, or `series_order` is no int.
      ValueError: `series_order` is not between 0 and 30.

    >>> import graphflow as tf
    >>> tf.Session().run(log_ndtr([-40.0, 0.0, 2.0])).round(3)
    array([-8.04608e+02, -6.93000e-01, -2.30000e-02], dtype=float32)
    """
    if not isinstance(series_order, int):
        raise TypeError(f"series_order must be an int, not {series_order!r}")
    if not 0 <= series_order <= 30:
        raise ValueError(f"series_order must be between 0 and 30, it is {series_order}")
    with name_scope(name, values=[x]):
        x = _floating(x, "x")
        lower, upper = _ENDS[x.dtype.base_dtype.name]
        # Each branch sees only arguments that are good for it: else gradients would be NaN.
        tail = _log_of_lower_tail(ops.minimum(x, lower), series_order)
        middle = ops.log(ndtr(ops.maximum(x, lower)))
        return ops.where_v2(x > upper, -ndtr(-x), ops.where_v2(x > lower, middle, tail))


def _log_of_lower_tail(x: Tensor, order: int) -> Tensor:
    """P(X <= x) is the density at x, divided by -x, times 1 - 1/x² + 3/x⁴ - 15/x⁶ + ..."""
    inverse = 1.0 / ops.square(x)
    term = total = ops.ones_like(x)
    for n in range(1, order + 1):
        term = term * inverse * -(2.0 * n - 1.0)
        total = total + term
    return -0.5 * ops.square(x) - ops.log(-x) - 0.5 * math.log(2 * math.pi) + ops.log(total)


def ndtri(p: Any, name: str = "ndtri") -> Tensor:
    """Return the x with P(X <= x) = p of the standard normal distribution.

    Args:
      p: float32 or float64, probabilities.
      name: name of the operation.

    Raises:
      TypeError: `p` has another dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(ndtri([0.0, 0.5, 0.975])).round(2)
    array([-inf, 0.  , 1.96], dtype=float32)
    """
    with name_scope(name, values=[p]):
        return ops.ndtri(_floating(p, "p"))


def erfinv(x: Any, name: str = "erfinv") -> Tensor:
    """Return the inverse of the error function.

    Args:
      x: float32 or float64, between -1 and 1.
      name: name scope of the operations.

    Raises:
      TypeError: `x` has another dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(erfinv([0.0, 0.5])).round(4)
    array([0.    , 0.4769], dtype=float32)
    """
    with name_scope(name, values=[x]):
        return ndtri((_floating(x, "x") + 1.0) / 2.0) * math.sqrt(0.5)


def log_cdf_laplace(x: Any, name: str = "log_cdf_laplace") -> Tensor:
    """Return log P(X <= x) of the standard Laplace distribution.

    Args:
      x: floating.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> tf.Session().run(log_cdf_laplace([-100.0, 0.0, 1.0])).round(3)
    array([-100.693,   -0.693,   -0.203], dtype=float32)
    """
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        above = ops.log1p(-0.5 * ops.exp(-ops.abs(x)))
        return ops.where_v2(x < 0.0, x - math.log(2), above)


def softplus_inverse(x: Any, name: str | None = None) -> Tensor:
    """Return the y with softplus(y) = x.

    Args:
      x: floating, positive.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> tf.Session().run(softplus_inverse([1e-4, 1.0, 40.0])).round(4)
    array([-9.2103,  0.5413, 40.    ], dtype=float32)
    """
    with name_scope(name, "softplus_inverse", [x]):
        x = convert_to_tensor(x, name="x")
        # y = x + log(1 - exp(-x)); where that is log(x) or x to the last digit, say so.
        small = math.log(float(np.finfo(x.dtype.base_dtype.numpy).eps)) + 2.0
        is_tiny, is_large = x < math.exp(small), x > -small
        safe = ops.where_v2(ops.logical_or(is_tiny, is_large), ops.ones_like(x), x)
        middle = x + ops.log(-ops.expm1(-safe))
        return ops.where_v2(is_tiny, ops.log(x), ops.where_v2(is_large, x, middle))
