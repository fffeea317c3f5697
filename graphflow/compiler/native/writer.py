"""Writes the statements of a function for numba that computes with arrays of known shapes.

Scalars are local variables.  All other results have places in one array for each dtype, an *arena*,
so that the compiler sees from the numbers alone which of them cannot overlap.  What changes the
shape of an array, or takes a regular part of it, is no statement, but another place.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.native.place import Place, contiguous, merge_axes
from graphflow.core.op import Array, Op
from graphflow.core.spec import TensorSpec

# The arena of each dtype that these functions compute with.
ARENAS = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "b8"}
_ALIGNMENT = 16  # elements
# Calls of functions such as `exp32`, which take longer than arithmetic.
_CALL = re.compile(r"(?<!\.)\b\w+32\(")
# Where a function cannot go on; see loop.py.
FAILED = 2


class CannotCompile(Exception):
    """Some steps cannot be written as such a function."""


@dataclass(frozen=True, eq=False)
class Task:
    """A step of the function.

    Attributes:
      op: what is computed.
      inputs: the slots of its inputs.
      outputs: the slots of its outputs, -1 for those that nobody reads.
      branches: of a choice the steps to run if the first input is true, and those if it is not.
    """

    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, eq=False)
class Branch:
    """Steps that are run or not.

    Attributes:
      tasks: the steps.
      results: the slots of what they compute, one for each output of the choice.
    """

    tasks: tuple[Task, ...]
    results: tuple[int, ...]


@dataclass
class Element:
    """How one element of a result is computed from those of other slots.

    Attributes:
      slot: of the result.
      operands: the slots that are read.
      text: the expression; the elements are called `v<slot>`.
    """

    slot: int
    operands: tuple[int, ...]
    text: str


@dataclass
class _Block:
    """Statements at one depth of the function."""

    lines: list[str] = field(default_factory=list)
    depth: int = 0


class Writer:
    """Writes statements, and knows where the values of slots are.

    Args:
      specs: for each slot what is known of its value.
      values: of the slots that are constants.
      before: where to write what is done once, before a loop around the statements.

    Attributes:
      specs: the same; slots that the writer adds are in it too.
      fixed: the slots whose values are the same in each iteration of that loop.
      places: of the arrays by slot; scalars have none.
      constants: places with what is in them before the function is called for the first time.
      work: how many operations on numbers the statements take, about.
      can_fail: whether a statement leaves the loop around it because something is unusual.
    """

    def __init__(
        self, specs: Mapping[int, TensorSpec], values: Mapping[int, Array], before: list[str]
    ) -> None:
        self.specs = dict(specs)
        self._values = values
        self._before = before
        self.fixed: set[int] = set(values)
        self.places: dict[int, Place] = {}
        self.constants: list[tuple[Place, Array]] = []
        self.work = 0
        self.can_fail = False
        self._sizes = dict.fromkeys(ARENAS, 0)
        self._block = _Block()
        self._next_slot = max(specs, default=-1) + 1
        self._names = 0

    # -- lines --------------------------------------------------------------------------------

    def add(self, line: str) -> None:
        """Add a line."""
        self._block.lines.append("    " * self._block.depth + line)

    @contextlib.contextmanager
    def indented(self) -> Iterator[None]:
        """Write the body of a statement."""
        self._block.depth += 1
        yield
        self._block.depth -= 1

    @contextlib.contextmanager
    def collected(self, lines: list[str]) -> Iterator[None]:
        """Collect the lines that are written meanwhile in another list."""
        before, self._block = self._block, _Block(lines)
        yield
        self._block = before

    @contextlib.contextmanager
    def once(self) -> Iterator[None]:
        """Write what is done once, before the loop around the statements."""
        work = self.work
        with self.collected(self._before):
            yield
        self.work = work

    def name(self, prefix: str = "x") -> str:
        """Return a name for a local variable: numba gives each a type."""
        self._names += 1
        return f"{prefix}_{self._names}"

    def fail_if(self, condition: str) -> None:
        """Leave the loop around the statements if something is unusual."""
        self.can_fail = True
        self.add(f"if {condition}:")
        with self.indented():
            self.add(f"status = {FAILED}")
            self.add("break")

    # -- values -------------------------------------------------------------------------------

    def form(self, slot: int) -> Form:
        """Shape and dtype of a slot's value.

        Raises:
          CannotCompile: they are not known, or no loop computes with the dtype.
        """
        form = form_of(self.specs.get(slot))
        if form is None or form.dtype.name not in ARENAS:
            raise CannotCompile(f"a value is {self.specs.get(slot)!r}")
        return form

    def is_scalar(self, slot: int) -> bool:
        """Whether the value is a local variable."""
        return self.form(slot).shape == ()

    def value(self, slot: int) -> Array:
        """The value of a slot that shapes and constants determine.

        Raises:
          CannotCompile: they do not.
        """
        value = self.specs[slot].value
        if value is None:
            raise CannotCompile("a shape or an index depends on data")
        return np.asarray(value)

    def new_slot(self, spec: TensorSpec) -> int:
        """Add a slot for a value of the writer's own."""
        slot, self._next_slot = self._next_slot, self._next_slot + 1
        self.specs[slot] = spec
        return slot

    def reserve(self, form: Form) -> Place:
        """Return a new place in an arena."""
        size = self._sizes[form.dtype.name]
        self._sizes[form.dtype.name] = size + (form.elements // _ALIGNMENT + 1) * _ALIGNMENT
        return contiguous(ARENAS[form.dtype.name], form.shape, size)

    def arena_sizes(self) -> dict[str, int]:
        """The number of elements in the arena of each dtype that has any."""
        return {name: size for name, size in self._sizes.items() if size}

    def output(self, slot: int) -> Place:
        """Give a result a place, unless it has one."""
        if slot not in self.places:
            self.places[slot] = self.reserve(self.form(slot))
        return self.places[slot]

    def constant(self, value: Array) -> Place:
        """Return the place of a constant array."""
        place = self.reserve(Form(value.shape, value.dtype))
        self.constants.append((place, value))
        return place

    def place(self, slot: int) -> Place:
        """Return the place of a value, of a scalar too."""
        if slot in self.places:
            return self.places[slot]
        if slot in self._values:
            form = self.form(slot)
            self.places[slot] = self.constant(np.asarray(self._values[slot], form.dtype))
            return self.places[slot]
        assert self.is_scalar(slot)
        place = self.reserve(self.form(slot))
        self.add(f"{place.element()} = v{slot}")
        return place

    def define(self, slot: int, place: Place) -> None:
        """Let a result be what is in a place."""
        if self.is_scalar(slot):
            self.add(f"v{slot} = {place.element()}")
        else:
            self.places[slot] = place

    # -- loops --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def loops(self, sizes: Sequence[int], first: int = 0) -> Iterator[list[str]]:
        """Write the body of a nest of loops.

        Args:
          sizes: how often each runs.
          first: the number of the first index.

        Yields:
          The indices: names, or 0 for a loop that runs once and is none.
        """
        names = ["0" if size == 1 else f"i{first + number}" for number, size in enumerate(sizes)]
        repeated = [(name, size) for name, size in zip(names, sizes, strict=True) if size != 1]
        for name, size in repeated:
            self.add(f"for {name} in range({size}):")
            self._block.depth += 1
        yield names
        self._block.depth -= len(repeated)

    def copy(self, target: Place, source: Place) -> None:
        """Copy elements."""
        sizes, (to, of) = merge_axes(target.shape, [target.strides, source.strides])
        self.work += target.size
        with self.loops(sizes) as indices:
            left = Place(target.array, tuple(sizes), to, target.offset).element(*indices)
            right = Place(source.array, tuple(sizes), of, source.offset).element(*indices)
            self.add(f"{left} = {right}")

    def elements(self, group: Sequence[Element], stored: Sequence[int]) -> None:
        """Compute results of one shape, element by element.

        Args:
          group: how, in an order in which they may be computed.
          stored: those of the results that others read.
        """
        shape = self.form(group[0].slot).shape
        if shape == ():
            for item in group:
                self.add(f"v{item.slot} = {item.text}")
            return
        made = {item.slot for item in group}
        inputs = dict.fromkeys(
            slot
            for item in group
            for slot in item.operands
            if slot not in made and not self.is_scalar(slot)
        )
        read = {slot: self.place(slot).broadcast(shape) for slot in inputs}
        written = {slot: self.output(slot) for slot in stored}
        arrays = [*read.values(), *written.values()]
        sizes, strides = merge_axes(shape, [place.strides for place in arrays])
        merged = [
            Place(place.array, tuple(sizes), steps, place.offset)
            for place, steps in zip(arrays, strides, strict=True)
        ]
        sources = dict(zip(read, merged, strict=False))
        targets = dict(zip(written, merged[len(read) :], strict=True))
        if 0 not in shape:
            self._element_loops(sizes, group, sources, targets)

    def _element_loops(
        self,
        sizes: Sequence[int],
        group: Sequence[Element],
        sources: Mapping[int, Place],
        targets: Mapping[int, Place],
    ) -> None:
        indices = [f"i{axis}" for axis in range(len(sizes))]
        self._loads(-1, indices, sources)
        with contextlib.ExitStack() as stack:
            for axis, size in enumerate(sizes):
                stack.enter_context(self.loops([size], axis))
                self._loads(axis, indices, sources)
            for item in group:
                self.add(f"v{item.slot} = {item.text}")
            for slot, place in targets.items():
                self.add(f"{place.element(*indices)} = v{slot}")
        count = int(np.prod(sizes, dtype=np.int64))
        calls = sum(len(_CALL.findall(item.text)) for item in group)
        self.work += count * (len(group) + 8 * calls)

    def _loads(self, axis: int, indices: Sequence[str], sources: Mapping[int, Place]) -> None:
        """Read the elements of the arrays whose last axis is this one; -1 stands for none."""
        for slot, place in sources.items():
            last = max((n for n, stride in enumerate(place.strides) if stride), default=-1)
            if last == axis:
                self.add(f"v{slot} = {place.element(*indices)}")
