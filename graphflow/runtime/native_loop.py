"""How a loop runs as machine code: what its function is called with, and what becomes of it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.compiler.memory import Form
from graphflow.compiler.native.lists import GROW
from graphflow.compiler.native.loop import write
from graphflow.compiler.native.loop_code import COUNT, DONE, LENGTHS, STOP, LoopCode
from graphflow.compiler.native.writer import FAILED, CannotCompile
from graphflow.compiler.plan import Plan
from graphflow.core.code_cache import load
from graphflow.core.compile_process import compile_apart
from graphflow.core.loops import LoopState
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape
from graphflow.core.tensor_lists import Stack, TensorList
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.loop_body import describe
from graphflow.runtime.loops import LoopInputs
from graphflow.runtime.native_arena import NativeArena, bytes_of
from graphflow.runtime.spare_arenas import SpareArenas

_logger = logging.getLogger("graphflow")
# After so many operations on numbers, some milliseconds, the run may have been cancelled.
_WORK_BETWEEN_CHECKS = 20_000_000
_FIRST_CAPACITY = 64
_MAX_FIRST_BYTES = 1 << 20
# How many calls of the function are compared with the kernels of the ops.
_COMPARED_CALLS = 3
# Measurements differ so much by chance.
_SLOWER = 1.1
# A compiled loop that so often had to be interpreted after all is given up.
_MAX_FAILURES = 20


def compile_loop(
    test: Plan, body: Plan, inputs: LoopInputs, dtypes: Mapping[int, np.dtype[Any]]
) -> NativeLoop | None:
    """Compile a loop; return None if it has steps that are not for such a loop.

    Args:
      test: the plan of the condition.
      body: the plan of the body.
      inputs: what is known of the body's inputs.
      dtypes: of the items of the lists among them, by position.
    """
    try:
        code = write(describe(test, body, inputs, dtypes))
    except CannotCompile as error:
        _logger.debug("a loop is not compiled: %s", error)
        return None
    function = load(code.source, "while").run
    compile_apart(function, code.examples)
    return NativeLoop(code, function)


class _Arena(NativeArena):
    """The arrays that the function of a loop works in, for one execution.

    Args:
      code: the loop.
    """

    def __init__(self, code: LoopCode) -> None:
        super().__init__(code.arenas, code.constants)
        self.entering = [(position, self.part(place)) for position, place in code.entering]
        self.leaving = [(position, self.part(place)) for position, place in code.leaving]


class NativeLoop:
    """A compiled loop.

    Args:
      code: what its function takes.
      function: the function.

    Attributes:
      interpreted_ns: the least time that the kernels of the ops took for an iteration.
    """

    def __init__(self, code: LoopCode, function: Callable[..., int]) -> None:
        self._code = code
        self._function = function
        self._arenas = SpareArenas(lambda: _Arena(code), bytes_of(code.arenas))
        self._slice = max(1, _WORK_BETWEEN_CHECKS // max(1, code.work))
        self._count = _FIRST_CAPACITY
        self._failures = 0
        self._compared = 0
        self._native_ns = math.inf
        self._is_slower = False
        self.interpreted_ns = math.inf

    def run(self, state: LoopState, cancellation: Cancellation) -> bool:
        """Run iterations; tell whether the loop has ended.

        Args:
          state: where the loop is; it is brought forward by the iterations that were run.
          cancellation: the run's stop signal.
        """
        if self._is_slower or self._failures > _MAX_FAILURES:
            return False
        start = time.perf_counter_ns()
        arena = self._arenas.take()
        call = _Call.of(self._code, state, arena, self._first_capacity())
        if call is None:
            return False
        has_ended = call.run(self._function, self._slice, cancellation)
        call.leave(state)
        self._compare(time.perf_counter_ns() - start, call.count)
        if not has_ended:
            self._failures += 1
        self._count = call.count
        self._arenas.give_back(arena)
        return has_ended

    def _first_capacity(self) -> int:
        """For how many saved items there is room at first: as many as the last time."""
        size = max((form.size for form in self._code.saved), default=0)
        if size * _FIRST_CAPACITY > _MAX_FIRST_BYTES:
            return max(1, self._count)
        return max(_FIRST_CAPACITY, self._count)

    def _compare(self, nanoseconds: int, iterations: int) -> None:
        """Give the compiled loop up if the kernels of the ops are quicker."""
        if self._compared >= _COMPARED_CALLS or not iterations:
            return
        self._compared += 1
        self._native_ns = min(self._native_ns, nanoseconds / iterations)
        if self._compared == _COMPARED_CALLS:
            self._is_slower = self._native_ns > _SLOWER * self.interpreted_ns


class _Call:
    """One execution of a compiled loop.

    Args:
      code: the loop.
      state: where the loop is.
      arena: what to work in.
      capacity: for how many saved items there is room at first.
      consumed: the items of the consumed lists that are read.
      lists: the items of the lists, and which are written.

    Attributes:
      count: how many iterations were run.
    """

    @classmethod
    def of(cls, code: LoopCode, state: LoopState, arena: _Arena, capacity: int) -> _Call | None:
        """Prepare an execution; None if a list has items of several shapes."""
        consumed = [_stacked(state.consumed[index], form) for index, form in code.consumed]
        values = [*state.values, *state.captured]
        lists = [_stacked(values[position].item(), form) for position, form in code.lists]
        if any(stack is None or stack.written is not None for stack in consumed):
            return None
        if any(stack is None for stack in lists):
            return None
        return cls(
            code, values, arena, capacity, [s for s in consumed if s], [s for s in lists if s]
        )

    def __init__(
        self,
        code: LoopCode,
        values: Sequence[Array],
        arena: _Arena,
        capacity: int,
        consumed: Sequence[Stack],
        lists: Sequence[Stack],
    ) -> None:
        self._code = code
        self._arena = arena
        self._values = values
        self.count = 0
        self._state = np.zeros(LENGTHS + len(lists), np.int64)
        for position, part in arena.entering:
            part[...] = values[position]
        self._direct = [_plain(values[position]).reshape(-1) for position in code.direct]
        self._capacity = capacity
        self._saved = [np.empty(_rows(capacity, form), form.dtype) for form in code.saved]
        self._consumed = [
            _plain(stack.array).reshape(_rows(len(stack.array), form))
            for stack, (_, form) in zip(consumed, code.consumed, strict=True)
        ]
        self._limit = min((len(rows) for rows in self._consumed), default=None)
        self._lists: list[tuple[Array, Array]] = []
        for number, (stack, (position, form)) in enumerate(zip(lists, code.lists, strict=True)):
            self._state[LENGTHS + number] = len(stack.array)
            self._lists.append(_opened(stack, form, position in code.carried))

    def run(self, function: Callable[..., int], step: int, cancellation: Cancellation) -> bool:
        """Run iterations; tell whether the loop has ended.

        Args:
          function: what runs them.
          step: how many iterations to run between two checks.
          cancellation: the run's stop signal.
        """
        while True:
            cancellation.check()
            self._state[STOP] = self._next_stop(step)
            status = function(
                self._state,
                *self._arena.arrays.values(),
                *self._direct,
                *self._saved,
                *self._consumed,
                *(array for arrays in self._lists for array in arrays),
            )
            self.count = int(self._state[COUNT])
            if status == DONE:
                return True
            if status >= GROW:
                self._lengthen(status - GROW)
            elif status == FAILED or self.count == self._limit:
                return False

    def _next_stop(self, step: int) -> int:
        stop = self.count + step
        if self._limit is not None:
            stop = min(stop, self._limit)
        if self._saved:
            if self.count == self._capacity:
                self._capacity *= 2
                self._saved = [_longer(rows, self._capacity) for rows in self._saved]
            stop = min(stop, self._capacity)
        return stop

    def _lengthen(self, number: int) -> None:
        """Make room in a list."""
        rows, written = self._lists[number]
        size = max(_FIRST_CAPACITY, 2 * len(written))
        self._lists[number] = _longer(rows, size), _longer(written, size)

    def leave(self, state: LoopState) -> None:
        """Bring the loop's state forward."""
        if not self.count:
            return
        code = self._code
        for position, part in self._arena.leaving:
            state.values[position] = part.copy() if part.shape else part[()]
        for number, (position, form) in enumerate(code.lists):
            if position in code.carried:
                old = self._values[position].item()
                state.values[position] = self._list(number, form, old).as_array()
        for index, (form, rows) in enumerate(zip(code.saved, self._saved, strict=True)):
            state.saved[index] = _appended(state.saved[index], self._cut(rows, self.count, form))
        for index, tensors in enumerate(state.consumed):
            state.consumed[index] = _shortened(tensors, self.count)

    def _list(self, number: int, form: Form, old: TensorList) -> TensorList:
        rows, written = self._lists[number]
        length = int(self._state[LENGTHS + number])
        is_all = bool(written[:length].all())
        stack = Stack(self._cut(rows, length, form), None if is_all else written[:length])
        return TensorList.of_stack(stack, old.dtype, old.shape)

    @staticmethod
    def _cut(rows: Array, count: int, form: Form) -> Array:
        """The first items, without much unused memory behind them."""
        part = rows[:count] if 2 * count > len(rows) else rows[:count].copy()
        return part.reshape(count, *form.shape)


def _rows(count: int, form: Form) -> tuple[int, ...]:
    """The shape of items in the function: one axis for those of each item, none for scalars."""
    return (count, form.elements) if form.shape else (count,)


def _plain(array: Array) -> Array:
    """The array, or a copy of it of the type that compiled functions take."""
    flags = array.flags
    is_plain = flags.c_contiguous and flags.writeable and flags.aligned
    return array if is_plain else np.array(array, order="C")


def _stacked(tensors: TensorList, form: Form) -> Stack | None:
    """The items of a list in one array; None if they differ in shape."""
    stack = tensors.stack()
    if stack is not None:
        fits = stack.array.shape[1:] == form.shape and stack.array.dtype == form.dtype
        return stack if fits else None
    if not tensors.shape.is_compatible_with(TensorShape(form.shape)):
        return None
    items = tensors.items()
    array = np.zeros((len(items), *form.shape), form.dtype)
    written = np.zeros(len(items), bool)
    for index, item in enumerate(items):
        if item is None:
            continue
        if np.shape(item) != form.shape:
            return None
        array[index] = item
        written[index] = True
    return Stack(array, None if written.all() else written)


def _opened(stack: Stack, form: Form, is_carried: bool) -> tuple[Array, Array]:
    """The items of a list and which are written, as the function takes them."""
    count = len(stack.array)
    written = np.ones(count, bool) if stack.written is None else stack.written.copy()
    array = np.array(stack.array, order="C") if is_carried else _plain(stack.array)
    return array.reshape(_rows(count, form)), written


def _longer(rows: Array, size: int) -> Array:
    """The same with zeros behind."""
    longer = np.zeros((size, *rows.shape[1:]), rows.dtype)
    longer[: len(rows)] = rows
    return longer


def _appended(tensors: TensorList, array: Array) -> TensorList:
    """A list with more items."""
    if not len(tensors):
        return TensorList.of_stack(Stack(array), tensors.dtype, tensors.shape)
    return TensorList([*tensors.items(), *array], tensors.dtype, tensors.shape)


def _shortened(tensors: TensorList, count: int) -> TensorList:
    """A list without some items at its end."""
    stack = tensors.stack()
    if stack is None:
        return tensors.resized(len(tensors) - count)
    left = len(tensors) - count
    written = None if stack.written is None else stack.written[:left]
    return TensorList.of_stack(Stack(stack.array[:left], written), tensors.dtype, tensors.shape)
