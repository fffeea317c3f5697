"""Levenshtein distances of many pairs of sequences at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["edit_distances"]

Ints = NDArray[np.int64]


def edit_distances(
    first: NDArray[Any], first_lengths: Ints, second: NDArray[Any], second_lengths: Ints
) -> Ints:
    """Return how many elements to insert, delete or replace to make one sequence of another.

    The distances of all beginnings of the second sequence are known for each beginning of the
    first one (Wagner and Fischer: The string-to-string correction problem, 1974). An insertion
    depends on the neighbour in the same row; all of them together are a running minimum.

    Args:
      first: [count, longest], padded.
      first_lengths: int64 [count].
      second: [count, longest], padded.
      second_lengths: int64 [count].

    Returns:
      int64 [count].

    >>> first = np.array([list("kitten"), list("flaw  ")])
    >>> second = np.array([list("sitting"), list("lawn   ")])
    >>> edit_distances(first, np.array([6, 4]), second, np.array([7, 4]))
    array([3, 2])
    """
    rows = np.arange(len(first))
    place = np.arange(second.shape[1] + 1)
    row = np.broadcast_to(place, (len(first), place.size)).copy()
    result: Ints = row[rows, second_lengths]
    for step in range(first.shape[1]):
        replaced = row[:, :-1] + (second != first[:, step, None])
        row += 1
        np.minimum(row[:, 1:], replaced, out=row[:, 1:])
        row -= place
        np.minimum.accumulate(row, axis=1, out=row)
        row += place
        at_end = first_lengths == step + 1
        result[at_end] = row[at_end, second_lengths[at_end]]
    return result
