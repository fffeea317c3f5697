"""The distinct integers of a vector in one pass, by a table of those seen so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.op import Array
from graphflow.ops.kernels.compiled import CompiledLater

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
