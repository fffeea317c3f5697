"""Which steps become one loop: functions of each element, of the same shape, that feed each other.

A group runs where its last step was, so it may take in a step only if nobody else needs a result of
the group before that.  What it reads are arrays of the group's shape, or such that broadcast to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graphflow.compiler.memory import form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.core.spec import TensorSpec

# Larger groups take long to compile; with more arrays a loop runs out of registers.
MAX_STEPS = 64
MAX_ARRAYS = 16
# Names of the dtypes that loops compute with.
FUSIBLE = frozenset({"float32", "float64", "int32", "int64", "bool"})


@dataclass(eq=False)
class Group:
    """Steps that become one loop.

    Attributes:
      shape: of every step's result.
      positions: of the steps, in order.
      inputs: the slots that it reads.
      outputs: the slots that others read.
    """

    shape: tuple[int, ...]
    positions: list[int] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)


def find_groups(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Group]:
    """Find the groups of at least two steps.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
    """
    return _Search(steps, specs, is_free, kept).groups()


def broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Tell whether an array of one shape broadcasts to another shape.

    Args:
      shape: of the array.
      target: the other shape.

    >>> broadcasts((3, 1), (2, 3, 4)), broadcasts((2, 3), (3,))
    (True, False)
    """
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(size in (1, wanted) for size, wanted in pairs)


def expression(step: Step, specs: Mapping[int, TensorSpec]) -> str | None:
    """The text that computes one element of a step's result from the elements `v<slot>`.

    Args:
      step: a step with one output.
      specs: for each slot what is known of its value.
    """
    names = [f"v{slot}" for slot in step.inputs]
    return step.op.scalar_expression(names, [specs[slot] for slot in step.inputs])


class _Search:
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
        self._updates = [index for index, step in enumerate(steps) if step.updates]
        for position, step in enumerate(steps):
            for slot in step.inputs:
                self._readers.setdefault(slot, []).append(position)
            for slot in step.outputs:
                self._writer[slot] = position
        self._group_of: dict[int, Group] = {}

    def groups(self) -> list[Group]:
        for position, step in enumerate(self._steps):
            shape = self._shape_of_fusible(step)
            if shape is not None:
                self._place(position, shape)
        found = {id(group): group for group in self._group_of.values()}
        groups = [group for group in found.values() if len(group.positions) > 1]
        for group in groups:
            group.inputs, group.outputs = self._borders(group.positions)
        return groups

    def _shape_of_fusible(self, step: Step) -> tuple[int, ...] | None:
        """The shape of a step's result if the step may be part of a loop."""
        if len(step.outputs) != 1 or step.outputs[0] == NO_SLOT or not self._is_free(step):
            return None
        forms = [form_of(self._specs.get(slot)) for slot in (*step.inputs, *step.outputs)]
        if any(form is None or form.dtype.name not in FUSIBLE for form in forms):
            return None
        if expression(step, self._specs) is None:
            return None
        *inputs, result = (form.shape for form in forms if form is not None)
        fits = all(broadcasts(shape, result) for shape in inputs)
        return result if fits and 0 not in result else None

    def _place(self, position: int, shape: tuple[int, ...]) -> None:
        """Let a step join the groups of its inputs, as far as that is allowed."""
        group = Group(shape, [position])
        self._group_of[position] = group
        step = self._steps[position]
        for slot in dict.fromkeys(step.inputs):
            writer = self._writer.get(slot)
            other = self._group_of.get(writer) if writer is not None else None
            if other is None or other is group or other.shape != shape:
                continue
            joined = sorted([*other.positions, *group.positions])
            if self._may_run_at_end(joined):
                group = Group(shape, joined)
                for member in joined:
                    self._group_of[member] = group

    def _may_run_at_end(self, positions: Sequence[int]) -> bool:
        """Whether steps may all run where the last one does."""
        if len(positions) > MAX_STEPS:
            return False
        inputs, outputs = self._borders(positions)
        if len(inputs) + len(outputs) > MAX_ARRAYS:
            return False
        first, last, members = positions[0], positions[-1], set(positions)
        for slot in outputs:
            for reader in self._readers.get(slot, ()):
                if reader not in members and self._runs_at(reader) < last:
                    return False
        # Inputs that were written in between by groups which run later than this one.
        for slot in inputs:
            writer = self._writer.get(slot)
            if writer is not None and self._runs_at(writer) >= last:
                return False
        reads_sources = any(slot not in self._writer for slot in inputs)
        return not (reads_sources and any(first < update < last for update in self._updates))

    def _runs_at(self, position: int) -> int:
        group = self._group_of.get(position)
        return group.positions[-1] if group is not None else position

    def _borders(self, positions: Sequence[int]) -> tuple[list[int], list[int]]:
        members = set(positions)
        made = {self._steps[position].outputs[0] for position in positions}
        inputs = dict.fromkeys(
            slot for position in positions for slot in self._steps[position].inputs
        )
        outputs = [
            slot
            for position in positions
            for slot in self._steps[position].outputs
            if slot in self._kept or any(r not in members for r in self._readers.get(slot, ()))
        ]
        return [slot for slot in inputs if slot not in made], outputs


def last_uses(inputs_of_units: Sequence[Sequence[int]], kept: frozenset[int]) -> list[list[int]]:
    """For each unit of a run the slots that no later one reads.

    Args:
      inputs_of_units: the slots that each reads, in order.
      kept: slots that are not to be cleared.
    """
    last: Mapping[int, int] = {
        slot: position for position, slots in enumerate(inputs_of_units) for slot in slots
    }
    frees: list[list[int]] = [[] for _ in inputs_of_units]
    for slot, position in last.items():
        if slot not in kept:
            frees[position].append(slot)
    return frees
