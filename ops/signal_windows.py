"""Window functions: weights that fade a stretch of a signal in and out."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype, bool as _bool, float32 as _float32, int32 as _int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = ["hamming_window", "hann_window"]


def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = _float32, name: str | None = None
) -> Tensor:
    """Make a Hamming window, 0.54 - 0.46 cos(2πi / n).

    Like TensorFlow's, a window of odd length is symmetric even where it should be periodic.

    Args:
      window_length: int32 scalar, how many weights.
      periodic: bool scalar, whether n is the length, as for Fourier transforms; else it is one
        less, which makes the window symmetric.
      dtype: a floating dtype.
      name: name scope of the operations.

    Returns:
      A tensor [window_length] of that dtype.

    Raises:
      ValueError: the dtype is not floating, or an argument is no scalar.

    Source: Harris, "On the use of windows for harmonic analysis with the discrete Fourier
    transform", 1978.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.hamming_window(4)).round(2)
    array([0.08, 0.54, 1.  , 0.54], dtype=float32)
    """
    return _raised_cosine(name, "hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = _float32, name: str | None = None
) -> Tensor:
    """Make a Hann window, 0.5 - 0.5 cos(2πi / n).

    Like TensorFlow's, a window of odd length is symmetric even where it should be periodic.

    Args:
      window_length: int32 scalar, how many weights.
      periodic: bool scalar, whether n is the length, as for Fourier transforms; else it is one
        less, which makes the window symmetric.
      dtype: a floating dtype.
      name: name scope of the operations.

    Returns:
      A tensor [window_length] of that dtype.

    Raises:
      ValueError: the dtype is not floating, or an argument is no scalar.

    Source: Harris, "On the use of windows for harmonic analysis with the discrete Fourier
    transform", 1978.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.hann_window(4))
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    >>> tf.Session().run(tf.signal.hann_window(4, periodic=False)).round(2)
    array([0.  , 0.75, 0.75, 0.  ], dtype=float32)
    """
    return _raised_cosine(name, "hann_window", window_length, periodic, dtype, 0.5, 0.5)


def _raised_cosine(
    name: str | None,
    default_name: str,
    window_length: Any,
    periodic: Any,
    dtype: Any,
    level: float,
    swing: float,
) -> Tensor:
    """The window level - swing * cos(2πi / n); the only weight of a window of length 1 is 1."""
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"{default_name}: dtype must be floating, not {dtype.name}")
    with name_scope(name, default_name, [window_length, periodic]):
        length = convert_to_tensor(window_length, dtype=_int32, name="window_length")
        length.shape.assert_has_rank(0)
        is_periodic = convert_to_tensor(periodic, dtype=_bool, name="periodic")
        is_periodic.shape.assert_has_rank(0)
        is_even = 1 - ops.floormod(length, 2)
        # A window of length 1 has no period: any divisor but 0 will do.
        period = ops.maximum(length + ops.cast(is_periodic, _int32) * is_even - 1, 1)
        steps = ops.cast(ops.range(length), dtype)
        angles = ops.constant(2 * np.pi, dtype=dtype) * steps / ops.cast(period, dtype)
        weights = level - swing * ops.cos(angles)
        return ops.where(ops.equal(length, 1), ops.ones_like(weights), weights)
