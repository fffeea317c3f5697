"""Sequences of different lengths as one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["padded"]


def padded(
    rows: NDArray[np.int64], values: NDArray[Any], count: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return sequences, given by their elements in order, as a matrix with their lengths.

    Args:
      rows: int64 [n], the sequence of each element, in ascending order.
      values: [n].
      count: the number of sequences.

    >>> padded(np.array([0, 2, 2]), np.array([7, 5, 6]), 3)
    (array([[7, 0],
           [0, 0],
           [5, 6]]), array([1, 0, 2]))
    """
    lengths = np.bincount(rows, minlength=count)
    result = np.zeros((count, int(lengths.max(initial=0))), values.dtype)
    result[np.arange(result.shape[1]) < lengths[:, None]] = values
    return result, lengths
