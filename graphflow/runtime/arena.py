"""Which results of a run on one thread share one stretch of memory, and where they are in it.

What may be in the arena is decided with care, for it is overwritten by later steps: a result that

- is not fetched and no value of a variable,
- has a shape that the feeds' shapes determine,
- is read by kernels only that neither keep it nor return a part of it (`Op.makes_new`, or `out=`).

A result that is another one's elements in another shape is a second array on the same memory, and
takes no step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.memory import ALIGNMENT, Form, Layout, Life, form_of, lay_out
from graphflow.compiler.parts import is_view
from graphflow.compiler.plan import NO_SLOT, Plan
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec
from graphflow.runtime.units import Unit, is_checked, is_plain


@dataclass
class _Result:
    """A result with a place in the arena, or another array on such a place.

    Attributes:
      slot: its slot in the plan.
      form: its shape and dtype.
      position: in the program, of the step that makes it.
      owner: the result whose memory it is; itself if it has its own.
      last: position of the last step that reads it, or an array on its memory.
    """

    slot: int
    form: Form
    position: int
    owner: _Result | None = None
    last: int = -1

    @property
    def name(self) -> str:
        """The name of its array in the function."""
        return f"b{self.slot}" if self.slot >= 0 else f"h{-self.slot}"


class ArenaPlan:
    """Which slots of a variant are in an arena, and where.

    Args:
      plan: the plan.
      units: what is executed, in order.
      specs: for each slot what is known of its value.
      checked: for each step of the plan, whether its inputs are checked at every run.
    """

    def __init__(
        self,
        plan: Plan,
        units: Sequence[Unit],
        specs: Mapping[int, TensorSpec],
        checked: Sequence[bool],
    ) -> None:
        self._checked = checked
        self._specs = specs
        self._readers: dict[int, list[int]] = {}
        self._units = units
        for position, unit in enumerate(units):
            for slot in set(unit.inputs):
                self._readers.setdefault(slot, []).append(position)
        self._outside = set(plan.fetches)
        self._inner = {
            slot: form
            for unit in units
            if unit.fused is not None
            for slot, form in unit.fused.group.forms.items()
            if slot < NO_SLOT
        }
        self.results: dict[int, _Result] = {}
        self.skipped: set[int] = set()
        if "arena" in plan.switches:
            self._find_results()
        self.layout = self._lay_out()

    def form(self, slot: int) -> Form | None:
        """Shape and dtype of a slot's value, None if they depend on data or it is no number."""
        return self._inner.get(slot) or form_of(self._specs.get(slot))

    def _find_results(self) -> None:
        for position, unit in enumerate(self._units):
            for slot in unit.outputs:
                form = self.form(slot) if slot != NO_SLOT else None
                if form is None or not self._may_be_overwritten(slot):
                    continue
                viewed = self._viewed(unit)
                if viewed is not None:
                    owner = viewed.owner or viewed
                    self.results[slot] = _Result(slot, form, position, owner)
                    self.skipped.add(position)
                elif self._writes_into_arrays(unit) and form.size:
                    owner = self.results[slot] = _Result(slot, form, position)
                else:
                    continue
                owner.last = max(owner.last, position, *self._readers.get(slot, [position]))

    def _viewed(self, unit: Unit) -> _Result | None:
        """The result that a change of shape is one more array on."""
        if unit.fused or unit.cluster or not is_view(unit.step, self._specs):
            return None
        return self.results.get(unit.inputs[0]) if is_plain(unit.step, self._checked) else None

    def _writes_into_arrays(self, unit: Unit) -> bool:
        """Whether it can write what it computes into given arrays."""
        if unit.fused is not None or unit.cluster is not None:
            return True
        is_single = unit.step.op.has_out and len(unit.outputs) == 1
        return is_single and is_plain(unit.step, self._checked)

    def _may_be_overwritten(self, slot: int) -> bool:
        """Whether nobody holds the value of a slot once its readers have run."""
        if slot in self._outside:
            return False
        return all(
            self._lets_go(self._units[position], slot) for position in self._readers.get(slot, ())
        )

    def _lets_go(self, unit: Unit, slot: int) -> bool:
        """Whether a unit neither keeps the value of a slot nor hands on a part of it."""
        if unit.fused is not None or unit.cluster is not None:
            return True
        step, op = unit.step, unit.step.op
        if step.updates:
            update = step.operation.op
            is_simple = not (update.needs_context or update.runs_bodies)
            return update.has_out and is_simple and not is_checked(step, self._checked)
        if not is_plain(step, self._checked):
            return False
        if is_view(step, self._specs):
            out = step.outputs[0]
            form = self.form(out)
            is_data = slot == step.inputs[0] and slot not in step.inputs[1:]
            return out != NO_SLOT and form is not None and is_data and self._may_be_overwritten(out)
        if op.makes_new:
            return True
        # Given an array for the result, such a kernel cannot return a part of an input.
        return op.has_out and len(step.outputs) == 1 and self.form(step.outputs[0]) is not None

    def _lay_out(self) -> Layout:
        owners = [result for result in self.results.values() if result.owner is None]
        number = {result.slot: index for index, result in enumerate(owners)}
        lives = []
        for result in owners:
            before = self._inplace_input(result)
            successor_of = number.get(before.slot) if before is not None else None
            lives.append(Life(result.form.size, result.position, result.last, successor_of))
        layout = lay_out(lives)
        self._offset = {
            result.slot: offset for result, offset in zip(owners, layout.offsets, strict=True)
        }
        return layout

    def _inplace_input(self, result: _Result) -> _Result | None:
        """The result whose memory this one may take over while it is computed."""
        unit = self._units[result.position]
        step, index = unit.step, unit.step.op.inplace
        if index is None or unit.fused or unit.cluster:
            return None
        slot = step.inputs[index]
        before = self.results.get(slot)
        if before is None or step.inputs.count(slot) != 1 or before.form != result.form:
            return None
        owner = before.owner or before
        shares = any(
            (other.owner or other) is owner
            for position, name in enumerate(step.inputs)
            if position != index and (other := self.results.get(name)) is not None
        )
        return None if shares else owner

    def new_arena(self) -> list[Array]:
        """Return an array for each result, on fresh memory."""
        memory = np.empty(self.layout.size + ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % ALIGNMENT
        arrays = []
        for result in self.results.values():
            form = result.form
            offset = start + self._offset[(result.owner or result).slot]
            array = memory[offset : offset + form.size].view(form.dtype).reshape(form.shape)
            arrays.append(array)
        return arrays
