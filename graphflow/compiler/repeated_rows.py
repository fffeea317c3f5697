"""Sparse updates that add up the slices of repeated rows themselves.

An optimizer adds up the slices of equal indices before it updates rows: it finds the distinct
indices, counts them, and sums segments of slices, in four steps whose shapes depend on data.  An
op that can do so takes slices and indices as they come (`Op.with_repeated_rows`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.op import Op, RepeatedRows
from graphflow.core.spec import TensorSpec


def merge_repeated_rows(
    steps: Sequence[Step], specs: Mapping[int, TensorSpec], kept: frozenset[int]
) -> list[Step]:
    """Let sparse updates take the place of the steps that prepare slices for them alone.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      kept: slots that are read after the last step: those of the fetches.
    """
    if not any(_can_merge(step) for step in steps):
        return list(steps)
    return _Merger(steps, specs, kept).merged()


def _can_merge(step: Step) -> bool:
    return bool(step.updates) and type(step.op).with_repeated_rows is not Op.with_repeated_rows


class _Merger:
    def __init__(
        self, steps: Sequence[Step], specs: Mapping[int, TensorSpec], kept: frozenset[int]
    ) -> None:
        self._steps = steps
        self._specs = specs
        self._kept = kept
        self._writer: dict[int, Step] = {}
        self._readers: dict[int, list[Step]] = {}
        for step in steps:
            for slot in step.outputs:
                self._writer[slot] = step
            for slot in step.inputs:
                self._readers.setdefault(slot, []).append(step)

    def merged(self) -> list[Step]:
        result: dict[int, Step] = {}
        spared: set[int] = set()
        for step in self._steps:
            repeated = step.op.with_repeated_rows() if _can_merge(step) else None
            parts = None if repeated is None else self._preparation(step, repeated)
            if repeated is None or parts is None:
                continue
            distinct, summed, *_ = parts
            inputs = list(step.inputs)
            inputs[repeated.slices] = summed.inputs[0]
            inputs[repeated.indices] = distinct.inputs[0]
            if self._fit(step, inputs):
                result[step.index] = dataclasses.replace(step, op=repeated.op, inputs=tuple(inputs))
                spared.update(part.index for part in parts)
        return [result.get(step.index, step) for step in self._steps if step.index not in spared]

    def _preparation(self, update: Step, repeated: RepeatedRows) -> tuple[Step, ...] | None:
        """The steps that prepare the slices: distinct indices, sums, and the number of indices."""
        rows = update.inputs[repeated.indices]
        distinct = self._made_by("Unique", rows)
        summed = self._made_by("UnsortedSegmentSum", update.inputs[repeated.slices])
        if distinct is None or summed is None or distinct.outputs[0] != rows:
            return None
        count = self._made_by("StridedSlice", summed.inputs[2])
        shape = None if count is None else self._made_by("Shape", count.inputs[0])
        if count is None or shape is None or shape.inputs[0] != rows:
            return None  # of a vector's shape, a slice that is a scalar is the size
        if summed.inputs[1] != distinct.outputs[1]:
            return None
        followers = {
            rows: [shape, update],
            distinct.outputs[1]: [summed],
            summed.outputs[0]: [update],
            shape.outputs[0]: [count],
            count.outputs[0]: [summed],
        }
        for slot, readers in followers.items():
            if slot in self._kept or self._readers.get(slot) != readers:
                return None
        return distinct, summed, count, shape

    def _made_by(self, op_type: str, slot: int) -> Step | None:
        """The step that computes a slot's value, if it is of a type."""
        step = self._writer.get(slot)
        is_found = step is not None and step.op.type == op_type and NO_SLOT not in step.outputs
        return step if is_found else None

    def _fit(self, update: Step, inputs: Sequence[int]) -> bool:
        """Whether slices and indices as they come fit the update, so that no run need check it."""
        specs = [self._specs.get(slot) for slot in inputs]
        known = [spec for spec in specs if spec is not None and spec.shape.is_fully_defined()]
        if len(known) != len(specs):
            return False
        try:
            update.operation.op.infer(*known)
        except (ValueError, TypeError):
            return False
        return True
