"""Parts of arrays that loops read or write where they are: slices, splits, pieces of a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec


@dataclass(frozen=True)
class View:
    """Elements of an array, in order: the same part of some rows that follow each other.

    Attributes:
      memory: the slot of the array.
      first: where the first row begins, in elements from the start of the array.
      rows: how many rows there are.
      size: the elements of a row.
      start: the first element of each row that belongs to it.
      stop: the one after the last.
    """

    memory: int
    first: int
    rows: int
    size: int
    start: int
    stop: int

    @property
    def is_whole(self) -> bool:
        """Whether its elements follow each other in memory."""
        return self.rows == 1

    def of(self, outer: View) -> View | None:
        """This view of what is itself a view, as one of the array; None if that takes more.

        Args:
          outer: the view that this is one of.
        """
        if outer.is_whole:
            first = outer.first + outer.start + self.first
            return View(outer.memory, first, self.rows, self.size, self.start, self.stop)
        if self.first == self.start == 0 and self.rows * self.stop == outer.rows * outer.width:
            return outer  # another shape
        if self.rows == outer.rows and self.first == 0 and self.size == outer.width:
            start, stop = outer.start + self.start, outer.start + self.stop
            return View(outer.memory, outer.first, outer.rows, outer.size, start, stop)
        return None

    @property
    def width(self) -> int:
        """How many elements of a row belong to it."""
        return self.stop - self.start

    def boundary(self, shape: Sequence[int]) -> int | None:
        """The axis of its shape from which on all axes lie within a row; None if there is none.

        Args:
          shape: of the view.
        """
        for axis in range(len(shape) + 1):
            if math.prod(shape[:axis]) == self.rows:
                return axis
        return None


def whole(memory: int, elements: int) -> View:
    """The view of all elements of an array.

    Args:
      memory: the slot of the array.
      elements: how many it has.
    """
    return View(memory, 0, 1, elements, 0, elements)


def part_of(base: Array, part: Array, memory: int) -> View | None:
    """Describe a part of an array; None if it is not one that loops can walk through.

    Args:
      base: the array, in row-major order.
      part: a view of it made by numpy.
      memory: the slot of the array.

    >>> table = np.empty((4, 6))
    >>> part_of(table, table[1:3, 2:5], 7)
    View(memory=7, first=6, rows=2, size=6, start=2, stop=5)
    """
    if not part.size or not np.may_share_memory(base, part):
        return None
    offset = (part.ctypes.data - base.ctypes.data) // base.itemsize
    axes = [(n, s // base.itemsize) for n, s in zip(part.shape, part.strides, strict=True) if n > 1]
    width = 1
    while axes and axes[-1][1] == width:
        width *= axes.pop()[0]
    if not axes:
        return View(memory, offset, 1, width, 0, width)
    size = axes[-1][1]
    rows = 1
    for count, stride in reversed(axes):
        if stride != rows * size:
            return None
        rows *= count
    start = offset % size
    first = offset - start
    if start + width > size or first + rows * size > base.size:
        return None
    return View(memory, first, rows, size, start, start + width)


def parts_of_input(step: Step, specs: Mapping[int, TensorSpec]) -> dict[int, View]:
    """The views of one input that the outputs of a step are; empty if they are none.

    Args:
      step: a step that is a call of a kernel and nothing else.
      specs: for each slot what is known of its value.
    """
    data = step.op.viewed
    if data is None or any(slot not in specs for slot in step.inputs):
        return {}
    form = form_of(specs[step.inputs[data]])
    values = [specs[slot].value for index, slot in enumerate(step.inputs) if index != data]
    if form is None or not form.elements or any(value is None for value in values):
        return {}
    base = np.empty(form.shape, form.dtype)
    results = step.op.kernel(*values[:data], base, *values[data:])
    parts = results if isinstance(results, (tuple, list)) else (results,)
    views = {
        slot: part_of(base, part, step.inputs[data])
        for slot, part in zip(step.outputs, parts, strict=True)
        if slot != NO_SLOT
    }
    found = {slot: view for slot, view in views.items() if view is not None}
    return found if len(found) == len(views) else {}


def places_in_output(
    step: Step, specs: Mapping[int, TensorSpec], form: Form
) -> list[tuple[int, View]]:
    """For each input that a step joins into its output its slot, and the view that it becomes.

    Args:
      step: a step that is a call of a kernel and nothing else.
      specs: for each slot what is known of its value.
      form: of the only output.
    """
    base = np.empty(form.shape, form.dtype)
    places = step.op.places(base, *[specs[slot] for slot in step.inputs])
    found = []
    for index, part in places:
        view = part_of(base, part, step.outputs[0])
        if view is None:
            return []
        found.append((step.inputs[index], view))
    return found
