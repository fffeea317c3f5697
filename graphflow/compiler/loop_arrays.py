"""The axes of nests of loops, and the arrays in them."""

from __future__ import annotations

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.parts import Shape
from graphflow.compiler.views import View


@dataclass(frozen=True)
class Loops:
    """The nest of loops over a shape: axes that all arrays treat alike are one.

    Attributes:
      sizes: of the axes.
      varies: for each array whether it has each axis, or is the same along it.
      starts: for each axis the first axis of the shape that is in it.
    """

    sizes: tuple[int, ...]
    varies: tuple[tuple[bool, ...], ...]
    starts: tuple[int, ...]


def find_loops(
    shape: Shape, arrays: Sequence[Shape], breaks: AbstractSet[int] = frozenset()
) -> Loops:
    """Find the nest of loops over a shape.

    Args:
      shape: what the arrays broadcast to.
      arrays: their shapes.
      breaks: axes that are not to be one with those before them.

    >>> find_loops((5, 2, 3), [(5, 2, 3), (2, 3), ()])
    Loops(sizes=(5, 6), varies=((True, True), (False, True), (False, False)), starts=(0, 1))
    """
    padded = [(1,) * (len(shape) - len(array)) + array for array in arrays]
    sizes: list[int] = []
    columns: list[tuple[bool, ...]] = []
    starts: list[int] = []
    is_apart = False
    for axis, size in enumerate(shape):
        is_apart = is_apart or axis in breaks
        if size == 1:
            continue
        column = tuple(array[axis] != 1 for array in padded)
        if columns and columns[-1] == column and not is_apart:
            sizes[-1] *= size
        else:
            sizes.append(size)
            columns.append(column)
            starts.append(axis)
        is_apart = False
    varies = tuple(tuple(column[index] for column in columns) for index in range(len(arrays)))
    return Loops(tuple(sizes), varies, tuple(starts))


@dataclass(frozen=True)
class Partial:
    """Memory for what each chunk makes of its part of a reduction.

    Attributes:
      name: of the argument.
      shape: of the array: first the chunks, then the elements of the result.
      dtype: of the array.
    """

    name: str
    shape: tuple[int, int]
    dtype: np.dtype[Any]


@dataclass
class LoopArray:
    """An array with the axes that it has in a nest.

    Attributes:
      name: of the array.
      varies: whether it has each axis.
      view: where its elements are in a larger array, None if they are all of one.
      boundary: the first axis of a row of the view.
      is_scratch: whether it holds a few rows only.
    """

    name: str
    varies: tuple[bool, ...]
    view: View | None = None
    boundary: int = 0
    is_scratch: bool = False

    def axes(self, first: int, stop: int) -> list[int]:
        """Those of some axes that it has."""
        return [axis for axis in range(first, stop) if self.varies[axis]]

    def row(self, axis: int) -> str:
        """The name of its part for given indices of the axes before one."""
        fixed = "".join(str(n) for n, has_axis in enumerate(self.varies[:axis]) if has_axis)
        return self.name + (f"i{fixed}" if fixed else "")

    @property
    def last(self) -> int:
        """The last axis that it has, -1 for none."""
        return max((axis for axis, has_axis in enumerate(self.varies) if has_axis), default=-1)
