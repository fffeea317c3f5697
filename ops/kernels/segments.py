"""Sums and other reductions of the rows that belong to each segment; plain arrays.

A segment is given by an integer for each row.  Sums are a compiled loop, once they have taken long
enough.  Before that, sums of many wide rows are products with a sparse matrix of ones, which passes
once over the rows; `np.add.at` is quicker for few or narrow ones.  Where no segment has two rows
they are only moved.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.arrays import is_low_precision
from graphflow.ops.kernels.compiled import CompiledLater

# From this many numbers on the product with a sparse matrix is worth its overhead.
_LARGE = 4096
# Rows of this many numbers are worth being combined a whole row at a time.
_WIDE = 8
# The kinds of numbers for whose sums there is a compiled loop.
_COMPILED = frozenset(np.dtype(name).char for name in ("float32", "float64", "int32", "int64"))


@CompiledLater
def _add_rows(rows: Array, ids: Array, result: Array) -> None:
    """Add each row to that of its segment in the result."""
    if rows.shape[1] == 1:  # then a loop for each row would take longer
        for k in range(ids.size):
            result[ids[k], 0] += rows[k, 0]
        return
    for k in range(ids.size):
        row, total = rows[k], result[ids[k]]
        for i in range(row.size):
            total[i] += row[i]


def sum_rows(rows: Array, ids: Array, count: int) -> Array:
    """Add up the rows of each segment; 16-bit floats are accumulated in 32 bits.

    Args:
      rows: numeric [n, ...]; bytes objects are joined.
      ids: integer [n], all in [0, count).
      count: the number of segments.

    Returns:
      [count, ...] of the dtype of `rows`; zeros for a segment without rows.

    >>> sum_rows(np.float32([1, 2, 5]), np.int32([2, 0, 2]), 4)
    array([2., 0., 6., 0.], dtype=float32)
    """
    if rows.dtype.char not in _COMPILED or not rows.size:
        return _sum_rows(rows, ids, count)
    result = np.zeros((count, *rows.shape[1:]), rows.dtype)

    def arguments() -> list[Array]:
        flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
        return [flat, np.ascontiguousarray(ids), result.reshape(count, -1)]

    def otherwise() -> None:
        result[...] = _sum_rows(rows, ids, count)

    kind = rows.dtype.char, ids.dtype.char, rows.flags.writeable, ids.flags.writeable
    _add_rows.run(kind, arguments, otherwise)
    return result


def _sum_rows(rows: Array, ids: Array, count: int) -> Array:
    """Do what `sum_rows` does, by numpy and scipy."""
    if is_low_precision(rows.dtype):
        return sum_rows(rows.astype(np.float32), ids, count).astype(rows.dtype)
    if rows.size < _LARGE or rows.size == len(rows) or rows.dtype == object:
        zero = b"" if rows.dtype == object else 0
        result = np.full((count, *rows.shape[1:]), zero, rows.dtype)
        np.add.at(result, ids, rows)
        return result
    if count >= len(rows) and np.bincount(ids).max() == 1:
        result = np.zeros((count, *rows.shape[1:]), rows.dtype)
        result[ids] = rows
        return result
    ends = np.arange(len(rows) + 1, dtype=ids.dtype)
    return _product("csc", rows, ids, ends, (count, len(rows)))


def sum_gathered_rows(rows: Array, indices: Array, ids: Array, count: int) -> Array:
    """Add up, for each segment, the rows that the indices of the segment name.

    Args:
      rows: numeric [m, ...].
      indices: integer [n], all in [0, m).
      ids: integer [n], in increasing order, all in [0, count).
      count: the number of segments.

    Returns:
      [count, ...] of the dtype of `rows`.

    >>> sum_gathered_rows(np.int32([[1, 2], [3, 4]]), np.int32([1, 0, 1]), np.int32([0, 0, 2]), 3)
    array([[4, 6],
           [0, 0],
           [3, 4]], dtype=int32)
    """
    if is_low_precision(rows.dtype):
        wide = rows.astype(np.float32)
        return sum_gathered_rows(wide, indices, ids, count).astype(rows.dtype)
    ends = np.searchsorted(ids, np.arange(count + 1)).astype(indices.dtype)
    return _product("csr", rows, indices, ends, (count, len(rows)))


def _product(kind: str, rows: Array, indices: Array, ends: Array, shape: tuple[int, int]) -> Array:
    """Multiply rows with a sparse matrix of ones, [count, n]."""
    import scipy.sparse

    inner = rows.shape[1:]
    make: Any = {"csc": scipy.sparse.csc_array, "csr": scipy.sparse.csr_array}[kind]
    matrix = make((np.ones(len(indices), rows.dtype), indices, ends), shape=shape)
    width = int(np.prod(inner))
    product = matrix @ rows.reshape(len(rows), width)
    return product.reshape(shape[0], *inner).astype(rows.dtype, copy=False)


def reduce_rows(ufunc: np.ufunc, rows: Array, ids: Array, count: int, empty: Any) -> Array:
    """Reduce the rows of each segment with a binary ufunc.

    Args:
      ufunc: such as `np.maximum`.
      rows: numeric [n, ...].
      ids: integer [n], all in [0, count).
      count: the number of segments.
      empty: the result for a segment without rows.

    Returns:
      [count, ...] of the dtype of `rows`.

    >>> reduce_rows(np.maximum, np.int32([3, 9, 4]), np.int32([2, 0, 2]), 3, -1)
    array([ 9, -1,  4], dtype=int32)
    """
    result = np.full((count, *rows.shape[1:]), empty, rows.dtype)
    if not len(ids):
        return result
    order = None
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
    sizes = np.diff(starts, append=len(ids))
    if rows.size >= _WIDE * len(rows) and sizes.max() <= len(starts):
        result[ids[starts]] = _reduce_by_rounds(ufunc, rows, order, starts, sizes)
    else:
        rows = rows if order is None else rows[order]
        result[ids[starts]] = ufunc.reduceat(rows, starts, axis=0, dtype=rows.dtype)
    return result


def _reduce_by_rounds(
    ufunc: np.ufunc, rows: Array, order: Array | None, starts: Array, sizes: Array
) -> Array:
    """Combine the first rows of all segments with the second ones, then the third ones, and so on.

    For wide rows this is several times as fast as `ufunc.reduceat`, as long as there are more
    segments than rounds.
    """
    longest_first = np.argsort(-sizes, kind="stable")
    firsts, lengths = starts[longest_first], sizes[longest_first]
    result = rows[firsts if order is None else order[firsts]]
    spare = np.empty_like(result)
    for step in range(1, int(lengths[0])):
        active = np.searchsorted(-lengths, -step)  # those that are longer than that
        places = firsts[:active] + step
        places = places if order is None else order[places]
        more = rows.take(places, axis=0, out=spare[:active], mode="clip")  # quickest so
        ufunc(result[:active], more, out=result[:active])
    in_order = np.empty_like(result)
    in_order[longest_first] = result
    return in_order


def counts(ids: Array, count: int) -> Array:
    """Count the rows of each segment.

    Args:
      ids: integer [n], all in [0, count).
      count: the number of segments.

    >>> counts(np.int32([2, 0, 2]), 4)
    array([1, 0, 2, 0])
    """
    return np.bincount(ids, minlength=count)
