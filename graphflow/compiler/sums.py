"""Long sums in parts, so that parts of them may become loops together with what they add up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.spec import TensorSpec

# A loop takes more arrays than that: what the terms are made of.
_MAX_TERMS = 8


def split_sums(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    first_slot: int,
) -> tuple[list[Step], dict[int, TensorSpec]]:
    """Split each sum of many terms into sums of a few, which are added up in the same order.

    Each part follows the last of its terms, so that these need not be kept.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      first_slot: the number of the first slot for partial sums.

    Returns:
      The steps, and the specs with those of the partial sums.
    """
    maker = {slot: number for number, step in enumerate(steps) for slot in step.outputs}
    known = dict(specs)
    slot = first_slot
    partial: dict[int, list[Step]] = {}  # by the position of the step that they follow
    last_parts: dict[int, Step] = {}
    for number, step in enumerate(steps):
        if not _is_long_sum(step, specs):
            continue
        *parts, last_parts[number] = _parts(step, slot)
        slot += len(parts)
        place = -1
        for part in parts:
            known[part.outputs[0]] = specs[step.outputs[0]]
            place = max(place, *(maker.get(term, -1) for term in part.inputs))
            partial.setdefault(place, []).append(part)
    result = partial.pop(-1, [])
    for number, step in enumerate(steps):
        result.append(last_parts.get(number, step))
        result += partial.get(number, [])
    return result, known


def _is_long_sum(step: Step, specs: Mapping[int, TensorSpec]) -> bool:
    if step.op.type != "AddN" or len(step.inputs) <= _MAX_TERMS or step.outputs[0] == NO_SLOT:
        return False
    total = form_of(specs.get(step.outputs[0]))
    return total is not None and total.size > 0


def _parts(step: Step, slot: int) -> Iterable[Step]:
    terms = list(step.inputs)
    while len(terms) > _MAX_TERMS:
        yield dataclasses.replace(step, inputs=tuple(terms[:_MAX_TERMS]), outputs=(slot,))
        terms = [slot, *terms[_MAX_TERMS:]]
        slot += 1
    yield dataclasses.replace(step, inputs=tuple(terms))
