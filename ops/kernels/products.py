"""Matrix products, large ones in chunks that several threads take.

BLAS itself works on one thread while a run computes (graphflow/runtime/blas.py): its own threads
know nothing of the run's, and a product that waits for one of them on a busy core takes ten times
as long.  Products with a small batch are no work for BLAS: see `direct_product.py`.  Chunks depend
on the shapes alone, so that any number of threads gives the same bits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels import direct_product
from graphflow.ops.kernels.arrays import Array, scratch
from graphflow.ops.kernels.tile_kernel import TileKernel

# About 70 microseconds of multiplications; handing a chunk over takes 10.
_CHUNK = 1 << 22
# BLAS copies the other factor for each chunk, which takes most of the time of narrow ones.
_LEAST_LENGTH = 192
_MAX_CHUNKS = 8
# Sums of products: wider chunks, and so many terms at once, as BLAS is quicker for these.
_MAX_SUM_CHUNKS = 4
_LONG_SUM = 1024
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
    tiles = direct_product.kernel_for(a, b, size)
    if tiles is not None and (out is None or out.flags.c_contiguous):
        result = np.empty((len(a), b.shape[1]), a.dtype) if out is None else out
        return _by_tiles(tiles, a, b, result)
    return _by_blas(a, b, out, size)


def _by_tiles(tiles: TileKernel, a: Array, b: Array, out: Array) -> Array:
    """Multiply by compiled tiles; BLAS serves until they are there."""
    if not direct_product.multiply(tiles, a, b, out):
        start = time.perf_counter()
        _by_blas(a, b, out, out.size * a.shape[1])
        tiles.note(time.perf_counter() - start)
    return out


def _by_blas(a: Array, b: Array, out: Array | None, size: int) -> Array:
    """Multiply by BLAS, in chunks if there are so many multiplications that it pays."""
    if size < 2 * _CHUNK or a.dtype.kind not in "fc":
        return np.matmul(a, b, out=out)
    if out is None:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        out = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)
    _multiply_in_chunks(a, b, out, size)
    return out


def _multiply_in_chunks(a: Array, b: Array, out: Array, size: int) -> None:
    """Split along the longest of the axes: that of the batch, the rows or the columns."""
    axis, step = _split(out, size // _CHUNK, _MAX_CHUNKS)

    def multiply(chunk: int) -> None:
        part = slice(chunk * step, (chunk + 1) * step)
        left, right = _factors(a, b, axis, part)
        np.matmul(left, right, out=_part(out, axis, part))

    parallel_for(multiply, -(-out.shape[axis] // step))


def _split(out: Array, worth: int, most: int) -> tuple[int, int]:
    """The axis to split a result along, and how many indices of it a chunk has.

    Args:
      out: the result.
      worth: so many chunks are worth handing over.
      most: there are no more than that.
    """
    axes = range(-min(out.ndim, 3), 0)
    axis = max(axes, key=lambda index: out.shape[index])
    length = out.shape[axis]
    if axis != -3:
        worth = min(worth, max(2, length // _LEAST_LENGTH))
    # A power of two, for two or four threads to end at about the same time.
    chunks = min(1 << max(worth, 1).bit_length() - 1, most)
    step = max(1, -(-length // chunks))
    return axis, step if axis == -3 else -(-step // _TILE) * _TILE


def _factors(a: Array, b: Array, axis: int, part: slice) -> tuple[Array, Array]:
    """The factors of a part of the product."""
    return a if axis == -1 else _part(a, axis, part), b if axis == -2 else _part(b, axis, part)


def _part(array: Array, axis: int, part: slice) -> Array:
    """A part along an axis from the end; all of it if it has the same for each index."""
    if axis == -1:
        return array[..., part]
    if axis == -2:
        return array[..., part, :]
    if array.ndim < 3 or array.shape[-3] == 1:
        return array
    return array[..., part, :, :]


def sum_of_products(lefts: Sequence[Array], rights: Sequence[Array], out: Array | None) -> Array:
    """Multiply matrices in pairs and add the products up, in order.

    Neighbouring factors are joined: a product of long ones is the sum of the products of its parts,
    and what is left to add stays in the processor's cache.

    Args:
      lefts: numeric [m, k], where each may have its own k.
      rights: as many [k, n], of the same dtype.
      out: where to put the result; None for a new array.

    Returns:
      numeric [m, n].

    >>> ones = np.ones((2, 3))
    >>> sum_of_products([ones, ones[:, :1]], [ones.T, 4 * ones[:1, :2]], None)
    array([[7., 7.],
           [7., 7.]])
    """
    rows, columns = lefts[0].shape[0], rights[0].shape[1]
    if out is None:
        out = np.empty((rows, columns), lefts[0].dtype)
    size = columns * sum(left.size for left in lefts)
    axis, step = _split(out, size // _CHUNK, _MAX_SUM_CHUNKS)
    groups = _long_groups([left.shape[1] for left in lefts])

    def add_up(chunk: int) -> None:
        part = slice(chunk * step, (chunk + 1) * step)
        total = _part(out, axis, part)
        term = scratch("term of products", total.shape, total.dtype)
        for number, group in enumerate(groups):
            pairs = [_factors(lefts[i], rights[i], axis, part) for i in group]
            left = np.concatenate([left.T for left, _ in pairs]).T
            right = np.concatenate([right for _, right in pairs])
            np.matmul(left, right, out=term if number else total)
            if number:
                np.add(total, term, out=total)

    parallel_for(add_up, -(-out.shape[axis] // step))
    return out


def _long_groups(lengths: Sequence[int]) -> list[list[int]]:
    """Neighbours whose factors are joined, so that the sums in a product are long."""
    groups: list[list[int]] = []
    length = 0
    for index, more in enumerate(lengths):
        if not groups or length + more > _LONG_SUM:
            groups.append([])
            length = 0
        groups[-1].append(index)
        length += more
    return groups
