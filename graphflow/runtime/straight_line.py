"""The steps of a run on one thread as one Python function, with results in an arena.

The function is written for one variant of a plan, that is, for known shapes.  A call of a kernel is
a line of it, so that no list of steps is walked through, and a kernel that can write into a given
array gets one: its place in a stretch of memory that is laid out once and used again by every run.
Fresh memory would cost page faults in each run.

What may be in the arena is decided with care, for it is overwritten by later steps: a result that

- is not fetched and no value of a variable,
- has a shape that the feeds' shapes determine,
- is read by kernels only that neither keep it nor return a part of it (`Op.makes_new`, or `out=`).

A result that is another one's elements in another shape is a second array on the same memory, and
takes no step.  Each run that is under way has an arena of its own.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np

from graphflow.compiler.memory import ALIGNMENT, Layout, Life, lay_out
from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec
from graphflow.runtime.blas import BUDGET

# Several runs at once have as many arenas; so many are kept for the next ones.
_MAX_SPARE_ARENAS = 8
# What kernels of ops with any number of outputs return even if there is one.
LISTS = frozenset({tuple, list})

RunStep = Callable[[Step, tuple[int, ...]], None]
Function = Callable[[list[Any], Sequence[Array], RunStep], None]


@dataclass(frozen=True, slots=True)
class _Form:
    """Shape and dtype of a result."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def is_plain(step: Step) -> bool:
    """Whether a step is nothing but a call of a kernel with the inputs' values.

    Args:
      step: any step.
    """
    op = step.op
    return not (step.updates or op.needs_context or op.blocking or op.stateful or op.runs_bodies)


@dataclass
class _Result:
    """A result with a place in the arena, or another array on such a place.

    Attributes:
      slot: its slot in the plan.
      form: its shape and dtype.
      position: in the program, of the step that makes it.
      owner: the result whose memory it is; itself if it has its own.
      last: position of the last step that reads it, or an array on its memory.
    """

    slot: int
    form: _Form
    position: int
    owner: _Result | None = None
    last: int = -1

    @property
    def name(self) -> str:
        """The name of its array in the function."""
        return f"b{self.slot}"


class ArenaPlan:
    """Which slots of a variant are in an arena, and where.

    Args:
      plan: the plan.
      steps: the steps that are executed, in order.
      specs: for each slot what is known of its value.
      checked: for each step of the plan, whether its inputs are checked at every run.
    """

    def __init__(
        self,
        plan: Plan,
        steps: Sequence[Step],
        specs: Mapping[int, TensorSpec],
        checked: Sequence[bool],
    ) -> None:
        self._checked = checked
        self._specs = specs
        self._readers: dict[int, list[int]] = {}
        self._steps = steps
        for position, step in enumerate(steps):
            for slot in set(step.inputs):
                self._readers.setdefault(slot, []).append(position)
        self._outside = set(plan.fetches)
        self.results: dict[int, _Result] = {}
        self.skipped: set[int] = set()
        self._find_results()
        self.layout = self._lay_out()

    def form(self, slot: int) -> _Form | None:
        """Shape and dtype of a slot's value, None if they depend on data or it is no number."""
        spec = self._specs.get(slot)
        if spec is None or spec.shape.dims is None:
            return None
        shape = spec.shape.as_tuple()
        dtype = np.dtype(spec.dtype.as_numpy_dtype)
        if shape is None or None in shape or dtype.kind not in "biufc":
            return None
        return _Form(shape, dtype)  # type: ignore[arg-type]

    def _find_results(self) -> None:
        for position, step in enumerate(self._steps):
            if len(step.outputs) != 1 or step.outputs[0] == NO_SLOT:
                continue
            slot = step.outputs[0]
            form = self.form(slot)
            if form is None or not self._is_called_plainly(step):
                continue
            viewed = self.results.get(step.inputs[0]) if step.op.is_reshape else None
            if not (viewed or (step.op.has_out and form.size)) or not self._may_be_overwritten(
                slot
            ):
                continue
            result = self.results[slot] = _Result(slot, form, position)
            if viewed:
                result.owner = viewed.owner or viewed
                self.skipped.add(position)
            owner = result.owner or result
            owner.last = max(owner.last, position, *self._readers.get(slot, [position]))

    def _is_called_plainly(self, step: Step) -> bool:
        return is_plain(step) and not self._checked[step.index]

    def _may_be_overwritten(self, slot: int) -> bool:
        """Whether nobody holds the value of a slot once its readers have run."""
        if slot in self._outside:
            return False
        return all(
            self._lets_go(self._steps[position], slot) for position in self._readers.get(slot, ())
        )

    def _lets_go(self, step: Step, slot: int) -> bool:
        """Whether a step neither keeps the value of a slot nor hands on a part of it."""
        op = step.op
        if self._checked[step.index]:
            return False
        if op.is_reshape and is_plain(step):
            out = step.outputs[0]
            form = self.form(out)
            is_data = slot == step.inputs[0] and slot not in step.inputs[1:]
            return out != NO_SLOT and form is not None and is_data and self._may_be_overwritten(out)
        if step.updates:
            return op.has_out and not op.needs_context and not op.runs_bodies
        if not is_plain(step):
            return False
        if op.makes_new:
            return True
        # Given an array for the result, such a kernel cannot return a part of an input.
        return op.has_out and len(step.outputs) == 1 and self.form(step.outputs[0]) is not None

    def _lay_out(self) -> Layout:
        owners = [result for result in self.results.values() if result.owner is None]
        number = {result.slot: index for index, result in enumerate(owners)}
        lives = []
        for result in owners:
            before = self._inplace_input(result)
            successor_of = number.get(before.slot) if before is not None else None
            lives.append(Life(result.form.size, result.position, result.last, successor_of))
        layout = lay_out(lives)
        self._offset = {
            result.slot: offset for result, offset in zip(owners, layout.offsets, strict=True)
        }
        return layout

    def _inplace_input(self, result: _Result) -> _Result | None:
        """The result whose memory this one may take over while it is computed."""
        step = self._steps[result.position]
        index = step.op.inplace
        if index is None:
            return None
        slot = step.inputs[index]
        before = self.results.get(slot)
        if before is None or step.inputs.count(slot) != 1 or before.form != result.form:
            return None
        owner = before.owner or before
        shares = any(
            (other.owner or other) is owner
            for position, name in enumerate(step.inputs)
            if position != index and (other := self.results.get(name)) is not None
        )
        return None if shares else owner

    def new_arena(self) -> list[Array]:
        """Return an array for each result, on fresh memory."""
        memory = np.empty(self.layout.size + ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % ALIGNMENT
        arrays = []
        for result in self.results.values():
            form = result.form
            offset = start + self._offset[(result.owner or result).slot]
            array = memory[offset : offset + form.size].view(form.dtype).reshape(form.shape)
            arrays.append(array)
        return arrays


@dataclass
class _Source:
    """The text of the function, and the objects that it names."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)  # the first line of each step

    def add(self, line: str) -> None:
        self.lines.append(f"    {line}")


class StraightLine:
    """Executes the steps of a variant on one thread.

    Args:
      plan: the plan.
      program: the steps, each with the slots to clear after it.
      specs: for each slot what is known of its value.
      checked: for each step of the plan, whether its inputs are checked at every run.
      kernels: for each step of the plan the quickest callable that computes its outputs.
      large: indices of the steps for which BLAS gets all threads.
    """

    def __init__(
        self,
        plan: Plan,
        program: Sequence[tuple[Step, tuple[int, ...]]],
        specs: Mapping[int, TensorSpec],
        checked: Sequence[bool],
        kernels: Sequence[Callable[..., Any]],
        large: AbstractSet[int],
    ) -> None:
        self._program = program
        self._large = large
        self._kernels = kernels
        self._checked = checked
        self._specs = specs
        self._arena = ArenaPlan(plan, [step for step, _ in program], specs, checked)
        self._spare: list[list[Array]] = []
        source = self._write()
        self._starts = source.starts
        self._function = _compile(source)

    def run(self, slots: list[Any], run_step: RunStep) -> None:
        """Execute all steps.

        Args:
          slots: the values by slot, with feeds, constants and variables filled in.
          run_step: executes a step that is more than a call of a kernel.
        """
        try:
            arena = self._spare.pop()
        except IndexError:
            arena = self._arena.new_arena()
        self._function(slots, arena, run_step)
        if len(self._spare) < _MAX_SPARE_ARENAS:
            self._spare.append(arena)

    def failed_step(self, traceback: TracebackType | None) -> Step | None:
        """The step in whose line an error was raised, None if it was elsewhere."""
        code = self._function.__code__  # type: ignore[attr-defined]
        while traceback is not None:
            if traceback.tb_frame.f_code is code:
                position = bisect.bisect_right(self._starts, traceback.tb_lineno) - 1
                return self._program[position][0] if position >= 0 else None
            traceback = traceback.tb_next
        return None

    def inputs_of(self, step: Step, slots: Sequence[Any]) -> list[Any]:
        """The inputs of a step, or what is known of them, for a message."""
        results = self._arena.results
        return [self._specs[slot] if slot in results else slots[slot] for slot in step.inputs]

    # -- writing the function -----------------------------------------------------------------

    def _write(self) -> _Source:
        source = _Source(["def run(slots, arena, run_step):"])
        results = self._arena.results
        if results:
            source.add(f"({', '.join(r.name for r in results.values())},) = arena")
        for position, (step, frees) in enumerate(self._program):
            source.starts.append(len(source.lines) + 1)
            if position not in self._arena.skipped:
                if is_plain(step) and not self._checked[step.index]:
                    self._write_call(source, step)
                else:
                    self._write_general(source, step, frees)
            for slot in frees:
                if slot not in results:
                    source.add(f"slots[{slot}] = None")
        return source

    def _value(self, slot: int) -> str:
        result = self._arena.results.get(slot)
        return f"slots[{slot}]" if result is None else result.name

    def _write_call(self, source: _Source, step: Step) -> None:
        name = f"k{step.index}"
        kernel = self._kernels[step.index]
        outputs = [slot for slot in step.outputs if slot != NO_SLOT]
        arguments = [self._value(slot) for slot in step.inputs]
        if step.op.is_reshape and outputs and self._write_reshape(source, step):
            return
        if step.op.has_out and len(step.outputs) == 1 and outputs:
            out = self._out(source, step)
            if out is not None:
                source.names[name] = self._writing_kernel(step)
                call = f"{name}({', '.join(arguments)}, out={out})"
                is_placed = outputs[0] in self._arena.results
                source.add(call if is_placed else f"slots[{outputs[0]}] = {call}")
                return
        source.names[name] = kernel
        call = f"{name}({', '.join(arguments)})"
        if len(step.outputs) == 1 and outputs:
            source.add(f"r = {call}")
            source.add(f"slots[{outputs[0]}] = r if r.__class__ not in LISTS else r[0]")
        elif outputs:
            source.add(f"r = {call}")
            for index, slot in enumerate(step.outputs):
                if slot != NO_SLOT:
                    source.add(f"slots[{slot}] = r[{index}]")
        else:
            source.add(call)

    def _writing_kernel(self, step: Step) -> Callable[..., Any]:
        """The quickest callable that takes `out=`."""
        ufunc = step.op.ufunc_for(step.operation.inputs[0].dtype) if step.inputs else None
        kernel = ufunc or step.op.kernel
        return BUDGET.give_all(kernel) if step.index in self._large else kernel

    def _write_reshape(self, source: _Source, step: Step) -> bool:
        """Write the change of shape of an array, if its result is known."""
        form = self._arena.form(step.outputs[0])
        if form is None or self._arena.form(step.inputs[0]) is None:
            return False
        source.add(
            f"slots[{step.outputs[0]}] = {self._value(step.inputs[0])}.reshape({form.shape})"
        )
        return True

    def _out(self, source: _Source, step: Step) -> str | None:
        """The name of the array for a result, None to let the kernel make one."""
        slot = step.outputs[0]
        results = self._arena.results
        if slot in results:
            return results[slot].name
        form = self._arena.form(slot)
        # A kernel that reads from the arena must not return a part of it.
        if form is None or step.op.makes_new or not any(s in results for s in step.inputs):
            return None
        name = f"d{step.index}"
        source.names[name] = form.dtype
        return f"empty({form.shape}, {name})"

    def _write_general(self, source: _Source, step: Step, frees: tuple[int, ...]) -> None:
        results = self._arena.results
        placed = [slot for slot in dict.fromkeys(step.inputs) if slot in results]
        for slot in placed:
            source.add(f"slots[{slot}] = {results[slot].name}")
        source.names[f"s{step.index}"] = step
        source.add(f"run_step(s{step.index}, {frees})")
        for slot in placed:
            source.add(f"slots[{slot}] = None")


def _compile(source: _Source) -> Function:
    text = "\n".join([*source.lines, "    return"])
    names: dict[str, Any] = {**source.names, "LISTS": LISTS, "empty": np.empty}
    exec(compile(text, "<graphflow: a run>", "exec"), names)  # our own text
    return names["run"]  # type: ignore[no-any-return]
