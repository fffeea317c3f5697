"""What all kernels share: scratch memory, result arrays, and the dtype that sums are kept in."""

from __future__ import annotations

import math
import threading
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
DType = np.dtype[Any]

KEPT_BYTES = 64 << 20  # larger buffers are fresh each time, so that no thread sits on them
_ALIGNMENT = 64  # of a cache line
_LOW_PRECISION_DTYPES = (np.dtype(ml_dtypes.bfloat16), np.dtype(np.float16))
LOW_PRECISION = tuple(dtype.name for dtype in _LOW_PRECISION_DTYPES)


class _Buffers(threading.local):
    def __init__(self) -> None:
        self.by_name: dict[str, NDArray[np.uint8]] = {}


_buffers = _Buffers()


def scratch(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return this thread's buffer of a name as an array with arbitrary contents.

    Each thread keeps its buffers from one call to the next: a fresh large array costs a page fault
    for every 4 KB at each use, a kept one only at the first.  The array is valid until the same
    thread asks for the same name again.

    Args:
      name: distinguishes arrays that are in use at the same time.
      shape: of the array.
      dtype: of the array.

    Returns:
      A C-contiguous array.

    >>> scratch("columns", (2, 3), np.float32).shape
    (2, 3)
    >>> np.shares_memory(scratch("columns", (4,), np.int8), scratch("columns", (2,), np.int8))
    True
    """
    item = np.dtype(dtype)
    size = math.prod(shape) * item.itemsize
    memory = _buffers.by_name.get(name)
    if memory is None or memory.size < size:
        memory = _aligned(size)
        if size <= KEPT_BYTES:
            _buffers.by_name[name] = memory
    return memory[:size].view(item).reshape(shape)


def _aligned(size: int) -> NDArray[np.uint8]:
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size]


def check_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Check an argument of a kernel.

    Args:
      name: of the argument.
      array: the argument.
      shape: that it must have.

    Raises:
      ValueError: if it has another shape.

    >>> check_shape("dy", np.zeros((2, 3)), (2, 3))
    """
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}: the geometry needs {shape}")


def result_array(out: Array | None, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return the array that a kernel shall write its result to.

    Args:
      out: given by the caller, or None.
      shape: of the result.
      dtype: of a new array.

    Returns:
      `out`, or a new array with arbitrary contents.

    Raises:
      ValueError: if `out` has another shape.

    >>> result_array(None, (2, 3), np.int8).nbytes
    6
    """
    if out is None:
        return np.empty(shape, dtype)
    check_shape("out", out, shape)
    return out


def is_low_precision(dtype: DType) -> bool:
    """Tell whether to compute in float32 instead of a dtype.

    Args:
      dtype: of the values.

    >>> is_low_precision(np.dtype(np.float16)), is_low_precision(np.dtype(np.float32))
    (True, False)
    """
    return dtype in _LOW_PRECISION_DTYPES


def dtype_of_sums(dtype: DType) -> DType:
    """Return the dtype to add up values of a dtype in: float32 for floats of 16 bits.

    Args:
      dtype: of the values.

    Returns:
      A dtype that BLAS knows if the values are floats.

    >>> dtype_of_sums(np.dtype(np.float16)), dtype_of_sums(np.dtype(np.int32))
    (dtype('float32'), dtype('int32'))
    """
    return np.dtype(np.float32) if is_low_precision(dtype) else dtype


def widened(array: Array) -> Array:
    """Return an array in the dtype to compute in: float32 for floats of 16 bits.

    Args:
      array: of any dtype.

    Returns:
      The array itself unless it holds floats of 16 bits.

    >>> widened(np.float16([1.5, -3])).dtype
    dtype('float32')
    """
    return array.astype(dtype_of_sums(array.dtype), copy=False)


def channel_sums(values: Array) -> Array:
    """Sum over all axes but the last.

    Args:
      values: real array with at least two axes.

    Returns:
      Vector of `dtype_of_sums` of their dtype.

    >>> channel_sums(np.arange(6, dtype=np.float32).reshape(1, 3, 2))
    array([6., 9.], dtype=float32)
    """
    dtype = dtype_of_sums(values.dtype)
    pixels = values.reshape(-1, values.shape[-1])
    sums: Array
    if dtype.kind == "f":  # a product with ones is several times quicker than a sum over rows
        sums = np.ones(len(pixels), dtype) @ pixels.astype(dtype, copy=False)
    else:
        sums = pixels.sum(0, dtype)
    return sums
