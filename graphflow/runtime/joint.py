"""Neighbouring steps that update small variables alike, and are executed at once.

Optimizers update each variable in a step of its own, with the same learning rate and the like.  For
small variables the calls take longer than the arithmetic: one call for several of them saves that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.spec import TensorSpec
from graphflow.runtime.units import Unit, is_checked, is_own

# Machine code is made for each number of updates: no more than so many at once.
_MOST = 16
# Larger variables take longer than a call.
_MOST_ELEMENTS = 16384


def joint_updates(
    units: Sequence[Unit], specs: Mapping[int, TensorSpec], checked: Sequence[bool]
) -> dict[int, list[Unit]]:
    """Find the updates to be executed at once.

    Args:
      units: what a run executes, in order.
      specs: for each slot what is known of its value.
      checked: for each step of the plan, whether its inputs are checked at every run.

    Returns:
      The units of each group, two or more neighbours, by the position of the first one.
    """
    groups: dict[int, list[Unit]] = {}
    start, group = 0, list[Unit]()
    for position, unit in enumerate(units):
        if not _is_small_update(unit, specs, checked):
            group = []
        elif group and len(group) < _MOST and _are_alike(group, unit, specs):
            group.append(unit)
            groups[start] = group
        else:
            start, group = position, [unit]
    return groups


def _is_small_update(unit: Unit, specs: Mapping[int, TensorSpec], checked: Sequence[bool]) -> bool:
    step = unit.step
    op = step.op
    if unit.fused is not None or not step.updates or not op.varying_inputs():
        return False
    if not is_own(step) or is_checked(step, checked) or op.needs_context:
        return False
    if any(slot != NO_SLOT for slot in (*step.outputs, *step.updated)):
        return False
    return None not in _dtypes(step, specs) and all(
        _is_small(specs.get(step.inputs[index])) for index in op.varying_inputs()
    )


def _is_small(spec: TensorSpec | None) -> bool:
    elements = None if spec is None else spec.shape.num_elements()
    return elements is not None and elements <= _MOST_ELEMENTS


def _are_alike(group: Sequence[Unit], unit: Unit, specs: Mapping[int, TensorSpec]) -> bool:
    """Whether a step differs from those of a group in its variables and gradient alone."""
    first, step = group[0].step, unit.step
    if step.op != first.op or _dtypes(first, specs) != _dtypes(step, specs):
        return False
    written = {variable for other in group for variable in other.step.updates}
    varying = step.op.varying_inputs()
    return written.isdisjoint(step.updates) and all(
        slot == other or index in varying
        for index, (slot, other) in enumerate(zip(step.inputs, first.inputs, strict=True))
    )


def _dtypes(step: Step, specs: Mapping[int, TensorSpec]) -> list[np.dtype[Any] | None]:
    """The dtypes of the gradients; the variables may be behind handles."""
    places = [index for index in step.op.varying_inputs() if index not in step.op.writes]
    forms = [form_of(specs.get(step.inputs[index])) for index in places]
    return [None if form is None else form.dtype for form in forms]
