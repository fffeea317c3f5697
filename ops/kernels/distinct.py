"""The distinct elements of a vector, or slices of an array, and where each one is.

Those of a vector of integers are found in one pass by machine code, by a table of those seen so
far, once numpy's sorting has taken long enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.op import Array
from graphflow.ops.kernels.arrays import widened
from graphflow.ops.kernels.compiled import CompiledLater

# The kinds of integers for which there is a compiled loop.
COMPILED = frozenset({np.dtype(np.int32).char, np.dtype(np.int64).char})
# 2^64 divided by the golden ratio: products with it spread neighbours over the upper bits.
_SPREAD = 0x9E3779B97F4A7C15
# So many bits the table has at least.
_FEWEST_BITS = 6


@CompiledLater
def find_distinct(
    x: Array, table: Array, shift: Any, spread: Any, values: Array, places: Array, counts: Array,
    found: Array,
) -> None:  # fmt: skip
    """Find the distinct values in order of first appearance, where each went, and their counts.

    `table`, of zeros, has a power of two elements, more than `x`; `shift` is 64 less that power.
    It holds the number of a value plus one at the place that the value's product leads to, or
    behind that.
    """
    number = 0
    last = table.size - 1
    for i in range(x.size):
        value = x[i]
        place = np.int64((np.uint64(value) * spread) >> shift)
        while table[place] != 0 and values[table[place] - 1] != value:
            place = (place + 1) & last
        at = table[place] - 1
        if at < 0:
            at = number
            number += 1
            table[place] = number
            values[at] = value
            counts[at] = 0
        places[i] = at
        counts[at] += 1
    found[0] = number


def new_table(size: int) -> tuple[Array, np.uint64, np.uint64]:
    """Return the table for so many values, with the shift and factor that lead to its places."""
    bits = max(_FEWEST_BITS, (2 * size).bit_length())
    return np.zeros(1 << bits, np.int64), np.uint64(64 - bits), np.uint64(_SPREAD)


def distinct(x: Array, axis: int, index: DType) -> tuple[Array, Array, Array]:
    """Find the distinct slices along an axis as they first appear.

    Args:
      x: any array.
      axis: the axis, 0 for a vector.
      index: the dtype of the other results.

    Returns:
      The distinct slices, where each slice of `x` went, and how often each comes.
    """
    if x.ndim != 1 or x.dtype.char not in COMPILED:
        return _from_sorted(x, axis, index)
    x = np.ascontiguousarray(x)
    values, places, counts = (np.empty(x.size, dtype) for dtype in (x.dtype, index.numpy, np.int64))
    number = np.empty(1, np.int64)

    def arguments() -> list[Any]:
        return [x, *new_table(x.size), values, places, counts, number]

    def otherwise() -> None:
        found = _from_sorted(x, axis, index)
        number[0] = found[0].size
        values[: found[0].size], places[:], counts[: found[0].size] = found

    find_distinct.run((x.dtype.char, places.dtype.char, x.flags.writeable), arguments, otherwise)
    size = int(number[0])
    return values[:size].copy(), places, counts[:size].astype(index.numpy)


def _from_sorted(x: Array, axis: int, index: DType) -> tuple[Array, Array, Array]:
    """What `_distinct` returns, by numpy's sorting."""
    first, inverse, counts = _found(x, axis)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return (
        np.take(x, first[order], axis),
        rank[inverse].astype(index.numpy),
        counts[order].astype(index.numpy),
    )


def _found(x: Array, axis: int) -> tuple[Array, Array, Array]:
    if _is_dense(x):
        return _dense(x)
    if x.ndim == 1 and x.dtype == np.int32 and x.size:
        return _packed(x)
    return _sorted(x, axis)


def _packed(x: Array) -> tuple[Array, Array, Array]:
    """What `_sorted` returns: integers are sorted together with their positions as one number."""
    keys = x.astype(np.int64) << 32 | np.arange(x.size)
    keys.sort()
    values, positions = keys >> 32, keys & 0xFFFFFFFF
    is_new = np.append(True, values[1:] != values[:-1])
    starts = np.flatnonzero(is_new)
    inverse = np.empty(x.size, np.intp)
    inverse[positions] = np.cumsum(is_new) - 1
    return positions[starts], inverse, np.diff(starts, append=x.size)


def _sorted(x: Array, axis: int) -> tuple[Array, Array, Array]:
    """Of the distinct slices, sorted: the first position, where each slice went, and the counts."""
    keys = widened(x)  # bfloat16 sorts NaN anywhere
    _, first, inverse, counts = np.unique(
        keys,
        return_index=True,
        return_inverse=True,
        return_counts=True,
        axis=axis if x.ndim > 1 else None,
        equal_nan=False,
    )
    return first, inverse.ravel(), counts


def _is_dense(x: Array) -> bool:
    """Whether these are integers in so small a range that a table is quicker than sorting."""
    if x.ndim != 1 or x.dtype.kind not in "iu" or not x.size:
        return False
    span = int(x.max()) - int(x.min())
    return span <= 4 * int(x.size)


def _dense(x: Array) -> tuple[Array, Array, Array]:
    """What `_sorted` returns, by a table of all integers in the range."""
    offsets = (x - x.min()).astype(np.int64)
    table = np.bincount(offsets)
    first = np.empty(table.size, np.int64)
    first[offsets[::-1]] = np.arange(x.size - 1, -1, -1)  # the write that counts is the last
    present = np.flatnonzero(table)
    number = np.cumsum(table > 0) - 1
    return first[present], number[offsets], table[present]
