"""Many strings as one array of bytes, so that numpy can work on all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from graphflow.core.op import Array

# Reading 8 bytes at any position of a string stays inside the buffer.
_MARGIN = 8


class PackedStrings:
    """Strings one behind the other in one buffer.

    Args:
      items: the strings.

    Attributes:
      starts: uint64 [n], where each begins in the buffer.
      lengths: uint64 [n], their lengths in bytes.
    """

    def __init__(self, items: list[bytes]) -> None:
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        joined = b"".join([bytes(_MARGIN), *items, bytes(_MARGIN)])
        self._bytes = np.frombuffer(joined, np.uint8)
        # Word i holds the 8 bytes from byte i on.
        self._words = np.lib.stride_tricks.as_strided(
            np.frombuffer(joined, "<u8", 1), (len(joined) - 7,), (1,), writeable=False
        )
        self._halves = np.lib.stride_tricks.as_strided(
            np.frombuffer(joined, "<u4", 1), (len(joined) - 3,), (1,), writeable=False
        )
        self.starts = _MARGIN + np.cumsum(lengths) - lengths
        self.lengths = lengths

    def byte(self, at: Array) -> Array:
        """The bytes at some positions, as uint64."""
        return self._bytes[at].astype(np.uint64)

    def word(self, at: Array) -> Array:
        """The 8 bytes from each position on, as little-endian uint64."""
        return self._words[at].astype(np.uint64)

    def half(self, at: Array) -> Array:
        """The 4 bytes from each position on, as little-endian uint64."""
        return self._halves[at].astype(np.uint64)

    def tail(self, at: Array, size: Array) -> Array:
        """The last `size` (fewer than 8) bytes before `at`, as little-endian uint64."""
        empty = size == 0
        shift = (8 * (8 - size) * ~empty).astype(np.uint64)
        return np.where(empty, np.uint64(0), self.word(at - 8) >> shift)


def by_length(
    lengths: Array, classes: dict[int, Callable[[Array], Array]], rest: Callable[[Array], Array]
) -> Array:
    """Compute a uint64 for each string, by different functions for different lengths.

    Args:
      lengths: the lengths of all strings.
      classes: for the longest length of each class, ascending, a function of the indices of its
        strings.
      rest: the function for all that are longer.

    Returns:
      uint64 [n].
    """
    result = np.empty(len(lengths), np.uint64)
    limits = np.array(list(classes))
    found = np.searchsorted(limits, lengths)
    for number, function in enumerate([*classes.values(), rest]):
        indices = np.flatnonzero(found == number)
        if indices.size:
            result[indices] = function(indices)
    return result


def blocks(counts: Array) -> Iterator[tuple[int, slice]]:
    """Yield the number of each block, and which strings have it, most blocks first.

    Args:
      counts: descending, how many blocks each string has.
    """
    for number in range(int(counts[0]) if counts.size else 0):
        yield number, slice(int(np.searchsorted(-counts, -number, side="left")))
