"""Where the elements of an array are, in the one-dimensional arrays of a compiled function."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphflow.core.op import Array


@dataclass(frozen=True)
class Place:
    """Elements at regular distances from one another.

    Attributes:
      array: the name of the array that they are in.
      shape: how many there are along each axis.
      strides: how far they are apart, in elements; 0 where all are one.
      offset: where the first one is.
    """

    array: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    @property
    def is_contiguous(self) -> bool:
        """Whether they lie one after the other, the last axis first."""
        return merge_axes(self.shape, [self.strides])[1] in ([()], [(1,)])

    def element(self, *indices: str) -> str:
        """The text of one element.

        Args:
          indices: texts, one for each axis.
        """
        terms = [
            index if stride == 1 else f"{index} * {stride}"
            for index, stride in zip(indices, self.strides, strict=True)
            if stride and index != "0"
        ]
        if self.offset or not terms:
            terms.insert(0, str(self.offset))
        return f"{self.array}[{' + '.join(terms)}]".replace("+ -", "- ")

    def part(self, axis: int, start: int, size: int) -> Place:
        """Some of the elements: those from `start` on, along one axis."""
        shape = (*self.shape[:axis], size, *self.shape[axis + 1 :])
        return replace(self, shape=shape, offset=self.offset + start * self.strides[axis])

    def at(self, axis: int, index: int) -> Place:
        """The elements at one index of an axis, without that axis."""
        return Place(
            self.array,
            (*self.shape[:axis], *self.shape[axis + 1 :]),
            (*self.strides[:axis], *self.strides[axis + 1 :]),
            self.offset + index * self.strides[axis],
        )

    def swapped(self) -> Place:
        """The same with the last two axes exchanged."""
        *shape, rows, columns = self.shape
        *strides, down, right = self.strides
        return replace(self, shape=(*shape, columns, rows), strides=(*strides, right, down))

    def broadcast(self, shape: tuple[int, ...]) -> Place:
        """The same elements, repeated to a larger shape."""
        missing = len(shape) - len(self.shape)
        own = zip(self.shape, self.strides, shape[missing:], strict=True)
        strides = [stride if size == wanted else 0 for size, stride, wanted in own]
        return replace(self, shape=shape, strides=(*[0] * missing, *strides))

    def positions(self) -> Array:
        """int64 of this shape: where each element is."""
        found = np.full(self.shape, self.offset, np.int64)
        for axis, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            along = [1] * len(self.shape)
            along[axis] = size
            found += (np.arange(size) * stride).reshape(along)
        return found


def contiguous(array: str, shape: tuple[int, ...], offset: int = 0) -> Place:
    """The place of an array whose elements lie one after the other.

    >>> contiguous("f32", (2, 3), 16).strides
    (3, 1)
    """
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    return Place(array, shape, tuple(strides), offset)


def place_at(array: str, positions: Array) -> Place | None:
    """Return the place whose elements are at some positions, None if they are not regular.

    Args:
      array: the name of the array.
      positions: int: for each element where it is.

    >>> place_at("f32", np.asarray([[7, 4, 1], [8, 5, 2]]))
    Place(array='f32', shape=(2, 3), strides=(1, -3), offset=7)
    """
    shape = positions.shape
    if positions.size == 0:
        return contiguous(array, shape)
    first = (0,) * len(shape)
    strides = []
    for axis, size in enumerate(shape):
        second = (*first[:axis], 1, *first[axis + 1 :])
        strides.append(int(positions[second] - positions[first]) if size > 1 else 0)
    place = Place(array, shape, tuple(strides), int(positions[first]))
    return place if (place.positions() == positions).all() else None


def merge_axes(
    shape: tuple[int, ...], strides: Sequence[tuple[int, ...]]
) -> tuple[list[int], list[tuple[int, ...]]]:
    """Make one axis of neighbours that all arrays walk through alike, and drop those of size 1.

    Args:
      shape: of the arrays.
      strides: of each array.

    Returns:
      The sizes of the axes, and the strides of each array along them.

    >>> merge_axes((5, 1, 2, 3), [(6, 6, 3, 1), (0, 0, 0, 0), (0, 0, 3, 1)])
    ([5, 6], [(6, 1), (0, 0), (0, 1)])
    """
    sizes: list[int] = []
    columns: list[tuple[int, ...]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        column = tuple(steps[axis] for steps in strides)
        if columns and all(a == b * size for a, b in zip(columns[-1], column, strict=True)):
            sizes[-1] *= size
            columns[-1] = column
        else:
            sizes.append(size)
            columns.append(column)
    by_array = [tuple(column[index] for column in columns) for index in range(len(strides))]
    return sizes, by_array


def overlap(one: Place, other: Place) -> bool:
    """Tell whether two places may have elements in common."""
    if one.array != other.array or not one.size or not other.size:
        return False
    (low, high), (begin, end) = _span(one), _span(other)
    return low <= end and begin <= high


def _span(place: Place) -> tuple[int, int]:
    reach = [(size - 1) * step for size, step in zip(place.shape, place.strides, strict=True)]
    corners = [sum(item) for item in itertools.product(*[(0, length) for length in reach])]
    return place.offset + min(corners), place.offset + max(corners)
