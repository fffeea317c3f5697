"""Sums of products as one step: the gradient of a matrix that is used many times.

A recurrent net multiplies by the same weights in each of its steps; their gradient is a sum of as
many products.  Written one by one these go through memory twice.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.op import Op
from graphflow.core.spec import TensorSpec


def merge_product_sums(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Step]:
    """Let one step compute and add up what only a sum reads.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
    """
    readers = Counter(slot for step in steps for slot in step.inputs)
    maker = {
        step.outputs[0]: step
        for step in steps
        if _is_summable(step.op) and is_free(step) and len(step.outputs) == 1
    }
    merged: dict[int, Step] = {}
    spared: set[int] = set()
    for step in steps:
        if step.op.type != "AddN" or not is_free(step) or step.outputs[0] == NO_SLOT:
            continue
        parts = [
            maker[slot]
            for slot in step.inputs
            if slot in maker and readers[slot] == 1 and slot not in kept
        ]
        op = _sum_op(parts, len(step.inputs), specs)
        if op is None:
            continue
        inputs = tuple(slot for part in parts for slot in part.inputs)
        merged[step.index] = dataclasses.replace(step, op=op, inputs=inputs)
        spared.update(part.index for part in parts)
    return [merged.get(step.index, step) for step in steps if step.index not in spared]


def _is_summable(op: Op) -> bool:
    return type(op).summed is not Op.summed


def _sum_op(parts: Sequence[Step], terms: int, specs: Mapping[int, TensorSpec]) -> Op | None:
    """The op that takes the place of a sum of so many terms, if all of them are parts."""
    if len(parts) != terms or len(parts) < 2 or len({part.op for part in parts}) != 1:
        return None
    forms = [form_of(specs.get(slot)) for part in parts for slot in part.inputs]
    if any(
        form is None or form.dtype.kind not in "fc" or form.dtype.itemsize < 4 for form in forms
    ):
        return None  # products of 16-bit floats are rounded before they are added
    return parts[0].op.summed(len(parts))
