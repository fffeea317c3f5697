"""Which steps of a plan something stands for that a run executes at once.

Compiled loops and clusters say which steps they contain, but rewriting for known shapes leaves none
of those that it joins: what is executed may compute what a chain of steps of the plan computes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.graph import Tensor
from graphflow.runtime.units import Unit


class Members:
    """Finds the steps of a plan that units stand for.

    Args:
      plan: the plan.
      executed: the units that are executed at once, by position.
      known: indices of steps that are not executed, for the shapes determine their results.
    """

    def __init__(
        self, plan: Plan, executed: Mapping[int, Sequence[Unit]], known: Collection[int] = ()
    ) -> None:
        self._maker: dict[int, Step] = {}
        for step in plan.steps:
            for slot in (*step.outputs, *step.updated):
                if slot != NO_SLOT:
                    self._maker[slot] = step
        self._steps = plan.steps
        # Steps that something else stands for already, or nothing.
        self._taken = {unit.step.index for units in executed.values() for unit in units}
        self._taken.update(known)

    def of(self, units: Sequence[Unit]) -> tuple[Step, ...]:
        """Return the steps that compute what the units write from what they read, in order.

        What several need counts for the first one that asks.
        """
        inner = {unit.step.index for unit in units}
        read = {slot for unit in units for slot in unit.inputs}
        stack = [slot for unit in units for slot in unit.outputs]
        stack += [slot for index in inner for slot in self._steps[index].inputs]
        while stack:
            slot = stack.pop()
            step = self._maker.get(slot)
            if step is None or slot in read or step.index in inner or step.index in self._taken:
                continue
            inner.add(step.index)
            self._taken.add(step.index)
            stack += step.inputs
        return tuple([self._steps[index] for index in sorted(inner)])

    def maker_of(self, slot: int) -> Step | None:
        """Return the step of the plan whose result is in a slot, None if there is none."""
        return self._maker.get(slot)

    def tensor_in(self, slot: int) -> Tensor | None:
        """Return the tensor whose value is in a slot; None if it is no output of a step."""
        step = self._maker.get(slot)
        if step is None or slot not in step.outputs:
            return None
        return step.operation.outputs[step.outputs.index(slot)]
