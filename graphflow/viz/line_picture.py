"""From the function that executes a plan for known shapes to a picture of what it calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.graph import Operation
from graphflow.runtime.straight_line import StraightLine
from graphflow.runtime.units import Unit
from graphflow.runtime.variant import Variant
from graphflow.viz.classify import Purposes, scope_of
from graphflow.viz.graph_picture import says_type
from graphflow.viz.picture import (
    Item,
    Link,
    LinkKind,
    Picture,
    operation_tooltip,
    shortened,
    spec_label,
)
from graphflow.viz.plan_picture import (
    purposes_of,
    slot_owners,
    source_item,
    sources_of,
    with_slots,
)

_MAX_TYPES = 4  # that are named of a loop


def line_picture(
    plan: Plan,
    show_constants: bool = False,
    targets: Sequence[Operation] = (),
    fold_variables: bool = True,
) -> Picture:
    """Return the picture of what one thread executes for the shapes that were fed last.

    Steps that became one are one box, with what they were in its tooltip.

    Args:
      plan: the plan.
      show_constants: whether constants have boxes.
      targets: operations that were asked for.
      fold_variables: whether a variable and its optimizer slots are one box.

    Raises:
      ValueError: there were too few runs, or several threads execute the plan.
    """
    found = [(variant, variant.line) for variant in plan.variants.values() if variant.line]
    if not found:
        raise ValueError(
            "nothing is compiled yet: the first runs are measured step by step, and plans with "
            "steps that wait for something stay so; run the fetches some more times"
        )
    variant, line = found[-1]
    wanted = frozenset(targets)
    return _LinePicture(plan, variant, line, show_constants, wanted, fold_variables).picture


class _LinePicture:
    def __init__(
        self,
        plan: Plan,
        variant: Variant,
        line: StraightLine,
        show_constants: bool,
        targets: frozenset[Operation],
        fold_variables: bool,
    ) -> None:
        self.picture = Picture()
        self._steps = variant.line_steps
        self._specs = variant.specs
        self._targets = targets
        self._fetched = set(plan.fetches)
        self._made_by: dict[int, str] = {}
        purposes = purposes_of(plan)
        if purposes is None:
            return
        owners = slot_owners(plan, purposes) if fold_variables else {}
        for source, kind, key in sources_of(plan, show_constants):
            if key not in owners:
                item = source_item(source, kind, key, purposes, self._fetched)
                self.picture.add(with_slots(item, owners))
            self._made_by[source.slot] = owners.get(key, key)
        for number, unit in enumerate(line.units):
            self._add_unit(number + 1, unit, purposes)

    def _add_unit(self, number: int, unit: Unit, purposes: Purposes) -> None:
        operation = unit.step.operation
        key = f"{operation.name}@{number}"
        steps = self._members(unit)
        title = operation.name.rpartition("/")[2]
        if unit.positions:
            title = f"{'cluster' if unit.cluster else 'loop'} of {len(steps)} steps"
            kinds = list(dict.fromkeys(step.op.type for step in steps))
            more = ["..."] if len(kinds) > _MAX_TYPES else []
            details = [shortened(", ".join([*kinds[:_MAX_TYPES], *more]), 40)]
        elif unit.step.op.type != operation.type or not says_type(operation):
            details = [unit.step.op.type.removeprefix("_")]
        else:
            details = []
        if unit.step.updates:
            names = [variable.name.rpartition("/")[2] for variable in unit.step.updates]
            details.append(shortened("writes " + ", ".join(names), 34))
        made = {*unit.outputs, *unit.step.updated} - {NO_SLOT}
        self.picture.add(
            Item(
                key=key,
                scope=scope_of(operation),
                title=shortened(title),
                kind=purposes.kind(operation),
                details=tuple(details),
                tooltip="\n".join(operation_tooltip(step.operation) for step in steps),
                types=Counter(step.op.type for step in steps),
                is_wanted=bool(made & self._fetched)
                or any(step.operation in self._targets for step in steps),
                number=number,
            )
        )
        for index, slot in enumerate(unit.inputs):
            source = self._made_by.get(slot)
            if source is not None:
                is_written = not unit.positions and index in unit.step.op.writes
                kind = LinkKind.UPDATE if is_written else LinkKind.DATA
                self.picture.link(Link(source, key, kind, str(slot), spec_label(self._specs[slot])))
        for slot in made:
            self._made_by[slot] = key

    def _members(self, unit: Unit) -> list[Step]:
        return [self._steps[position] for position in unit.positions] or [unit.step]
