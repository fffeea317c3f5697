"""What a loop computes, put together from the plans of its condition and its body."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.compile import compile_body
from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.native.loop_code import LoopBody
from graphflow.compiler.native.writer import Branch, CannotCompile, Task
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
    items = {
        position: _Items(None if shape is None else Form(shape, dtypes[position]))
        for position, shape in enumerate(inputs.shapes)
        if position in inputs.lists
    }
    specs = [
        TensorSpec(
            TensorShape(() if position in inputs.lists else shape),
            source.tensor.dtype.base_dtype,
        )
        for position, (source, shape) in enumerate(zip(body.feeds, inputs.shapes, strict=True))
    ]
    slots = list(range(len(specs)))
    numbers = itertools.count(len(specs))
    inside = _Part(body, slots, specs, items, numbers)
    before = _Part(test, slots[: len(test.feeds)], specs[: len(test.feeds)], items, numbers)
    return LoopBody(
        test=before.tasks,
        holds=before.results[0],
        tasks=inside.tasks,
        specs={**dict(enumerate(specs)), **before.specs, **inside.specs},
        values={**before.values, **inside.values},
        inputs=slots,
        variables=inputs.variables,
        consumed=inputs.consumed,
        results=inside.results,
        items={at: found.form for at, found in items.items() if found.form is not None},
    )


class _Part:
    """The steps of the condition, of the body or of a branch, with new numbers for the slots.

    Args:
      plan: its plan.
      slots: the new numbers of the slots that are fed.
      feeds: what is known of these.
      items: what is known of the lists among them, by position.
      numbers: new numbers for all other slots.

    Attributes:
      tasks: the steps.
      specs: for each slot what is known of its value.
      values: of the slots that shapes and constants determine.
      results: the slots of the fetches.
    """

    def __init__(
        self,
        plan: Plan,
        slots: Sequence[int],
        feeds: Sequence[TensorSpec],
        items: Mapping[int, _Items],
        numbers: Iterator[int],
    ) -> None:
        if plan.variables or plan.mutexes or plan.has_blocking:
            raise CannotCompile("it reads variables, or waits")
        self._plan = plan
        self._numbers = numbers
        self._renamed = {NO_SLOT: NO_SLOT}
        self._items: dict[int, _Items] = {}
        self._known: dict[int, Array] = {}
        self._specs: dict[int, TensorSpec] = {}
        self._branches: dict[int, tuple[_Part, ...]] = {}
        for position, (source, slot, spec) in enumerate(zip(plan.feeds, slots, feeds, strict=True)):
            if source.slot != NO_SLOT:
                self._renamed[source.slot] = slot
                self._specs[source.slot] = spec
                if position in items:
                    self._items[source.slot] = items[position]
        for slot in range(len(plan.initial)):
            self._renamed.setdefault(slot, next(numbers))
        self._enter_constants()
        self.tasks = [self._task(step) for step in plan.steps if not self._infer(step)]
        self.specs = {self._renamed[slot]: spec for slot, spec in self._specs.items()}
        self.values = {self._renamed[slot]: value for slot, value in self._known.items()}
        for part in (part for parts in self._branches.values() for part in parts):
            self.specs = {**part.specs, **self.specs}
            self.values = {**part.values, **self.values}
        self.results = self._all_renamed(plan.fetches)

    def _all_renamed(self, slots: Iterable[int]) -> list[int]:
        return [self._renamed[slot] for slot in slots]

    def _task(self, step: Step) -> Task:
        outputs = tuple(self._all_renamed(step.outputs))
        branches = tuple(
            Branch(tuple(part.tasks), tuple(part.results))
            for part in self._branches.get(step.index, ())
        )
        return Task(step.op, tuple(self._all_renamed(step.inputs)), outputs, branches)

    def _enter_constants(self) -> None:
        for source in self._plan.constants:
            self._specs[source.slot] = spec_of(source.value, source.tensor)
            self._known[source.slot] = source.value

    def _infer(self, step: Step) -> bool:
        """Enter what is known of the results of a step; tell whether that is all of them."""
        op = step.op
        if step.updates or op.stateful or op.blocking:
            raise CannotCompile(f"{op.type} has effects")
        if op.type == "If":
            self._infer_branches(step)
            return False
        if op.needs_context or op.runs_bodies:
            raise CannotCompile(f"{op.type} needs more than its inputs")
        infer_step(self._plan, step, self._specs)
        self._follow_lists(step)
        found = known_results(step, self._specs)
        self._known.update(found)
        return bool(found)

    def _infer_branches(self, step: Step) -> None:
        """Put together what the branches of a choice compute."""
        inputs, attributes = step.inputs[1:], step.op.attributes()
        items = {at: self._items[slot] for at, slot in enumerate(inputs) if slot in self._items}
        specs = [self._specs[slot] for slot in inputs]
        parts = []
        for name in ("then_branch", "else_branch"):
            plan, fed = compile_body(attributes[name], self._plan.switches)
            if len(fed) != len(inputs):
                raise CannotCompile("a branch writes variables")
            parts.append(_Part(plan, self._all_renamed(inputs), specs, items, self._numbers))
        self._branches[step.index] = tuple(parts)
        for index, slot in enumerate(step.outputs):
            if slot != NO_SLOT:
                self._specs[slot] = _same_spec(parts, index)

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


def _same_spec(parts: Sequence[_Part], index: int) -> TensorSpec:
    """What is known of a result whichever branch computes it."""
    slots = [part.results[index] for part in parts]
    makers = [_maker(part, slot) for part, slot in zip(parts, slots, strict=True)]
    real = [n for n, maker in enumerate(makers) if maker is None or maker.op.type != "FakeParam"]
    chosen = real[0] if real else 0
    spec = parts[chosen].specs[slots[chosen]]
    for n, part in enumerate(parts):
        if n not in real:  # it stands for a value that nobody uses
            part.specs[slots[n]] = TensorSpec(spec.shape, spec.dtype)
        elif form_of(part.specs[slots[n]]) != form_of(spec):
            raise CannotCompile("the results of branches differ in shape")
    return TensorSpec(spec.shape, spec.dtype)


def _maker(part: _Part, slot: int) -> Task | None:
    return next((task for task in part.tasks if slot in task.outputs), None)
