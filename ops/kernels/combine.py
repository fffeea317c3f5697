"""Slices of equal indices added up, as sparse updates do first, and added to rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import int32
from graphflow.core.op import Array
from graphflow.ops.kernels import distinct, segments
from graphflow.ops.kernels.compiled import CompiledLater


@CompiledLater
def _combine(
    indices: Array, rows: Array, table: Array, shift: Any, spread: Any, values: Array, sums: Array,
    found: Array,
) -> None:  # fmt: skip
    """Find the distinct indices as `find_distinct` does, and add up the rows of each.

    `found` becomes their number.
    """
    number = 0
    last = table.size - 1
    for k in range(indices.size):
        value, row = indices[k], rows[k]
        place = np.int64((np.uint64(value) * spread) >> shift)
        while table[place] != 0 and values[table[place] - 1] != value:
            place = (place + 1) & last
        at = table[place] - 1
        if at >= 0:
            total = sums[at]
            for i in range(row.size):
                total[i] += row[i]
            continue
        total = sums[number]
        for i in range(row.size):
            total[i] = row[i]
        values[number] = value
        number += 1
        table[place] = number
    found[0] = number


def combined(slices: Array, indices: Array) -> tuple[Array, Array]:
    """Add up the slices of equal indices.

    Args:
      slices: numeric [n, ...].
      indices: integer [n].

    Returns:
      The sums, [m, ...], and the distinct indices, [m], in order of first appearance.

    >>> sums, rows = combined(np.float32([[1], [2], [5]]), np.int32([7, 3, 7]))
    >>> sums.tolist(), rows.tolist()
    ([[6.0], [2.0]], [7, 3])
    """
    can_compile = indices.dtype.char in distinct.COMPILED and slices.dtype.char in "fd"
    if not can_compile or not slices.size:
        return _combined(slices, indices)
    results: list[Array] = []
    kind = slices.dtype.char, indices.dtype.char, slices.flags.writeable, indices.flags.writeable
    values, found = np.empty(len(indices), indices.dtype), np.empty(1, np.int64)
    sums = np.empty(slices.shape, slices.dtype)

    def arguments() -> list[Any]:
        rows = np.ascontiguousarray(slices).reshape(len(slices), -1)
        flat, table = sums.reshape(rows.shape), distinct.new_table(len(indices))
        return [np.ascontiguousarray(indices), rows, *table, values, flat, found]

    def otherwise() -> None:
        results.extend(_combined(slices, indices))

    _combine.run(kind, arguments, otherwise)
    if results:
        return results[0], results[1]
    count = int(found[0])
    return sums[:count], values[:count]


def _combined(slices: Array, indices: Array) -> tuple[Array, Array]:
    """Do what `combined` does, in two steps."""
    values, places, _ = distinct.distinct(indices, 0, int32)
    return segments.sum_rows(slices, places, len(values)), values


@CompiledLater
def _move(target: Array, rows: Array, slices: Array, is_subtracted: bool) -> None:
    """Add slices to distinct rows of the target, or subtract them."""
    for k in range(rows.size):
        row, change = target[rows[k]], slices[k]
        for i in range(row.size):
            row[i] = row[i] - change[i] if is_subtracted else row[i] + change[i]


def add_to_rows(target: Array, rows: Array, slices: Array, is_subtracted: bool = False) -> None:
    """Add slices to rows in place, those of equal rows one to another before.

    Args:
      target: numeric [n, ...].
      rows: integer [m], all in [0, n).
      slices: of the dtype of `target`, [m, ...].
      is_subtracted: whether to subtract them.

    >>> target = np.float32([[1, 1], [2, 2]])
    >>> add_to_rows(target, np.int32([1, 1]), np.float32([[3, 4], [5, 6]]))
    >>> target.tolist()
    [[1.0, 1.0], [10.0, 12.0]]
    """
    sums, distinct_rows = combined(slices, rows)

    def arguments() -> list[Any]:
        flat = sums.reshape(len(sums), -1)
        return [target.reshape(len(target), -1), distinct_rows, flat, is_subtracted]

    def otherwise() -> None:
        function = np.subtract if is_subtracted else np.add
        target[distinct_rows] = function(target[distinct_rows], sums)

    if target.dtype.char in "fd" and target.flags.c_contiguous and sums.flags.c_contiguous:
        kind = target.dtype.char, distinct_rows.dtype.char, sums.flags.writeable
        _move.run((*kind, distinct_rows.flags.writeable), arguments, otherwise)
    else:
        otherwise()
