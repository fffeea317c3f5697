"""What happens to a result with the channels last while it is still at hand: bias and range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from graphflow.ops.kernels.arrays import Array

# The ops that an epilogue does the work of, and the range that they keep values within.
RANGES: Mapping[tuple[str, ...], tuple[float, float]] = {
    ("BiasAdd",): (-math.inf, math.inf),
    ("BiasAdd", "Relu"): (0.0, math.inf),
    ("BiasAdd", "Relu6"): (0.0, 6.0),
}
# The same without a bias.
PLAIN_RANGES: Mapping[tuple[str, ...], tuple[float, float]] = {
    ("Relu",): (0.0, math.inf),
    ("Relu6",): (0.0, 6.0),
}
EVERYTHING = -math.inf, math.inf


class Epilogue(NamedTuple):
    """A bias for each channel, and a range: what lies outside of it becomes its nearest end.

    Attributes:
      bias: vector with a number for each channel, of the result's dtype.
      floor: no element is less, unless it is `nan`.
      ceiling: no element is greater, unless it is `nan`.
    """

    bias: Array
    floor: float = -math.inf
    ceiling: float = math.inf

    def apply(self, result: Array) -> Array:
        """Add the bias to an array and keep it within the range, in place.

        Args:
          result: the array.

        Returns:
          The array.

        >>> Epilogue(np.array([1, -2]), floor=0).apply(np.array([[5, 1], [-3, 4]]))
        array([[6, 0],
               [0, 2]])
        """
        np.add(result, self.bias, out=result)
        return within(result, self.floor, self.ceiling)


def within(result: Array, floor: float, ceiling: float) -> Array:
    """Keep an array within a range, in place; `nan` stays.

    Args:
      result: the array.
      floor: the least number.
      ceiling: the greatest number.

    Returns:
      The array.

    >>> within(np.array([-3.0, 2.0, 7.0]), 0.0, 6.0)
    array([0., 2., 6.])
    """
    if floor > -math.inf:
        np.maximum(result, result.dtype.type(floor), out=result)
    if ceiling < math.inf:
        np.minimum(result, result.dtype.type(ceiling), out=result)
    return result
