"""Small steps that follow one another in a run, as one function for numba.

What loops over elements cannot take in, such as products of small matrices, slices and softmax,
takes a microsecond or two for each step, nearly all of it spent on the way to the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.expressions import module_of
from graphflow.compiler.memory import form_of
from graphflow.compiler.native.place import Place
from graphflow.compiler.native.schedule import in_units
from graphflow.compiler.native.steps import (
    element_of,
    is_element,
    is_known,
    may_fail,
    write_task,
)
from graphflow.compiler.native.writer import ARENAS, CannotCompile, Task, Writer
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec

# Larger functions take long to compile.
_MAX_STEPS = 60
# About how many microseconds the call of a kernel takes, that of a cluster, and each array that the
# cluster is given or gives.
_KERNEL_COST, _CLUSTER_COST, _ARRAY_COST = 1.5, 2.0, 0.35
# A cluster is worth compiling if it takes so much less.
_WORTH_IT, _MIN_SAVING = 0.6, 3.0
# Larger arrays are worth the way to a kernel.
_MAX_ELEMENTS = 1 << 11
# So many operations on numbers take some microseconds.
_MAX_WORK = 1 << 12


@dataclass
class ClusterCode:
    """A cluster's source, and what its function takes: an array for each dtype.

    Attributes:
      positions: of its steps.
      source: the text of a module with the function `run`.
      arenas: the number of elements in the array of each dtype.
      constants: places with what is in them.
      inputs: the slots that are read, with the places where the function expects them.
      outputs: the slots that others read, with the places where the function puts them.
    """

    positions: list[int]
    source: str
    arenas: dict[str, int]
    constants: list[tuple[Place, Array]]
    inputs: list[tuple[int, Place]]
    outputs: list[tuple[int, Place]]

    def examples(self) -> list[Array]:
        """Arguments of the types that the function takes."""
        return [np.zeros(1, name) for name in self.arenas]


def find_clusters(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    values: Mapping[int, Array],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
    costs: Mapping[int, float],
) -> list[ClusterCode]:
    """Find the clusters of a run.

    Args:
      steps: the steps of the run, in order.
      specs: for each slot what is known of its value.
      values: of the slots that are constants.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step.
      costs: for the steps that are part of a compiled loop their share in the microseconds that its
        call takes.
    """
    readers: dict[int, list[int]] = {}
    for position, step in enumerate(steps):
        for slot in step.inputs:
            readers.setdefault(slot, []).append(position)
    found = []
    for positions in _blocks(steps, specs, is_free):
        before = sum(costs.get(position, _KERNEL_COST) for position in positions)
        if before < _CLUSTER_COST + _MIN_SAVING:
            continue
        writer = _ClusterWriter(steps, specs, values, positions, readers, kept)
        after = _CLUSTER_COST + _ARRAY_COST * writer.count_arrays()
        if after > _WORTH_IT * before or after > before - _MIN_SAVING:
            continue
        try:
            found.append(writer.code())
        except CannotCompile:
            continue
    return found


def _blocks(
    steps: Sequence[Step], specs: Mapping[int, TensorSpec], is_free: Callable[[Step], bool]
) -> Iterator[list[int]]:
    """Yield the positions of small steps that follow one another."""
    block: list[int] = []
    for position, step in enumerate(steps):
        if is_free(step) and _is_small(step, specs):
            block.append(position)
            if len(block) < _MAX_STEPS:
                continue
        yield block
        block = []
    yield block


def _is_small(step: Step, specs: Mapping[int, TensorSpec]) -> bool:
    """Whether the way to a step's kernel takes longer than the kernel."""
    outputs = [form_of(specs.get(slot)) for slot in step.outputs if slot != NO_SLOT]
    inputs = [specs[slot].shape.num_elements() for slot in step.inputs]
    if any(form is None or form.dtype.name not in ARENAS for form in outputs):
        return False
    sizes = [*inputs, *(form.elements for form in outputs if form is not None)]
    if any(size is None or size > _MAX_ELEMENTS for size in sizes):
        return False
    writer = Writer(specs, {}, [])
    task = Task(step.op, step.inputs, step.outputs)
    return is_known(task, writer) and not may_fail(task, writer)


class _ClusterWriter:
    """Writes the function of a cluster.

    Slots get new numbers, in the order in which they come: clusters that do the same have the same
    text, and are compiled once.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        specs: Mapping[int, TensorSpec],
        values: Mapping[int, Array],
        positions: Sequence[int],
        readers: Mapping[int, Sequence[int]],
        kept: frozenset[int],
    ) -> None:
        members = set(positions)
        own = [steps[position] for position in positions]
        slots = [slot for step in own for slot in (*step.inputs, *step.outputs)]
        self._number = {NO_SLOT: NO_SLOT}
        for slot in slots:
            self._number.setdefault(slot, len(self._number) - 1)
        self._positions = list(positions)
        self._tasks = [
            Task(step.op, self._renamed(step.inputs), self._renamed(step.outputs)) for step in own
        ]
        made = {slot for step in own for slot in step.outputs if slot != NO_SLOT}
        self._constants = [slot for slot in dict.fromkeys(slots) if slot in values]
        self._inputs = [
            slot
            for slot in dict.fromkeys(slot for step in own for slot in step.inputs)
            if slot not in made and slot not in values
        ]
        self._outputs = [
            slot
            for slot in dict.fromkeys(slot for step in own for slot in step.outputs)
            if slot in made and (slot in kept or set(readers.get(slot, ())) - members)
        ]
        known = {number: specs[slot] for slot, number in self._number.items() if slot != NO_SLOT}
        fixed = {self._number[slot]: values[slot] for slot in self._constants}
        self._before: list[str] = []
        self._writer = Writer(known, fixed, self._before)

    def count_arrays(self) -> int:
        """How many arrays the cluster is given and gives."""
        return len(self._inputs) + len(self._outputs)

    def _renamed(self, slots: Sequence[int]) -> tuple[int, ...]:
        return tuple(self._number[slot] for slot in slots)

    def code(self) -> ClusterCode:
        writer = self._writer
        lines: list[str] = []
        with writer.collected(lines):
            self._load_constants()
            inputs = [(slot, self._enter(self._number[slot])) for slot in self._inputs]
            self._write_tasks()
            outputs = [(slot, self._leave(self._number[slot])) for slot in self._outputs]
        if writer.work > _MAX_WORK * max(1, len(self._tasks)):
            raise CannotCompile("the steps are not small")
        arenas = writer.arena_sizes()
        names = ", ".join(ARENAS[name] for name in arenas)
        text = [f"def run({names}):", *(f"    {line}" for line in [*self._before, *lines])]
        source = module_of("\n".join(text))
        return ClusterCode(self._positions, source, arenas, writer.constants, inputs, outputs)

    def _load_constants(self) -> None:
        writer = self._writer
        for slot in self._constants:
            number = self._number[slot]
            form = form_of(writer.specs[number])
            if form is not None and form.shape == () and form.dtype.name in ARENAS:
                writer.add(f"v{number} = {writer.place(number).element()}")

    def _enter(self, number: int) -> Place:
        writer = self._writer
        form = writer.form(number)
        place = writer.reserve(form)
        if form.shape == ():
            writer.add(f"v{number} = {place.element()}")
        else:
            writer.places[number] = place
        return place

    def _leave(self, number: int) -> Place:
        """Put a result where its elements lie one after the other."""
        writer = self._writer
        form, place = writer.form(number), writer.place(number)
        if place.is_contiguous and place.array in ARENAS.values():
            return place
        copied = writer.reserve(form)
        writer.copy(copied, place)
        return copied

    def _write_tasks(self) -> None:
        writer = self._writer

        def element_shape(task: Task) -> tuple[int, ...] | None:
            return writer.form(task.outputs[0]).shape if is_element(task, writer) else None

        units = in_units(self._tasks, element_shape)
        readers: dict[int, set[int]] = {}
        for number, unit in enumerate(units):
            for slot in (slot for task in unit for slot in task.inputs):
                readers.setdefault(slot, set()).add(number)
        left = set(self._renamed(self._outputs))
        for number, unit in enumerate(units):
            if not is_element(unit[0], writer):
                write_task(writer, unit[0])
                continue
            group = [element_of(task, writer) for task in unit]
            stored = [
                item.slot
                for item in group
                if item.slot in left or readers.get(item.slot, set()) - {number}
            ]
            writer.elements(group, stored)
