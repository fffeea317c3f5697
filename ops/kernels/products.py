"""Matrix products, large ones in chunks that several threads take.

BLAS itself works on one thread while a run computes (graphflow/runtime/blas.py): its own threads
know nothing of the run's, and a product that waits for one of them on a busy core takes ten times
as long.  Chunks depend on the shapes alone, so that any number of threads gives the same bits.
"""

from __future__ import annotations

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import Array

# About 70 microseconds of multiplications; handing a chunk over takes 10.
_CHUNK = 1 << 22
# More would make each so narrow that BLAS spends its time on copying.
_MAX_CHUNKS = 8
# BLAS works on tiles as wide as some vectors.
_TILE = 16


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """Multiply matrices, as `np.matmul` does.

    Args:
      a: numeric [..., m, k].
      b: numeric [..., k, n], of the same dtype; leading dimensions broadcast.
      out: where to put the result; None for a new array.

    Returns:
      numeric [..., m, n].

    >>> product(np.array([[1.0, 2.0, 3.0]]), np.array([[4.0], [5.0], [7.0]]))
    array([[35.]])
    """
    size = a.size * b.shape[-1] if b.ndim == 2 else max(a.size * b.shape[-1], b.size * a.shape[-2])
    if size < 2 * _CHUNK or a.dtype.kind not in "fc":
        return np.matmul(a, b, out=out)
    if out is None:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        out = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)
    _multiply_in_chunks(a, b, out, min(size // _CHUNK, _MAX_CHUNKS))
    return out


def _multiply_in_chunks(a: Array, b: Array, out: Array, chunks: int) -> None:
    """Split along the longest of the axes: that of the batch, the rows or the columns."""
    axes = range(-min(out.ndim, 3), 0)
    axis = max(axes, key=lambda index: out.shape[index])
    length = out.shape[axis]
    step = -(-length // chunks)
    if axis != -3:
        step = -(-step // _TILE) * _TILE

    def multiply(chunk: int) -> None:
        part = slice(chunk * step, (chunk + 1) * step)
        left = a if axis == -1 else _part(a, axis, part)
        right = b if axis == -2 else _part(b, axis, part)
        np.matmul(left, right, out=_part(out, axis, part))

    parallel_for(multiply, -(-length // step))


def _part(array: Array, axis: int, part: slice) -> Array:
    """A part along an axis from the end; all of it if it has the same for each index."""
    if axis == -1:
        return array[..., part]
    if axis == -2:
        return array[..., part, :]
    if array.ndim < 3 or array.shape[-3] == 1:
        return array
    return array[..., part, :, :]
