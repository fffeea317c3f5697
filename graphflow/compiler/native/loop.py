"""A whole loop, its condition and its body, as one function for numba.

The function runs iterations until the condition does not hold any more, or as many as it was told,
so that its caller can look whether the run was cancelled.  Between its calls the loop variables are
in its arenas.  An iteration in which something is unusual, such as an index out of range, changes
nothing: the caller repeats it with the kernels of the ops, which raise the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.compiler.expressions import module_of
from graphflow.compiler.memory import Form
from graphflow.compiler.native.lists import Lists
from graphflow.compiler.native.loop_code import (
    COUNT,
    DONE,
    LENGTHS,
    STOP,
    STOPPED,
    LoopBody,
    LoopCode,
)
from graphflow.compiler.native.place import Place, contiguous, overlap
from graphflow.compiler.native.schedule import in_units
from graphflow.compiler.native.steps import element_of, is_element, may_fail, write_task
from graphflow.compiler.native.writer import ARENAS, CannotCompile, Task, Writer
from graphflow.core.op import Array

# Compiling takes longer than in proportion.
_MAX_TASKS = 120
# Larger arrays are read where they are.
_MAX_COPIED = 1 << 14
_MAX_ARENA = 1 << 20


def write(body: LoopBody) -> LoopCode:
    """Write the function for a loop.

    Args:
      body: what the loop computes.

    Raises:
      CannotCompile: a step has no statements, or the loop is too large.
    """
    count = _count(body.test) + _count(body.tasks)
    if count > _MAX_TASKS:
        raise CannotCompile(f"{count} steps are too many")
    return _LoopWriter(body).code()


class _LoopWriter:
    """Writes the function.

    In its text `v3` is a scalar, or one element of an array, `r3` a row of a list, `S3` and `C3`
    are saved and consumed items, `L3`, `M3` and `n3` a list's items, which of them are written,
    and its length.
    """

    def __init__(self, body: LoopBody) -> None:
        self._body = body
        self._before: list[str] = []
        self._writer = Writer(body.specs, body.values, self._before)
        self._lists = Lists(self._writer)
        self._homes: dict[int, Place] = {}  # by loop variable
        self._code = LoopCode("", (), {}, [])
        self._read = {*_reads([*body.test, *body.tasks]), *body.results, body.holds}

    def code(self) -> LoopCode:
        body, writer, code = self._body, self._writer, self._code
        self._write_constants()
        self._enter_inputs()
        test = self._without_fixed(body.test)
        tasks = self._without_fixed(body.tasks)
        lines: list[str] = []
        with writer.collected(lines):
            self._write_tasks(test, {body.holds}, can_be_in_place=False)
            self._write_condition()
            self._take_items()
            self._save(early=True)
            self._write_tasks(tasks, set(body.results), can_be_in_place=True)
            self._save(early=False)
            self._commit()
            writer.add("count += 1")
        code.arenas = writer.arena_sizes()
        if sum(code.arenas.values()) > _MAX_ARENA:
            raise CannotCompile("the results of an iteration are too large")
        code.constants = writer.constants
        code.work = writer.work + 4 * (_count(body.tasks) + _count(body.test))
        code.source = module_of("\n".join(self._function(lines)))
        code.examples = tuple(self._examples())
        return code

    # -- before the loop ----------------------------------------------------------------------

    def _write_constants(self) -> None:
        writer = self._writer
        for slot, value in self._body.values.items():
            if slot in self._read and np.ndim(value) == 0 and _has_arena(writer, slot):
                self._before.append(f"v{slot} = {_literal(value)}")

    def _enter_inputs(self) -> None:
        body = self._body
        end = len(body.inputs) - body.consumed
        for position, slot in enumerate(body.inputs[:end]):
            is_variable = position < body.variables
            is_changing = is_variable and body.results[position] != slot
            if slot in body.items:
                if slot in self._read:
                    self._enter_list(position, slot, is_changing)
            elif slot in self._read or is_changing:
                self._enter_value(position, slot, is_changing)
            if not is_changing:
                self._writer.fixed.add(slot)

    def _enter_list(self, position: int, slot: int, is_changing: bool) -> None:
        form = self._body.items[slot]
        if form.dtype.name not in ARENAS:
            raise CannotCompile(f"a list of {form.dtype}")
        self._lists.add_root(slot, form, is_changing)
        number = len(self._code.lists)
        self._code.lists.append((position, form))
        if is_changing:
            self._code.carried |= {position}
        self._before.append(f"n{number} = state[{LENGTHS + number}]")

    def _enter_value(self, position: int, slot: int, is_changing: bool) -> None:
        writer, code = self._writer, self._code
        form = writer.form(slot)
        if form.elements > _MAX_COPIED and not is_changing:
            writer.places[slot] = contiguous(f"a{position}", form.shape)
            code.direct.append(position)
            return
        place = writer.reserve(form)
        code.entering.append((position, place))
        if form.shape == ():
            self._before.append(f"v{slot} = {place.element()}")
        else:
            writer.places[slot] = place
        if is_changing:
            self._homes[position] = place
            code.leaving.append((position, place))
            result = writer.form(self._body.results[position])
            if result != form:
                raise CannotCompile(f"a loop variable changes from {form} to {result}")

    def _without_fixed(self, tasks: Sequence[Task]) -> list[Task]:
        """Write what is the same in each iteration before the loop; return the other tasks."""
        writer, left = self._writer, []
        for task in tasks:
            is_fixed = all(slot in writer.fixed for slot in task.inputs)
            may_move = not self._may_fail(task)
            if not (is_fixed and may_move):
                left.append(task)
                continue
            with writer.once():
                self._write_unit([task], set(task.outputs))
            writer.fixed.update(task.outputs)
        return left

    # -- an iteration -------------------------------------------------------------------------

    def _write_condition(self) -> None:
        writer, holds = self._writer, self._body.holds
        if writer.form(holds) != Form((), np.dtype(bool)):
            raise CannotCompile("the condition is no bool scalar")
        for test, status in ((f"not v{holds}", DONE), ("count >= stop", STOPPED)):
            writer.add(f"if {test}:")
            with writer.indented():
                writer.add(f"status = {status}")
                writer.add("break")

    def _take_items(self) -> None:
        """Give the consumed items names."""
        body, writer = self._body, self._writer
        first = len(body.inputs) - body.consumed
        for index, slot in enumerate(body.inputs[first:]):
            if slot not in self._read:
                continue
            form = writer.form(slot)
            self._code.consumed.append((index, form))
            item = f"C{index}[len(C{index}) - 1 - count]"
            if form.shape == ():
                writer.add(f"v{slot} = {item}")
            else:
                writer.add(f"r{slot} = {item}")
                writer.places[slot] = contiguous(f"r{slot}", form.shape)

    def _write_tasks(self, tasks: Sequence[Task], kept: set[int], can_be_in_place: bool) -> None:
        writer = self._writer

        def element_shape(task: Task) -> tuple[int, ...] | None:
            return writer.form(task.outputs[0]).shape if is_element(task, writer) else None

        units = in_units(tasks, element_shape)
        if can_be_in_place:
            self._find_in_place(units, element_shape)
        readers: dict[int, set[int]] = {}
        for number, unit in enumerate(units):
            for task in unit:
                for slot in task.inputs:
                    readers.setdefault(slot, set()).add(number)
        for number, unit in enumerate(units):
            stored = {
                slot
                for task in unit
                for slot in task.outputs
                if slot in kept or readers.get(slot, set()) - {number}
            }
            self._write_unit(unit, stored)

    def _write_unit(self, unit: Sequence[Task], stored: set[int]) -> None:
        writer, first = self._writer, unit[0]
        if first.branches:
            self._write_branches(first)
        elif self._lists.is_about_lists(first):
            self._lists.write(first)
        elif is_element(first, writer):
            group = [element_of(task, writer) for task in unit]
            writer.elements(group, [item.slot for item in group if item.slot in stored])
        else:
            write_task(writer, first)

    def _write_branches(self, task: Task) -> None:
        """Write a choice: both branches put their results in the same places."""
        writer = self._writer
        if writer.form(task.inputs[0]) != Form((), np.dtype(bool)):
            raise CannotCompile("the condition of a choice is no bool scalar")
        for line, branch in zip((f"if v{task.inputs[0]}:", "else:"), task.branches, strict=True):
            writer.add(line)
            with writer.indented():
                writer.add("pass")
                self._write_tasks(branch.tasks, set(branch.results), can_be_in_place=False)
                for slot, result in zip(task.outputs, branch.results, strict=True):
                    if slot < 0:
                        continue
                    if writer.is_scalar(slot):
                        writer.add(f"v{slot} = v{result}")
                    else:
                        writer.copy(writer.output(slot), writer.place(result))

    def _find_in_place(self, units: Sequence[Sequence[Task]], element_shape: Any) -> None:
        """Let loops overwrite loop variables that nobody reads afterwards."""
        body, writer = self._body, self._writer
        last_failing = max(
            (n for n, unit in enumerate(units) if any(self._may_fail(task) for task in unit)),
            default=-1,
        )
        made_by = {
            slot: n for n, unit in enumerate(units) for task in unit for slot in task.outputs
        }
        results = body.results[: body.variables]
        for position, home in self._homes.items():
            slot, result = body.inputs[position], body.results[position]
            if home.shape == () or results.count(result) > 1 or slot in results:
                continue
            number = made_by.get(result)
            if number is None or number < last_failing or element_shape(units[number][0]) is None:
                continue
            if self._is_read_only_by(slot, number, units, element_shape):
                writer.places[result] = home

    def _is_read_only_by(
        self, slot: int, number: int, units: Sequence[Sequence[Task]], element_shape: Any
    ) -> bool:
        """Whether a value is read element by element only, and not after a unit."""
        return all(
            n <= number and element_shape(task) is not None
            for n, unit in enumerate(units)
            for task in unit
            if slot in task.inputs
        )

    def _may_fail(self, task: Task) -> bool:
        is_simple = not (task.branches or self._lists.is_about_lists(task))
        return not is_simple or may_fail(task, self._writer)

    def _save(self, early: bool) -> None:
        """Put the items to save where they belong.

        Args:
          early: whether to do so for the old values of loop variables, or for all others.
        """
        body, writer = self._body, self._writer
        old = set(body.inputs[: body.variables])
        for index, slot in enumerate(body.results[body.variables :]):
            form = writer.form(slot)
            if not early:
                self._code.saved.append(form)
            if (slot in old and form.shape != ()) is not early:
                continue
            if form.shape == ():
                writer.add(f"S{index}[count] = v{slot}")
            else:
                row = writer.name("row")
                writer.add(f"{row} = S{index}[count]")
                writer.copy(contiguous(row, form.shape), writer.place(slot))

    def _commit(self) -> None:
        """Let the loop variables take their new values."""
        body, writer = self._body, self._writer
        for position, _ in self._code.lists:
            if position in self._code.carried:
                self._lists.commit(body.results[position], body.inputs[position])
        scalars, arrays = [], []
        for position, home in self._homes.items():
            slot, result = body.inputs[position], body.results[position]
            if home.shape == ():
                scalars.append((slot, result))
            elif writer.place(result) != home:
                arrays.append((home, self._apart(writer.place(result))))
        for home, place in arrays:
            writer.copy(home, place)
        if scalars:
            old, new = zip(*scalars, strict=True)
            writer.add(f"{_names(old)} = {_names(new)}")

    def _apart(self, place: Place) -> Place:
        """A place that does not change when the loop variables do."""
        if not any(overlap(place, home) for home in self._homes.values()):
            return place
        dtype = next(name for name, arena in ARENAS.items() if arena == place.array)
        copied = self._writer.reserve(Form(place.shape, np.dtype(dtype)))
        self._writer.copy(copied, place)
        return copied

    # -- the function -------------------------------------------------------------------------

    def _function(self, lines: Sequence[str]) -> list[str]:
        code, body = self._code, self._body
        text = [
            f"def run({', '.join(self._arguments())}):",
            f"    count = state[{COUNT}]",
            f"    stop = state[{STOP}]",
            f"    status = {DONE}",
            *(f"    {line}" for line in self._before),
            "    while True:",
            *(f"        {line}" for line in lines),
        ]
        for position, place in code.leaving:
            if place.shape == ():
                text.append(f"    {place.element()} = v{body.inputs[position]}")
        for number in range(len(code.lists)):
            text.append(f"    state[{LENGTHS + number}] = n{number}")
        return [*text, f"    state[{COUNT}] = count", "    return status"]

    def _arguments(self) -> list[str]:
        code = self._code
        return [
            "state",
            *(ARENAS[name] for name in code.arenas),
            *(f"a{position}" for position in code.direct),
            *(f"S{index}" for index in range(len(code.saved))),
            *(f"C{index}" for index, _ in code.consumed),
            *(f"{letter}{number}" for number in range(len(code.lists)) for letter in "LM"),
        ]

    def _examples(self) -> list[Array]:
        code, writer = self._code, self._writer
        direct = [writer.form(self._body.inputs[position]).dtype for position in code.direct]
        rows = [*code.saved, *(form for _, form in code.consumed)]
        return [
            np.zeros(1, np.int64),
            *(np.zeros(1, name) for name in code.arenas),
            *(np.zeros(1, dtype) for dtype in direct),
            *(_rows(form) for form in rows),
            *(array for _, form in code.lists for array in (_rows(form), np.zeros(1, bool))),
        ]


def _rows(form: Form) -> Array:
    """An example of items in one array: one axis for the list, one for the elements of an item."""
    return np.zeros((1,) if form.shape == () else (1, 1), form.dtype)


def _reads(tasks: Sequence[Task]) -> set[int]:
    """The slots that some tasks read."""
    found = {slot for task in tasks for slot in task.inputs}
    for branch in (branch for task in tasks for branch in task.branches):
        found |= {*branch.results, *_reads(branch.tasks)}
    return found


def _count(tasks: Sequence[Task]) -> int:
    """How many steps there are, those of branches among them."""
    return sum(1 + sum(_count(branch.tasks) for branch in task.branches) for task in tasks)


def _has_arena(writer: Writer, slot: int) -> bool:
    try:
        writer.form(slot)
    except CannotCompile:
        return False
    return True


def _literal(value: Array) -> str:
    """The text of a number, with its dtype."""
    number = np.asarray(value)
    if number.dtype == bool:
        return str(bool(number))
    text = repr(number.item()).replace("inf", "np.inf").replace("nan", "np.nan")
    return f"np.{number.dtype.name}({text})"


def _names(slots: Sequence[int]) -> str:
    return ", ".join(f"v{slot}" for slot in slots)
