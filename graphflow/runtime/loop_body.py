"""What a loop computes, put together from the plans of its condition and its body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.native.loop import LoopBody
from graphflow.compiler.native.writer import CannotCompile, Task
from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.runtime.checks import spec_of
from graphflow.runtime.loops import LoopInputs
from graphflow.runtime.variant import infer_step, known_results

_CHANGES_OF_LISTS = frozenset({"TensorListPushBack", "TensorListResize", "TensorListSetItem"})


@dataclass
class _Items:
    """The items of a list, and of those that are made from it."""

    form: Form | None = None
    is_new: bool = False


def describe(
    test: Plan, body: Plan, inputs: LoopInputs, dtypes: Mapping[int, np.dtype]
) -> LoopBody:
    """Put together what a loop computes.

    Args:
      test: the plan of the condition, which is fed the loop variables and the captured tensors.
      body: the plan of the body, which is fed all inputs.
      inputs: what is known of them.
      dtypes: of the items of the lists, by position.

    Raises:
      CannotCompile: a step has effects, or a shape depends on data.
    """
    first_new = len(body.initial) + len(test.initial)
    slots = [
        first_new + position if source.slot == NO_SLOT else source.slot
        for position, source in enumerate(body.feeds)
    ]
    items = {
        position: _Items(None if shape is None else Form(shape, dtypes[position]))
        for position, shape in enumerate(inputs.shapes)
        if position in inputs.lists
    }
    inside = _Part(body, inputs, items, lambda slot: slot)
    of_test = {source.slot: slots[at] for at, source in enumerate(test.feeds)}
    before = _Part(test, inputs, items, lambda slot: of_test.get(slot, slot + len(body.initial)))
    unused = {
        slots[at]: inside.feed_spec(at)
        for at, source in enumerate(body.feeds)
        if source.slot == NO_SLOT
    }
    return LoopBody(
        test=before.tasks,
        holds=before.results[0],
        tasks=inside.tasks,
        specs={**unused, **before.specs, **inside.specs},
        values={**before.values, **inside.values},
        inputs=slots,
        variables=inputs.variables,
        consumed=inputs.consumed,
        results=inside.results,
        items={slots[at]: found.form for at, found in items.items() if found.form is not None},
    )


class _Part:
    """The steps of the condition, or of the body, with new numbers for the slots.

    Attributes:
      tasks: the steps.
      specs: for each slot what is known of its value.
      values: of the slots that shapes and constants determine.
      results: the slots of the fetches.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: LoopInputs,
        items: Mapping[int, _Items],
        renamed: Callable[[int], int],
    ) -> None:
        if plan.variables or plan.mutexes or plan.has_blocking:
            raise CannotCompile("it reads variables, or waits")
        self._plan = plan
        self._inputs = inputs
        self._items = {plan.feeds[at].slot: found for at, found in items.items()}
        self._known: dict[int, Array] = {}
        self._specs: dict[int, TensorSpec] = {}
        self._enter_sources()
        steps = [step for step in plan.steps if not self._infer(step)]
        self.tasks = [
            Task(
                step.op,
                tuple(renamed(slot) for slot in step.inputs),
                tuple(renamed(slot) if slot != NO_SLOT else NO_SLOT for slot in step.outputs),
            )
            for step in steps
        ]
        self.specs = {renamed(slot): spec for slot, spec in self._specs.items()}
        self.values = {renamed(slot): value for slot, value in self._known.items()}
        self.results = [renamed(slot) for slot in plan.fetches]

    def feed_spec(self, position: int) -> TensorSpec:
        """What is known of an input."""
        dtype = self._plan.feeds[position].tensor.dtype.base_dtype
        shape = () if position in self._inputs.lists else self._inputs.shapes[position]
        return TensorSpec(TensorShape(shape), dtype)

    def _enter_sources(self) -> None:
        for position, source in enumerate(self._plan.feeds):
            if source.slot != NO_SLOT:
                self._specs[source.slot] = self.feed_spec(position)
        for source in self._plan.constants:
            self._specs[source.slot] = spec_of(source.value, source.tensor)
            self._known[source.slot] = source.value

    def _infer(self, step: Step) -> bool:
        """Enter what is known of the results of a step; tell whether that is all of them."""
        op = step.op
        if step.updates or op.stateful or op.blocking or op.needs_context or op.runs_bodies:
            raise CannotCompile(f"{op.type} has effects")
        infer_step(self._plan, step, self._specs)
        self._follow_lists(step)
        found = known_results(step, self._specs)
        self._known.update(found)
        return bool(found)

    def _follow_lists(self, step: Step) -> None:
        """Find out which items lists have."""
        kind, inputs, outputs = step.op.type, step.inputs, step.outputs
        if kind == "TensorListReserve":
            self._items[outputs[0]] = _Items(is_new=True)
        elif kind == "TensorListGetItem":
            form = self._list(inputs[0]).form
            if form is None:
                raise CannotCompile("reading from a list without items")
            if outputs[0] != NO_SLOT:
                dtype = self._specs[outputs[0]].dtype
                self._specs[outputs[0]] = TensorSpec(TensorShape(form.shape), dtype)
        elif kind in _CHANGES_OF_LISTS:
            self._items[outputs[0]] = self._list(inputs[0])
            if kind != "TensorListResize":
                self._add_item(inputs[0], form_of(self._specs[inputs[-1]]))
        elif kind == "AddN" and inputs[0] in self._items:
            found = [self._list(slot) for slot in inputs]
            kept = next((items for items in found if not items.is_new), found[0])
            kept.form = kept.form or next((items.form for items in found if items.form), None)
            self._items[outputs[0]] = kept

    def _add_item(self, slot: int, form: Form | None) -> None:
        items = self._list(slot)
        items.form = items.form or form
        if form is None or items.form != form:
            raise CannotCompile("a list of items of several shapes")

    def _list(self, slot: int) -> _Items:
        items = self._items.get(slot)
        if items is None:
            raise CannotCompile("a list from somewhere else")
        return items
