"""Steps that an earlier step does along with its own work, while its result is still at hand.

A convolution adds a bias to its sums and rectifies them before it writes them.  That takes the
place of steps only if nobody else reads the results in between.  Which ops can do what, they say
themselves: `Op.with_epilogue`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.op import Op
from graphflow.core.spec import TensorSpec

_SUMS = frozenset({"Add", "AddV2", "BiasAdd"})


def merge_epilogues(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Step]:
    """Return the steps, with others in the place of those that do more, and without those spared.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
    """
    if not any(_can_merge(step.op) for step in steps):
        return list(steps)
    return _Merger(steps, specs, is_free, kept).merged()


def _can_merge(op: Op) -> bool:
    return type(op).with_epilogue is not Op.with_epilogue


class _Merger:
    def __init__(
        self,
        steps: Sequence[Step],
        specs: Mapping[int, TensorSpec],
        is_free: Callable[[Step], bool],
        kept: frozenset[int],
    ) -> None:
        self._steps = steps
        self._specs = specs
        self._is_free = is_free
        self._kept = kept
        self._readers: dict[int, list[int]] = {}
        self._writer: dict[int, int] = {}
        for position, step in enumerate(steps):
            for slot in step.inputs:
                self._readers.setdefault(slot, []).append(position)
            for slot in (*step.outputs, *step.updated):
                self._writer[slot] = position

    def merged(self) -> list[Step]:
        spared: set[int] = set()
        result = []
        for position, step in enumerate(self._steps):
            if position in spared:
                continue
            if _can_merge(step.op) and self._is_free(step):
                step = self._extended(position, step, spared)
            result.append(step)
        return result

    def _extended(self, position: int, step: Step, spared: set[int]) -> Step:
        """The step with as many of those behind it as its op can do; they are entered as spared."""
        followers: tuple[str, ...] = ()
        extended = step
        while True:
            found = self._follower(position, extended)
            if found is None:
                return extended
            place, kind, more = found
            followers = (*followers, kind)
            op = step.op.with_epilogue(followers, [self._specs[slot] for slot in step.inputs])
            if op is None:
                return extended
            spared.add(place)
            inputs = (*extended.inputs, *more)
            outputs = (*self._steps[place].outputs, *extended.outputs[1:])
            extended = dataclasses.replace(extended, op=op, inputs=inputs, outputs=outputs)

    def _follower(self, position: int, step: Step) -> tuple[int, str, tuple[int, ...]] | None:
        """The only reader of a step's first result: its position, kind and further inputs."""
        slot = step.outputs[0]
        readers = self._readers.get(slot, [])
        if slot in self._kept or len(readers) != 1:
            return None
        (place,) = readers
        follower = self._steps[place]
        if not self._is_free(follower) or follower.outputs in ((), (NO_SLOT,)):
            return None
        if follower.op.type in _SUMS:
            bias = self._bias(follower, slot)
            is_there = bias is not None and self._writer.get(bias, -1) < position
            return (place, "BiasAdd", (bias,)) if bias is not None and is_there else None
        if follower.op.type == "ReluGrad" and follower.inputs != (slot, step.inputs[0]):
            return None
        return place, follower.op.type, ()

    def _bias(self, sum_step: Step, slot: int) -> int | None:
        """The slot of a number for each index of the last axis, if such are added to a value."""
        if sum_step.op.attributes().get("data_format", "NHWC") != "NHWC":
            return None
        (other,) = (term for term in sum_step.inputs if term != slot)
        bias, form = form_of(self._specs.get(other)), form_of(self._specs.get(slot))
        if bias is None or form is None or not bias.shape or len(bias.shape) > len(form.shape):
            return None
        is_vector = bias.elements == bias.shape[-1] == form.shape[-1]
        return other if is_vector else None
