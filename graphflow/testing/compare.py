"""Compare arrays as exactly as their dtypes allow."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.op import Array

# Relative tolerance of results whose intermediate values have the dtype's precision.
_RTOL = {
    "bfloat16": 3e-2,
    "float16": 4e-3,
    "float32": 2e-5,
    "float64": 1e-10,
    "complex64": 2e-5,
    "complex128": 1e-10,
}


def default_rtol(dtype: DType) -> float:
    """Return the relative tolerance with which results of a dtype are compared.

    Args:
      dtype: any dtype.

    Returns:
      The tolerance, 0 for what must be equal: integers, booleans, strings.

    >>> from graphflow.core import dtypes
    >>> default_rtol(dtypes.float32), default_rtol(dtypes.int64)
    (2e-05, 0.0)
    """
    return _RTOL.get(dtype.base_dtype.name, 0.0)


def require(condition: Any, text: str) -> None:
    """Raise AssertionError with `text` unless `condition` is true."""
    if not condition:
        raise AssertionError(text)


def as_array(value: Any) -> Array:
    """Return a kernel's result as an array: plain `bytes` become an array of one string."""
    if not isinstance(value, bytes):
        return np.asarray(value)
    array = np.empty((), object)
    array[()] = value
    return array


def assert_close(
    actual: Any,
    expected: Any,
    what: str = "the result",
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Assert that two arrays have one shape and dtype, and values that agree.

    Args:
      actual: the array to check.
      expected: the array that it should be.
      what: its name in the error's text.
      rtol: the relative tolerance, by default that of the dtype.
      atol: the absolute tolerance, by default `rtol` times the largest magnitude in `expected`.

    Raises:
      AssertionError: they differ; the text shows where.

    >>> assert_close(np.float32([1.0, 2.0]), np.float32([1.0, 3.0]))
    Traceback (most recent call last):
    AssertionError: the result differs at [1]: 2.0 is not 3.0 (1 of 2 elements; rtol 2e-05, ...)
    """
    actual, expected = as_array(actual), as_array(expected)
    if actual.shape != expected.shape:
        raise AssertionError(f"{what} has shape {actual.shape}, not {expected.shape}")
    if actual.dtype != expected.dtype:
        raise AssertionError(f"{what} has dtype {actual.dtype}, not {expected.dtype}")
    if rtol is None:
        rtol = default_rtol(as_dtype(actual.dtype))
    if rtol == 0 and not atol:
        wrong = _unequal(actual, expected)
    else:
        actual, expected = _wide(actual), _wide(expected)
        if atol is None:
            atol = rtol * largest(expected)
        wrong = ~np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    if np.any(wrong):
        index = tuple(np.argwhere(wrong)[0].tolist()) if actual.ndim else ()
        raise AssertionError(
            f"{what} differs at {list(index)}: {actual[index]} is not {expected[index]} "
            f"({np.count_nonzero(wrong)} of {actual.size} elements; rtol {rtol}, atol {atol})"
        )


def _unequal(actual: Array, expected: Array) -> Array:
    equal = actual == expected
    both_nan = (actual != actual) & (expected != expected)  # also of the dtypes of ml_dtypes
    return ~np.asarray(equal | both_nan, bool)


def _wide(array: Array) -> Array:
    """The array with float64 precision: small dtypes overflow in comparisons."""
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def largest(array: Array) -> float:
    """Return the largest finite magnitude in an array, 0 if there is none."""
    magnitudes = np.abs(np.asarray(array)).astype(np.float64)
    finite = magnitudes[np.isfinite(magnitudes)]
    return float(finite.max()) if finite.size else 0.0
