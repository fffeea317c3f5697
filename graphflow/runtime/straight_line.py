"""The steps of a run on one thread as one Python function, with results in an arena.

The function is written for one variant of a plan, that is, for known shapes.  A call of a kernel is
a line of it, so that no list of steps is walked through, and a kernel that can write into a given
array gets one: its place in a stretch of memory that is laid out once and used again by every run.
Fresh memory would cost page faults in each run.  Each run that is under way has an arena of its
own; arena.py tells what is in it.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from graphflow.compiler.memory import Form
from graphflow.compiler.parts import is_view
from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.op import Array, Context
from graphflow.core.spec import TensorSpec
from graphflow.runtime.arena import ArenaPlan
from graphflow.runtime.bound import Bound
from graphflow.runtime.fused import split
from graphflow.runtime.joint import joint_updates
from graphflow.runtime.members import Members
from graphflow.runtime.spare_arenas import SpareArenas
from graphflow.runtime.trace import Frame, Size, Trace, UnitNote
from graphflow.runtime.units import Cluster, Fused, Unit, is_checked, is_own, is_plain, units_of

# What kernels of ops with any number of outputs return even if there is one.
LISTS = frozenset({tuple, list})

Writes = Mapping[int, Callable[..., Any]]
Function = Callable[[list[Any], Sequence[Array], "Runner", Writes], None]


class Runner(Protocol):
    """The run that a function belongs to.

    Attributes:
      bound: the variables of the run's session.
    """

    bound: Bound

    def run_step(self, step: Step, frees: tuple[int, ...]) -> None:
        """Execute a step that is more than a call of a kernel."""

    def check(self, step: Step, inputs: list[Any]) -> None:
        """Check the inputs of a step whose shapes depend on data."""


@dataclass
class _Source:
    """The text of the function, and the objects that it names."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)  # the first line of each step
    plain: set[int] = field(default_factory=set)  # slots whose arrays compiled functions take

    def add(self, line: str) -> None:
        self.lines.append(f"    {line}")


class StraightLine:
    """Executes the steps of a variant on one thread.

    Args:
      plan: the plan.
      steps: the steps that are executed, in order.
      specs: for each slot what is known of its value.
      checked: for each step of the plan, whether its inputs are checked at every run.
      kernels: for each step of the plan the quickest callable that computes its outputs.
      fused: groups of the steps that became loops.
      clusters: small steps that became one function.
      known: indices of steps that are not executed, for the shapes determine their results.

    Attributes:
      units: what is executed, in order.
    """

    def __init__(
        self,
        plan: Plan,
        steps: Sequence[Step],
        specs: Mapping[int, TensorSpec],
        checked: Sequence[bool],
        kernels: Sequence[Callable[..., Any]],
        fused: Sequence[Fused] = (),
        clusters: Sequence[Cluster] = (),
        known: Collection[int] = (),
    ) -> None:
        self._known = known
        self.units = units_of(plan, steps, fused, clusters)
        self._constants = {source.slot: source.value for source in plan.constants}
        self._kernels = kernels
        self._checked = checked
        self._specs = specs
        self._arena = ArenaPlan(plan, self.units, specs, checked)
        self._arenas = SpareArenas(self._arena.new_arena, self._arena.layout.size)
        self._plan = plan
        self._joint = joint_updates(self.units, specs, checked) if "joint" in plan.switches else {}
        self._written = _compile(self._write())
        self._function = self._written.function
        self._traced: _Written | None = None  # at the first traced run
        self._notes: dict[int, UnitNote] = {}

    def run(self, slots: list[Any], run: Runner, writes: Writes) -> None:
        """Execute all steps.

        Args:
          slots: the values by slot, with feeds, constants and variables filled in.
          run: the run.
          writes: what executes the steps that write variables, by their index.
        """
        if not self._arena.results:
            self._function(slots, (), run, writes)
            return
        arena = self._arenas.take()
        self._function(slots, arena, run, writes)
        self._arenas.give_back(arena)

    def run_traced(
        self, slots: list[Any], run: Runner, writes: Writes, trace: Trace, frame: Frame
    ) -> None:
        """Execute all steps as `run` does, and record when.

        Args:
          slots: the values by slot, with feeds, constants and variables filled in.
          run: the run.
          writes: what executes the steps that write variables, by their index.
          trace: where to record.
          frame: the execution of the plan.
        """
        if self._traced is None:
            self._notes = self._make_notes()
            self._traced = _compile(self._write(is_traced=True))
        notes = self._notes

        def note(position: int, start: float) -> None:
            trace.enter(notes[position], start, slots, frame)

        function = self._traced.function
        if not self._arena.results:
            function(slots, (), run, writes, trace.now, note)
            return
        arena = self._arenas.take()
        function(slots, arena, run, writes, trace.now, note)
        self._arenas.give_back(arena)

    def _make_notes(self) -> dict[int, UnitNote]:
        """What a trace says of the units, by their positions."""
        members = Members(self._plan, self._executed(), self._known)
        return {
            position: self._note(units, members) for position, units in self._executed().items()
        }

    def _executed(self) -> dict[int, Sequence[Unit]]:
        """The units that are executed at once, by the position of the first."""
        found: dict[int, Sequence[Unit]] = {}
        last = -1
        for position, unit in enumerate(self.units):
            if position in self._joint:
                found[position] = self._joint[position]
                last = position + len(found[position]) - 1
            elif position > last and position not in self._arena.skipped:
                found[position] = [unit]
        return found

    def _note(self, units: Sequence[Unit], members: Members) -> UnitNote:
        steps = members.of(units)
        outputs = [slot for unit in units for slot in unit.outputs]
        if len(steps) == 1:
            step = steps[0]
            return UnitNote(step, (), (), *self._sizes(outputs))
        made = [(slot, members.tensor_in(slot)) for slot in outputs]
        shown = [(slot, tensor) for slot, tensor in made if tensor is not None]
        sizes = self._sizes([slot for slot, _ in shown])
        last = members.maker_of(shown[-1][0]) if shown else None
        return UnitNote(last or steps[-1], steps, tuple([t for _, t in shown]), *sizes)

    def _sizes(self, outputs: Sequence[int]) -> tuple[tuple[Size | None, ...], tuple[int, ...]]:
        """The sizes that are known of the results in some slots, and where the others are."""
        sizes: list[Size | None] = []
        slots = []
        for slot in outputs:
            form = self._arena.form(slot) if slot in self._arena.results else None
            sizes.append(None if form is None else (tuple(form.shape), _bytes(form)))
            if form is None:
                slots.append(slot)
        return tuple(sizes), tuple(slots)

    def failed_step(self, traceback: TracebackType | None) -> Step | None:
        """The step in whose line an error was raised, None if it was elsewhere."""
        starts = {
            written.function.__code__: written.starts
            for written in (self._written, self._traced)
            if written is not None
        }
        while traceback is not None:
            found = starts.get(traceback.tb_frame.f_code)
            if found is not None:
                position = bisect.bisect_right(found, traceback.tb_lineno) - 1
                return self.units[position].step if position >= 0 else None
            traceback = traceback.tb_next
        return None

    def inputs_of(self, step: Step, slots: Sequence[Any]) -> list[Any]:
        """The inputs of a step, or what is known of them, for a message."""
        results = self._arena.results
        return [self._specs[slot] if slot in results else slots[slot] for slot in step.inputs]

    # -- writing the function -----------------------------------------------------------------

    def _write(self, is_traced: bool = False) -> _Source:
        """Write the function.

        Args:
          is_traced: whether it gets a clock, and what takes notes of the units.
        """
        watch = ", clock, note" if is_traced else ""
        source = _Source([f"def run(slots, arena, run, writes{watch}):"])
        results = self._arena.results
        if results:
            source.add(f"({', '.join(r.name for r in results.values())},) = arena")
        joint = self._joint
        spared = {
            position + index for position, group in joint.items() for index in range(1, len(group))
        }
        for position, unit in enumerate(self.units):
            source.starts.append(len(source.lines) + 1)
            is_executed = position not in self._arena.skipped and position not in spared
            # Steps that the run executes record themselves.
            is_noted = is_traced and is_executed and not _is_general(unit)
            if is_noted:
                source.add("start = clock()")
            if position in joint:
                self._write_joint(source, joint[position])
            elif is_executed:
                self._write_unit(source, unit)
            if is_noted:
                source.add(f"note({position}, start)")
            for slot in unit.frees:
                if slot not in results:
                    source.add(f"slots[{slot}] = None")
        return source

    def _write_unit(self, source: _Source, unit: Unit) -> None:
        if unit.fused is not None:
            self._write_loop(source, unit, unit.fused)
        elif unit.cluster is not None:
            self._write_cluster(source, unit, unit.cluster)
        elif is_plain(unit.step, self._checked):
            self._write_call(source, unit.step)
        elif _is_general(unit):
            self._write_general(source, unit.step, unit.frees)
        elif unit.step.updates:
            self._write_update(source, unit.step, unit.frees)
        else:
            self._write_effect(source, unit.step)

    def _make_outputs(self, source: _Source, unit: Unit) -> None:
        """Make arrays for the results that are not in the arena."""
        for slot in unit.outputs:
            if slot not in self._arena.results:
                form = self._known_form(slot)
                source.names[f"t{slot}"] = form.dtype
                source.add(f"slots[{slot}] = empty({form.shape}, t{slot})")

    def _write_loop(self, source: _Source, unit: Unit, fused: Fused) -> None:
        self._make_outputs(source, unit)
        partials = {partial.name: partial for item in fused.calls for partial in item.call.partials}
        for name, partial in partials.items():
            source.names[f"t_{name}_{unit.step.index}"] = partial.dtype
            source.add(f"p_{name} = empty({partial.shape}, t_{name}_{unit.step.index})")
        for item in fused.calls:
            name = f"f{len(source.names)}"
            source.names[name] = item.function
            source.names[f"{name}_sizes"] = item.sizes
            arguments = [f"{name}_sizes"]
            arguments += [self._argument(source, unit, slot) for slot in item.call.arrays]
            arguments += [f"p_{partial.name}" for partial in item.call.partials]
            chunks = item.call.chunks
            start = f"{name}(" if chunks == 1 else f"split({name}, {chunks}, "
            source.add(f"{start}{', '.join(arguments)})")

    def _write_cluster(self, source: _Source, unit: Unit, cluster: Cluster) -> None:
        self._make_outputs(source, unit)
        name = f"f{len(source.names)}"
        source.names[name] = cluster.call
        inputs, outputs = (
            "".join(f"{self._value(slot)}, " for slot in slots)
            for slots in (unit.inputs, unit.outputs)
        )
        source.add(f"{name}(({inputs}), ({outputs}))")

    def _argument(self, source: _Source, unit: Unit, slot: int) -> str:
        """The array of a slot, as an argument of a compiled function."""
        if slot in self._constants:
            source.names[f"c{slot}"] = _plain(self._constants[slot])
            return f"c{slot}"
        if slot in self._arena.results or slot in unit.outputs:
            return self._value(slot)
        value = self._value(slot)
        if slot not in source.plain:  # once for all who read it
            source.plain.add(slot)
            source.add(f"{value} = plain({value})")
        return value

    def _known_form(self, slot: int) -> Form:
        form = self._arena.form(slot)
        assert form is not None, f"no loop takes the value of slot {slot}"
        return form

    def _value(self, slot: int) -> str:
        result = self._arena.results.get(slot)
        return f"slots[{slot}]" if result is None else result.name

    def _write_call(self, source: _Source, step: Step) -> None:
        name = f"k{step.index}"
        outputs = [slot for slot in step.outputs if slot != NO_SLOT]
        arguments = [self._value(slot) for slot in step.inputs]
        if is_view(step, self._specs) and self._write_reshape(source, step):
            return
        if step.op.has_out and len(step.outputs) == 1 and outputs:
            out = self._out(source, step)
            if out is not None:
                source.names[name] = self._writing_kernel(step)
                call = f"{name}({', '.join(arguments)}, out={out})"
                is_placed = outputs[0] in self._arena.results
                source.add(call if is_placed else f"slots[{outputs[0]}] = {call}")
                return
        kernel = self._kernels[step.index] if is_own(step) else step.op.function()
        source.names[name] = kernel
        self._write_results(source, step, f"{name}({', '.join(arguments)})")

    def _write_results(self, source: _Source, step: Step, call: str) -> None:
        """Write the call of a kernel that makes its results itself."""
        outputs = [slot for slot in step.outputs if slot != NO_SLOT]
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

    def _write_effect(self, source: _Source, step: Step) -> None:
        """Write a call that is checked, has effects or needs the run's context."""
        arguments = self._checked_arguments(source, step)
        name = f"k{step.index}"
        source.names[name] = self._kernels[step.index]
        self._write_results(source, step, f"{name}({', '.join(arguments)})")

    def _write_update(self, source: _Source, step: Step, frees: tuple[int, ...]) -> None:
        """Write a step that writes variables."""
        op = step.operation.op
        arguments = self._checked_arguments(source, step)
        for index in op.writes:
            arguments[index + op.needs_context] = "None"
            if step.inputs[index] in frees:  # or the old value would count as still in use
                source.add(f"slots[{step.inputs[index]}] = None")
        call = f"writes[{step.index}]([{', '.join(arguments)}]{self._other_kernel(source, step)})"
        results = [(slot, f"r[0][{position}]") for position, slot in enumerate(step.updated)]
        others = 0
        for slot, tensor in zip(step.outputs, step.operation.outputs, strict=True):
            if tensor.dtype._is_ref_dtype:
                results.append((slot, "r[0][0]"))
            else:
                results.append((slot, f"r[1][{others}]"))
                others += 1
        needed = [(slot, value) for slot, value in results if slot != NO_SLOT]
        if not needed:
            source.add(call)
            return
        source.add(f"r = {call}")
        for slot, value in needed:
            source.add(f"slots[{slot}] = {value}")
        source.add("r = None")  # which holds the new values too

    def _write_joint(self, source: _Source, group: Sequence[Unit]) -> None:
        """Write several steps that write variables, which are executed at once."""
        calls = []
        for unit in group:
            step = unit.step
            arguments = [self._value(slot) for slot in step.inputs]
            for index in step.op.writes:
                arguments[index] = "None"
                if step.inputs[index] in unit.frees:
                    source.add(f"slots[{step.inputs[index]}] = None")
            calls.append(f"[{', '.join(arguments)}]")
        indices = tuple([unit.step.index for unit in group])
        source.add(f"run.bound.write_together({indices}, [{', '.join(calls)}])")

    def _other_kernel(self, source: _Source, step: Step) -> str:
        """The argument for the kernel of an op that does the work of others too."""
        if is_own(step):
            return ""
        source.names[f"k{step.index}"] = step.op.kernel
        return f", k{step.index}"

    def _checked_arguments(self, source: _Source, step: Step) -> list[str]:
        """Write the check of a step's inputs, if there is one; return the kernel's arguments."""
        arguments = [self._value(slot) for slot in step.inputs]
        if is_checked(step, self._checked):
            source.names[f"s{step.index}"] = step
            source.add(f"run.check(s{step.index}, [{', '.join(arguments)}])")
        if step.op.needs_context:
            source.names[f"o{step.index}"] = step.operation
            arguments.insert(0, f"Context(o{step.index}, run)")
        return arguments

    def _writing_kernel(self, step: Step) -> Callable[..., Any]:
        """The quickest callable that takes `out=`."""
        ufunc = step.op.ufunc_for(step.operation.inputs[0].dtype) if step.inputs else None
        return ufunc or step.op.kernel

    def _write_reshape(self, source: _Source, step: Step) -> bool:
        """Write the change of shape of an array, if its result is known."""
        form = self._arena.form(step.outputs[0])
        is_placed = step.outputs[0] in self._arena.results
        if is_placed or form is None or self._arena.form(step.inputs[0]) is None:
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
        source.add(f"run.run_step(s{step.index}, {frees})")
        for slot in placed:
            source.add(f"slots[{slot}] = None")


def _plain(value: Any) -> Array:
    """A value as an array that a compiled loop takes: in row-major order, to be written."""
    array = np.asarray(value)
    flags = array.flags
    return array if flags.c_contiguous and flags.writeable else np.array(array, order="C")


def _is_general(unit: Unit) -> bool:
    """Whether the run itself executes it."""
    op = unit.step.op
    is_single = unit.fused is None and unit.cluster is None
    return is_single and (op.runs_bodies or op.blocking)


def _bytes(form: Form) -> int:
    return math.prod(form.shape) * form.dtype.itemsize


@dataclass(frozen=True)
class _Written:
    """A compiled function, and the first line of each of its units."""

    function: Callable[..., None]
    starts: Sequence[int]


def _compile(source: _Source) -> _Written:
    text = "\n".join([*source.lines, "    return"])
    fixed = {
        "LISTS": LISTS, "empty": np.empty, "plain": _plain, "split": split, "Context": Context
    }  # fmt: skip
    names: dict[str, Any] = {**source.names, **fixed}
    exec(compile(text, "<graphflow: a run>", "exec"), names)  # our own text
    return _Written(names["run"], source.starts)
