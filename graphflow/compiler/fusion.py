"""Which steps become one compiled function: groups of loops that feed each other.

A group takes in steps that are element-wise or reduce along axes, whatever their shapes (see
parts.py).  It consists of nests of loops, one after the other: parts that go over the same shape
share one, unless one needs a result that is complete after the other's loops only.  Changes of
shape in between cost nothing, for the loops read the same memory in another shape.

A group runs where its first step was.  Its other steps then run earlier than they would, which
nobody sees, for they do nothing but compute; all that they read is there by then.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graphflow.compiler.memory import Form
from graphflow.compiler.parts import SHORT_ROW, Part, Shape, Splitter, is_view
from graphflow.compiler.plan import Step
from graphflow.compiler.views import View, parts_of_input, whole
from graphflow.core.spec import TensorSpec

# Larger groups take long to compile.
MAX_PARTS = 64
# With more arrays a loop runs out of registers.
MAX_ARRAYS = 16
# Functions with more arrays take long to compile, and each takes time at every call.
MAX_ARGUMENTS = 40
# A step with so few elements joins the group that makes what it reads, even if that is long ago.
_FEW = 1024
# A single sum of so many elements is worth a group.
_WORTH_COMPILING = 64


@dataclass(eq=False)
class Nest:
    """Parts that share the loops over a shape.

    Attributes:
      shape: the shape.
      parts: in an order in which an element of each may be computed.
    """

    shape: Shape
    parts: list[Part] = field(default_factory=list)

    def made(self) -> set[int]:
        """The slots of which an element is at hand while the loops run."""
        return {part.output for part in self.parts if part.reduction is None}


@dataclass(eq=False)
class Group:
    """Steps that become one compiled function.

    Attributes:
      position: of the first step, where all run.
      positions: of all steps, and of those that only change shapes for them.
      nests: the loops, in order.
      inputs: the slots that it reads.
      outputs: the slots that it writes, for others or from one nest to a later one.
      private: those of the outputs that nobody else reads.
      forms: shape and dtype of all slots that its parts read or compute.
      views: for slots whose elements are in another one's array, where they are there.
    """

    position: int
    positions: list[int] = field(default_factory=list)
    nests: list[Nest] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    private: set[int] = field(default_factory=set)
    forms: dict[int, Form] = field(default_factory=dict)
    views: dict[int, View] = field(default_factory=dict)

    def parts(self) -> list[Part]:
        """The parts of all steps."""
        return [part for nest in self.nests for part in nest.parts]

    def memory(self, slot: int) -> int:
        """The slot in whose array the elements of a slot are.

        Args:
          slot: any slot that a part reads or computes.
        """
        view = self.views.get(slot)
        return slot if view is None else view.memory


def find_groups(
    steps: Sequence[Step],
    specs: Mapping[int, TensorSpec],
    is_free: Callable[[Step], bool],
    kept: frozenset[int],
) -> list[Group]:
    """Find the groups worth compiling.

    Args:
      steps: the steps of a run, in order.
      specs: for each slot what is known of its value.
      is_free: tells whether a step is a call of a kernel and nothing else.
      kept: slots that are read after the last step: those of the fetches.
    """
    return _Search(steps, specs, is_free, kept).groups()


class _Search:
    """Walks through the steps once, and puts each into a group or leaves it by itself.

    Groups and single steps are units.  A step may join a group only if all that it reads is there
    when the group runs, that is, was made by the group itself or by units before it.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        specs: Mapping[int, TensorSpec],
        is_free: Callable[[Step], bool],
        kept: frozenset[int],
    ) -> None:
        self._steps = steps
        self._specs = specs
        self._kept = kept
        self._splitter = Splitter(specs)
        self._views = self._splitter.views
        self._viewed: dict[int, int] = {}  # for each step that only makes views what it reads
        self._parts: list[list[Part]] = []
        for position, step in enumerate(steps):
            is_plain = is_free(step)
            if is_plain and self._see_through(step):
                self._viewed[position] = step.inputs[step.op.viewed or 0]
            found = is_plain and position not in self._viewed
            self._parts.append(self._splitter.parts(step) if found else [])
        self._reads = self._count_reads()
        self._units = 0
        self._unit_of: dict[int, int] = {}  # for each slot the unit that makes it
        self._groups: dict[int, Group] = {}  # by unit

    def groups(self) -> list[Group]:
        for position, step in enumerate(self._steps):
            if self._parts[position]:
                self._place(position, self._parts[position])
            elif position not in self._viewed:
                for slot in (*step.outputs, *step.updated):
                    self._unit_of[slot] = self._units
                self._units += 1
        groups = [group for group in self._groups.values() if _pays(group)]
        self._complete(groups)
        return groups

    def _memory(self, slot: int) -> int:
        view = self._views.get(slot)
        return slot if view is None else view.memory

    def _see_through(self, step: Step) -> bool:
        """Let readers of a step's outputs read the input, if the outputs are parts of it."""
        if is_view(step, self._specs):
            form = self._splitter.form(step.outputs[0])
            assert form is not None
            found = {step.outputs[0]: whole(step.inputs[0], form.elements)}
        else:
            found = parts_of_input(step, self._specs)
        views: dict[int, View] = {}
        for slot, view in found.items():
            outer, form = self._views.get(view.memory), self._splitter.form(slot)
            inner = view if outer is None else view.of(outer)
            if inner is None or form is None or inner.boundary(form.shape) is None:
                return False
            views[slot] = inner
        self._views.update(views)
        return bool(views)

    def _count_reads(self) -> Counter[int]:
        """How many parts and other steps read each slot's memory; fetches count as one."""
        reads = Counter(self._memory(slot) for slot in self._kept)
        for position, step in enumerate(self._steps):
            for part in self._parts[position]:
                reads.update({self._memory(slot) for slot in part.inputs})
                if part.output in self._views:
                    reads[part.output] += 1
            if not self._parts[position] and position not in self._viewed:
                reads.update({self._memory(slot) for slot in step.inputs})
        return reads

    # -- which group, and which nest --------------------------------------------------------------

    def _place(self, position: int, parts: Sequence[Part]) -> None:
        """Let a step join a group, or open a new one."""
        unit = self._unit_for(parts)
        if unit is None:
            unit = self._units
            self._units += 1
            self._groups[unit] = Group(position)
        group = self._groups[unit]
        group.positions.append(position)
        for part in parts:
            self._nest_for(group, part).parts.append(part)
            self._unit_of[part.output] = self._unit_of[self._memory(part.output)] = unit

    def _unit_for(self, parts: Sequence[Part]) -> int | None:
        """The group that parts join: the last one, or one that makes what they read."""
        made = {part.output for part in parts}
        read = {self._memory(slot) for part in parts for slot in part.inputs} - made
        bound = max((self._unit_of.get(slot, -1) for slot in read), default=-1)
        last = next(reversed(self._groups), -1)
        candidates = [last] if last >= bound else []
        if sum(part.form.elements for part in parts) <= _FEW:
            candidates.append(bound)
        for unit in candidates:
            group = self._groups.get(unit)
            if group is not None and self._has_room([*group.parts(), *parts]):
                return unit
        return None

    def _has_room(self, parts: Sequence[Part]) -> bool:
        """Whether one function may have so many parts."""
        return len(parts) <= MAX_PARTS and self._count_arrays(parts) <= MAX_ARGUMENTS

    def _count_arrays(self, parts: Sequence[Part]) -> int:
        """How many arrays parts read that they do not make, and make for others."""
        inside = Counter(
            slot for part in parts for slot in {self._memory(slot) for slot in part.inputs}
        )
        made = {part.output for part in parts}
        written = [slot for slot in made if self._reads[slot] > inside[slot]]
        return len(inside.keys() - made) + len(written)

    def _nest_for(self, group: Group, part: Part) -> Nest:
        """The first nest that a part may belong to, or a new one."""
        first = 0
        for slot in part.inputs:
            for number, nest in enumerate(group.nests):
                if any(self._memory(slot) == self._memory(other.output) for other in nest.parts):
                    first = max(first, number + (not self._is_at_hand(slot, nest, part)))
        for nest in group.nests[first:]:
            if self._fits(nest, part):
                return nest
        group.nests.append(Nest(part.shape))
        return group.nests[-1]

    def _is_at_hand(self, slot: int, nest: Nest, part: Part) -> bool:
        """Whether what a part needs of a result is the element that a nest has just made."""
        form = self._splitter.form(slot)
        is_element = form is not None and form.shape == nest.shape == part.shape
        return is_element and self._memory(slot) in nest.made()

    def _fits(self, nest: Nest, part: Part) -> bool:
        """Whether a part goes over the nest's shape, and there are not too many arrays."""
        if nest.shape != part.shape:
            return False
        parts = [*nest.parts, part]
        # Functions in short rows are computed for several rows at once, which sums of each are not.
        if any(other.functions for other in parts) and any(map(_sums_short_rows, parts)):
            return False
        return self._count_arrays(parts) <= MAX_ARRAYS

    # -- what groups read and write ---------------------------------------------------------------

    def _complete(self, groups: Sequence[Group]) -> None:
        """Find what each group reads and writes, and which changes of shape nobody needs."""
        for group in groups:
            self._find_inputs(group)
        members = {position for group in groups for position in group.positions}
        needed = {*self._kept, *(slot for group in groups for slot in group.inputs)}
        for position, step in enumerate(self._steps):
            if position not in members and position not in self._viewed:
                needed.update(step.inputs)
        user = {self._memory(p.output): group for group in groups for p in group.parts()}
        user.update((slot, group) for group in groups for slot in group.views)
        for position, slot in reversed(self._viewed.items()):
            outputs = self._steps[position].outputs
            # Also without a reader: its shape was all that was asked for.
            candidates = [user.get(name) for name in (*outputs, self._memory(slot))]
            owner = next((group for group in candidates if group is not None), None)
            if owner is None or not needed.isdisjoint(outputs):
                needed.add(slot)
            else:
                owner.positions.append(position)
                user.setdefault(slot, owner)
        for group in groups:
            self._find_outputs(group, needed)

    def _find_inputs(self, group: Group) -> None:
        made = {self._memory(part.output) for part in group.parts()}
        inputs = dict.fromkeys(self._memory(slot) for part in group.parts() for slot in part.inputs)
        group.inputs = [slot for slot in inputs if slot not in made]
        used = {slot for part in group.parts() for slot in (*part.inputs, part.output)}
        group.views = {slot: self._views[slot] for slot in used if slot in self._views}
        for slot in used | {self._memory(slot) for slot in used}:
            form = self._splitter.form(slot)
            assert form is not None
            group.forms[slot] = form

    def _find_outputs(self, group: Group, needed: set[int]) -> None:
        later: set[int] = set()
        for nest in group.nests:
            made = nest.made()
            for part in nest.parts:
                later |= {self._memory(slot) for slot in part.inputs} - made
        written = dict.fromkeys(self._memory(part.output) for part in group.parts())
        group.outputs = [slot for slot in written if slot in needed or slot in later]
        group.private = set(group.outputs) - needed


def _sums_short_rows(part: Part) -> bool:
    """Whether a part reduces along a last axis of a few elements only."""
    shape, reduction = part.shape, part.reduction
    if reduction is None or len(shape) - 1 not in reduction.axes or shape[-1] >= SHORT_ROW:
        return False
    return len(reduction.axes) < len(shape)


def _pays(group: Group) -> bool:
    """Whether one call of a compiled function is worth more than the kernels of the steps."""
    parts = [part for part in group.parts() if not part.is_copy]
    is_sum = bool(parts) and parts[0].reduction is not None
    if len(parts) == 1 and is_sum:
        return math.prod(parts[0].shape) >= _WORTH_COMPILING
    return bool(parts) and len(group.parts()) > 1


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
