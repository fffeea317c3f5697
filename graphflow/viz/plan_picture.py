"""From a plan to a picture of it: what really runs, in which order, and on which thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphflow.compiler.plan import NO_SLOT, Plan, Source, Step
from graphflow.core.graph import Operation
from graphflow.interop import protos
from graphflow.interop.run_metadata import fill_run_metadata, operation_times
from graphflow.runtime.trace import Trace
from graphflow.viz.classify import Purposes, scope_of
from graphflow.viz.graph_picture import fed_key, says_type
from graphflow.viz.picture import (
    Item,
    Kind,
    Link,
    LinkKind,
    Picture,
    duration_text,
    operation_tooltip,
    shortened,
    spec_label,
    tensor_text,
)


@dataclass(frozen=True)
class Timing:
    """How long the steps took, by the operation's name.

    Attributes:
      micros: microseconds.
      lanes: name of the thread; empty if only times are known.
      skipped: steps that are not executed, for the feeds' shapes alone determine their results.
    """

    micros: Mapping[str, float]
    lanes: Mapping[str, str] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()


def measured(plan: Plan) -> Timing | None:
    """Return the times that the first runs of a plan measured, None before any run."""
    variants = [variant for variant in plan.variants.values() if variant.runs]
    if not variants:
        return None
    skipped = _skipped(plan)
    costs = variants[-1].costs
    return Timing(
        {
            step.operation.name: costs[step.index] / 1000
            for step in plan.steps
            if step.operation.name not in skipped
        },
        skipped=skipped,
    )


def traced(plan: Plan, trace: Any) -> Timing:
    """Return the times and threads of a `Trace` or of a filled `RunMetadata`.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(trace, Trace):
        metadata = protos.RunMetadata()
        fill_run_metadata(metadata, trace)
        trace = metadata
    statistics = getattr(trace, "step_stats", None)
    if statistics is None:
        raise TypeError(f"a trace is a RunMetadata or a Trace, not {trace!r}")
    times = operation_times(statistics)
    return Timing(
        {name: item.micros for name, item in times.items()},
        {name: item.thread for name, item in times.items()},
        _skipped(plan),
    )


def _skipped(plan: Plan) -> frozenset[str]:
    """Return the operations that the plan's last run did not execute."""
    if not plan.variants:
        return frozenset()
    variant = list(plan.variants.values())[-1]
    return frozenset(plan.steps[index].operation.name for index in variant.skipped)


def plan_picture(
    plan: Plan,
    timing: Timing | None = None,
    show_constants: bool = False,
    targets: Sequence[Operation] = (),
    fold_variables: bool = True,
) -> Picture:
    """Return the picture of a plan.

    Args:
      plan: the plan.
      timing: how long steps took, None if that is not known.
      show_constants: whether constants have boxes.
      targets: operations that were asked for.
      fold_variables: whether a variable and its optimizer slots are one box.
    """
    made = _PlanPicture(
        plan, timing or Timing({}), show_constants, frozenset(targets), fold_variables
    )
    return made.picture


class _PlanPicture:
    """Turns sources and steps into items, and slots and waiting into links."""

    def __init__(
        self,
        plan: Plan,
        timing: Timing,
        show_constants: bool,
        targets: frozenset[Operation],
        fold_variables: bool,
    ) -> None:
        self.picture = Picture()
        self._timing = timing
        self._targets = targets
        self._fetched = set(plan.fetches)
        self._made_by: dict[int, str] = {}
        self._label: dict[int, str] = {}
        purposes = purposes_of(plan)
        if purposes is None:
            return
        self._purposes = purposes
        self._owners = slot_owners(plan, purposes) if fold_variables else {}
        for source, kind, key in sources_of(plan, show_constants):
            self._add_source(source, kind, key)
        self._key_of = {
            step.index: f"{step.operation.name}@{step.index + 1}" for step in plan.steps
        }
        for step in plan.steps:
            self._add_step(step)
        for step in plan.steps:
            self._add_links(step, plan)

    def _add_source(self, source: Source, kind: Kind, key: str) -> None:
        owner = self._owners.get(key)
        if owner is not None:
            key = owner
        else:
            item = source_item(source, kind, key, self._purposes, self._fetched)
            self.picture.add(with_slots(item, self._owners))
        if source.slot != NO_SLOT:
            self._made_by[source.slot] = key
            self._label[source.slot] = spec_label(source.tensor.spec)

    def _add_step(self, step: Step) -> None:
        operation = step.operation
        key = self._key_of[step.index]
        name = operation.name.rpartition("/")[2]
        details = [] if says_type(operation) else [operation.type]
        if step.updates:
            names = [variable.name.rpartition("/")[2] for variable in step.updates]
            details.append(shortened("writes " + ", ".join(names), 34))
        micros = self._timing.micros.get(operation.name)
        if micros is not None:
            details.append(duration_text(micros))
        if operation.name in self._timing.skipped:
            details.append("known from the shapes")
        elif micros is None and self._timing.lanes:
            details.append("not in the trace")
        slots = {*step.outputs, *step.updated} - {NO_SLOT}
        self.picture.add(
            Item(
                key=key,
                scope=scope_of(operation),
                title=shortened(name),
                kind=self._purposes.kind(operation),
                details=tuple(details),
                tooltip=f"step {step.index + 1}\n{operation_tooltip(operation)}",
                types=Counter([step.op.type]),
                is_wanted=operation in self._targets or bool(slots & self._fetched),
                lane=self._timing.lanes.get(operation.name, ""),
                number=step.index + 1,
                micros=micros,
            )
        )
        for slot, tensor in zip(step.outputs, operation.outputs, strict=True):
            self._made_by[slot] = key
            self._label[slot] = spec_label(tensor.spec)
        for slot, variable in zip(step.updated, step.updates, strict=True):
            self._made_by[slot] = key
            self._label[slot] = spec_label(variable.outputs[0].spec)

    def _add_links(self, step: Step, plan: Plan) -> None:
        target = self._key_of[step.index]
        for index, slot in enumerate(step.inputs):
            source = self._made_by.get(slot)
            if source is not None:
                kind = LinkKind.UPDATE if index in step.op.writes else LinkKind.DATA
                self.picture.link(Link(source, target, kind, str(slot), self._label[slot]))
        made = {*step.outputs, *step.updated}
        for after in step.successors:
            if made.isdisjoint(plan.steps[after].inputs):
                self.picture.link(Link(target, self._key_of[after], LinkKind.CONTROL))


def sources_of(plan: Plan, show_constants: bool) -> Iterator[tuple[Source, Kind, str]]:
    """Yield what fills slots before the first step, as what it is drawn, and a key for it.

    Args:
      plan: the plan.
      show_constants: whether constants are among them.
    """
    for source in plan.feeds:
        yield source, Kind.PLACEHOLDER, fed_key(source.tensor)
    for source in plan.variables:
        yield source, Kind.VARIABLE, source.tensor.op.name
    for source in plan.constants if show_constants else ():
        yield source, Kind.CONSTANT, source.tensor.name


def source_item(
    source: Source, kind: Kind, key: str, purposes: Purposes, fetched: Collection[int]
) -> Item:
    """Return the box for what fills a slot before the first step.

    Args:
      source: it.
      kind: what it is.
      key: of the box.
      purposes: what the graph's operations are for.
      fetched: slots that are fetched.
    """
    operation = source.tensor.op
    details = {
        Kind.PLACEHOLDER: "not used" if source.slot == NO_SLOT else "",
        Kind.VARIABLE: "value at start",
        Kind.CONSTANT: spec_label(source.tensor.spec),
    }[kind]
    return Item(
        key=key,
        scope=purposes.scope(operation),
        title=shortened(operation.name.rpartition("/")[2]),
        kind=kind,
        details=(details,) if details else (),
        tooltip=tensor_text(source.tensor),
        types=Counter([operation.type]),
        is_wanted=source.slot in fetched,
    )


def slot_owners(plan: Plan, purposes: Purposes) -> dict[str, str]:
    """Return for each optimizer slot that a plan uses its variable, if it uses that too.

    Args:
      plan: the plan.
      purposes: what the graph's operations are for.
    """
    used = {source.tensor.op for source in plan.variables}
    owners = {variable: purposes.owner.get(variable) for variable in used}
    return {
        slot.name: owner.name
        for slot, owner in owners.items()
        if owner is not None and owner is not slot and owner in used
    }


def with_slots(item: Item, owners: Mapping[str, str]) -> Item:
    """Return the box of a variable, which names its slots.

    Args:
      item: the box.
      owners: from the slots' names to their variables'.
    """
    slots = [slot.rpartition("/")[2] for slot, owner in owners.items() if owner == item.key]
    if not slots:
        return item
    details = (*item.details, shortened("slots " + ", ".join(sorted(slots)), 34))
    return replace(item, details=details)


def purposes_of(plan: Plan) -> Purposes | None:
    """Return what the operations of a plan's graph are for, None if the plan is empty.

    Args:
      plan: the plan.
    """
    sources = [*plan.feeds, *plan.variables, *plan.constants]
    operations = [step.operation for step in plan.steps] or [s.tensor.op for s in sources]
    return Purposes(operations[0].graph.get_operations()) if operations else None
