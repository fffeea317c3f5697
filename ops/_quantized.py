"""Integers in arrays of quantized dtypes, and the ranges of numbers that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.op import Array, Op, Sample
from graphflow.ops.elementwise import number_like


def integers_of(array: Array) -> Array:
    """The integers of a quantized array."""
    return array[array.dtype.names[0]]


def quantized(integers: Array, dtype: DType) -> Array:
    """A quantized array of integers, or of floats without a fraction."""
    held = np.asarray(integers).astype(held_dtype(dtype))
    return held.view(dtype.numpy)


def held_dtype(dtype: DType) -> np.dtype[Any]:
    """The integer dtype that holds elements of a quantized dtype."""
    return np.dtype(dtype.numpy[0])


def limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The smallest and the largest integer."""
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def round_half_away(x: Array) -> Array:
    """Round halves away from zero."""
    return np.trunc(x + np.copysign(number_like(x, 0.5), x))


def steps(held: np.dtype[Any], low: Any, high: Any) -> tuple[int, Any]:
    """How many integers there are, and the width of a range that one more step is added to."""
    count = 1 << (8 * held.itemsize)
    return count, (high - low) * (count / (count - 1.0))


def code_of(number: float, held: np.dtype[Any], low: float, high: float) -> int:
    """The integer that stands for a number, maybe outside of those that the dtype holds."""
    if low == high:
        return 0
    count, width = steps(held, 0.0, float(np.float32(high) - np.float32(low)))
    scale = count / width
    code = round_half_away(np.float64(number * scale)) - round_half_away(np.float64(low * scale))
    return int(code) + limits(held)[0]


def quantized_sample(op: Op, *inputs: Any, **options: Any) -> Sample:
    """A sample without gradients."""
    options = {"note": "TensorFlow has no gradient", **options}
    return Sample.of(op, *inputs, gradient=(), **options)
