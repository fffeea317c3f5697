"""The steps of a run on one thread as one Python function, with results in an arena.

The function is written for one variant of a plan, that is, for known shapes.  A call of a kernel is
a line of it, so that no list of steps is walked through, and a kernel that can write into a given
array gets one: its place in a stretch of memory that is laid out once and used again by every run.
Fresh memory would cost page faults in each run.  Each run that is under way has an arena of its
own; arena.py tells what is in it.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
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
from graphflow.runtime.spare_arenas import SpareArenas
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
    ) -> None:
        self.units = units_of(plan, steps, fused, clusters)
        self._constants = {source.slot: source.value for source in plan.constants}
        self._kernels = kernels
        self._checked = checked
        self._joins_updates = "joint" in plan.switches
        self._specs = specs
        self._arena = ArenaPlan(plan, self.units, specs, checked)
        self._arenas = SpareArenas(self._arena.new_arena, self._arena.layout.size)
        source = self._write()
        self._starts = source.starts
        self._function = _compile(source)

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

    def failed_step(self, traceback: TracebackType | None) -> Step | None:
        """The step in whose line an error was raised, None if it was elsewhere."""
        code = self._function.__code__
        while traceback is not None:
            if traceback.tb_frame.f_code is code:
                position = bisect.bisect_right(self._starts, traceback.tb_lineno) - 1
                return self.units[position].step if position >= 0 else None
            traceback = traceback.tb_next
        return None

    def inputs_of(self, step: Step, slots: Sequence[Any]) -> list[Any]:
        """The inputs of a step, or what is known of them, for a message."""
        results = self._arena.results
        return [self._specs[slot] if slot in results else slots[slot] for slot in step.inputs]

    # -- writing the function -----------------------------------------------------------------

    def _write(self) -> _Source:
        source = _Source(["def run(slots, arena, run, writes):"])
        results = self._arena.results
        if results:
            source.add(f"({', '.join(r.name for r in results.values())},) = arena")
        joint = {}
        if self._joins_updates:
            joint = joint_updates(self.units, self._specs, self._checked)
        spared = {
            position + index for position, group in joint.items() for index in range(1, len(group))
        }
        for position, unit in enumerate(self.units):
            source.starts.append(len(source.lines) + 1)
            if position in joint:
                self._write_joint(source, joint[position])
            elif position not in self._arena.skipped and position not in spared:
                self._write_unit(source, unit)
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
        elif unit.step.op.runs_bodies or unit.step.op.blocking:
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


def _compile(source: _Source) -> Function:
    text = "\n".join([*source.lines, "    return"])
    fixed = {
        "LISTS": LISTS, "empty": np.empty, "plain": _plain, "split": split, "Context": Context
    }  # fmt: skip
    names: dict[str, Any] = {**source.names, **fixed}
    exec(compile(text, "<graphflow: a run>", "exec"), names)  # our own text
    return names["run"]  # type: ignore[no-any-return]
