"""When loops become machine code.

A loop is interpreted, iteration by iteration, until that has taken long enough.  Then it is
compiled in the background for the shapes at hand, if it consists of small steps that
`compiler/native` knows.  From then on the compiled function runs; where it cannot go on, the loop
is interpreted from there (native_loop.py).
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from graphflow.compiler.plan import Plan
from graphflow.core.jit import WORTH_COMPILING_NS, compiler, is_enabled
from graphflow.core.loops import LoopState
from graphflow.core.tensor_lists import TensorList, is_list
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.trace import Trace

if TYPE_CHECKING:
    from graphflow.runtime.native_loop import NativeLoop

_logger = logging.getLogger("graphflow")
# A loop whose shapes change all the time is not compiled for all of them.
_MAX_VARIANTS = 8
# For how many shapes of the inputs the time is remembered that an iteration takes.
_MAX_MEASURED = 64
# Most programs have no loop: this is imported when one is compiled.
_NATIVE_LOOP = "graphflow.runtime.native_loop"


def compile_later(job: Callable[..., None], *arguments: Any) -> None:
    """Compile in the background."""
    compiler().submit(job, *arguments)


@dataclass(frozen=True)
class LoopInputs:
    """What is known of the inputs of a loop's body.

    Attributes:
      shapes: of each; of a list that of its items, None if no item is known.
      lists: the positions of those that are lists, consumed ones apart.
      variables: how many are loop variables.
      consumed: how many are items of consumed lists.
    """

    shapes: tuple[tuple[int, ...] | None, ...]
    lists: frozenset[int]
    variables: int
    consumed: int


class Loops:
    """What is known of the loops with a certain body, in all sessions.

    Args:
      test: the plan of the condition.
      body: the plan of the body.
      variables: how many loop variables there are.
      consumed: how many lists are consumed.
    """

    def __init__(self, test: Plan, body: Plan, variables: int, consumed: int) -> None:
        self._test = test
        self._body = body
        self._variables = variables
        self._consumed = consumed
        self._lock = threading.Lock()
        self._nanoseconds = 0
        self._found: dict[LoopInputs, NativeLoop | None] = {}
        # The least time that the kernels took for an iteration.
        self._interpreted: dict[LoopInputs, float] = {}

    def native(self, state: LoopState) -> NativeLoop | None:
        """The compiled loop for a state; asks for it if it is worth it.

        Args:
          state: where the loop is.
        """
        if self._nanoseconds < WORTH_COMPILING_NS:
            return None
        inputs = self._inputs(state)
        if inputs is None:
            return None
        if inputs not in self._found:
            with self._lock:
                if inputs in self._found or len(self._found) >= _MAX_VARIANTS:
                    return None
                self._found[inputs] = None
            dtypes = {
                position: np.dtype(value.item().dtype.as_numpy_dtype)
                for position, value in enumerate([*state.values, *state.captured])
                if position in inputs.lists
            }
            compile_later(self._compile, inputs, dtypes)
        return self._found[inputs]

    def enter(self, state: LoopState, nanoseconds: int, iterations: int) -> None:
        """Enter how long the kernels of the ops took.

        Args:
          state: where the loop was before.
          nanoseconds: how long they took.
          iterations: how many there were.
        """
        self._nanoseconds += nanoseconds
        inputs = self._inputs(state)
        if inputs is None or not iterations:
            return
        if inputs in self._interpreted or len(self._interpreted) < _MAX_MEASURED:
            before = self._interpreted.get(inputs, math.inf)
            self._interpreted[inputs] = min(before, nanoseconds / iterations)

    def _inputs(self, state: LoopState) -> LoopInputs | None:
        """What the compiled loop depends on; None if a value is missing."""
        shapes: list[tuple[int, ...] | None] = []
        lists = []
        for position, value in enumerate([*state.values, *state.captured]):
            if value is None:
                return None
            if is_list(value):
                lists.append(position)
                shapes.append(_item_shape(value.item()))
            else:
                shapes.append(value.shape)
        shapes += [_item_shape(tensors) for tensors in state.consumed]
        return LoopInputs(tuple(shapes), frozenset(lists), self._variables, self._consumed)

    def _compile(self, inputs: LoopInputs, dtypes: dict[int, np.dtype[Any]]) -> None:
        try:
            module = import_module(_NATIVE_LOOP)
            made = module.compile_loop(self._test, self._body, inputs, dtypes)
            if made is not None:
                made.interpreted_ns = self._interpreted.get(inputs, math.inf)
        except Exception as error:  # the kernels go on serving
            _logger.warning("a loop cannot be compiled: %s", error)
        else:
            self._found[inputs] = made


def _item_shape(tensors: TensorList) -> tuple[int, ...] | None:
    """The shape of the items of a list, None if there are none."""
    stack = tensors.stack()
    if stack is not None:
        return stack.array.shape[1:]  # type: ignore[no-any-return]
    few = tensors.few()
    for item in tensors.items() if few is None else few.values():
        if item is not None:
            return np.shape(item)
    known = tensors.shape.as_tuple()
    return None if known is None or None in known else known  # type: ignore[return-value]


class LoopRun:
    """One execution of a loop, as far as it is compiled.

    Args:
      loops: what is known of loops with its body; None for one that is never compiled.
      cancellation: the run's stop signal.
      trace: where to record that machine code ran, None for nowhere.
    """

    def __init__(
        self, loops: Loops | None, cancellation: Cancellation, trace: Trace | None = None
    ) -> None:
        self._loops = loops if is_enabled() else None
        self._cancellation = cancellation
        self._trace = trace

    def run(self, state: LoopState) -> bool:
        """Run iterations; tell whether the loop has ended."""
        if self._loops is None:
            return False
        loop = self._loops.native(state)
        if loop is None:
            return False
        if self._trace is not None:
            self._trace.enter_compiled()
        return loop.run(state, self._cancellation)

    def enter_interpreted(self, state: LoopState, nanoseconds: int, iterations: int) -> None:
        """Enter how long iterations took that the kernels of the ops ran."""
        if self._loops is not None:
            self._loops.enter(state, nanoseconds, iterations)
