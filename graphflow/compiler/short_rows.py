"""Nests whose last axis is shorter than the vectors of the processor: several rows at once.

A loop over six channels is no vector code.  So the last two axes become one here: arrays that have
both are walked through row after row without a break, and those that have only one of the two are
spread over a block of rows first.
"""

from __future__ import annotations

from graphflow.compiler.loop_arrays import LoopArray
from graphflow.compiler.loop_sums import LoopSum
from graphflow.compiler.nests import NestWriter, indented
from graphflow.compiler.parts import SHORT_ROW

# The elements of a block.
_BLOCK = 256


class ShortRowWriter(NestWriter):
    """Writes the lines for a nest with short rows.

    In these, `e3_0` is an array of a block's elements: what was spread, or sums for each place.
    """

    @property
    def pays(self) -> bool:
        """Whether the nest has short rows, and is quicker with several at once."""
        if self._depth < 2 or self._axes[-1][1] >= SHORT_ROW:
            return False
        if any(array.view is not None for array in self._open_arrays()):
            return False
        # Sums of each row, and numbers for each, take longer to collect than vectors would save.
        has_row_sums = any(s.first >= self._depth - 1 and s.has_total for s in self._sums)
        has_numbers = any(self._has(array) == (True, False) for array in self._reads.values())
        return not has_row_sums and (self._has_functions or not has_numbers)

    @property
    def _row(self) -> int:
        """The axis of the rows."""
        return self._depth - 2

    def _has(self, array: LoopArray) -> tuple[bool, bool]:
        """Whether an array varies from row to row, and within a row."""
        return array.varies[-2], array.varies[-1]

    def _spread(self, array: LoopArray) -> str:
        """The name of the array with the elements of a block."""
        return f"e{array.name[1:]}"

    def _shape(self, axes: list[int]) -> str:  # type: ignore[override]
        outer = [axis for axis in axes if axis < self._row]
        names = [self._axes[axis][0] for axis in outer]
        inner = [self._axes[axis][0] for axis in axes if axis >= self._row]
        return ", ".join([*names, *([" * ".join(inner)] if inner else [])]) or "1"

    def _with_axes(self, given: str, array: LoopArray) -> str:
        if self._row > 0 or not self._is_split(array):
            return super()._with_axes(given, array)
        q, width = self._number, self._axes[-1][0]
        factor = f" * {width}" if array.varies[-1] else ""
        if array.is_scratch:
            return f"{given}[0 : m{q}{factor}]"
        shape = self._shape(array.axes(0, self._depth))
        return f"{given}.reshape({shape})[lo{q}{factor} : hi{q}{factor}]"

    def _loop(self, axis: int) -> list[str]:
        if axis != self._row:
            return super()._loop(axis)
        sums = [s for s in self._sums if s.first <= axis and s.first == axis]
        lines = [line for s in sums for line in s.beginnings()]
        lines += self._blocks_of_rows()
        for s in sums:
            lines += [*s.endings(), self._store_total(s)]
        return lines

    def _blocks_of_rows(self) -> list[str]:
        rows, width = self._size(self._row), self._axes[-1][0]
        columns = self._column_sums()
        in_parts = [
            s
            for s in self._sums
            if self._in_blocks and s.first <= self._row and s.kind == "sum" and s.is_float
        ]
        lines = [f"g = max(1, {_BLOCK} // {width})"]
        lines += [line for array in self._reads.values() for line in self._spread_vector(array)]
        for s in columns:
            name = self._spread(self._totals[s.part.output])
            lines.append(f"{name} = np.full(g * {width}, {s.start})")
        block = [f"m = min(g, {rows} - k)"]
        block += [line for array in self._open_arrays() for line in self._slice(array)]
        block += [line for array in self._reads.values() for line in self._spread_numbers(array)]
        block += [f"p{s.name} = np.{s.part.form.dtype.name}(0)" for s in in_parts]
        loads = [
            f"v{self._names[slot]} = {self._in_row(array)}"
            for slot, array in self._reads.items()
            if any(self._has(array))
        ]
        block += [f"for j in range(m * {width}):", *indented([*loads, *self._body()])]
        block += [f"r{s.name} = r{s.name} + np.float64(p{s.name})" for s in in_parts]
        lines += [f"for k in range(0, {rows}, g):", *indented(block)]
        for s in columns:
            array = self._totals[s.part.output]
            target, value = f"{array.row(self._row)}[i]", f"{self._spread(array)}[j * {width} + i]"
            lines += [
                "for j in range(g):",
                f"    for i in range({width}):",
                f"        {target} = {s.joined(target, value)}",
            ]
        return lines

    def _column_sums(self) -> list[LoopSum]:
        """The sums for each place in a row."""
        arrays = {s.part.output: self._totals[s.part.output] for s in self._sums}
        return [s for s in self._sums if self._has(arrays[s.part.output]) == (False, True)]

    def _spread_vector(self, array: LoopArray) -> list[str]:
        """Repeat what is the same in all rows."""
        width, has = self._axes[-1][0], self._has(array)
        if not any(has):
            return []
        source, name = array.row(self._row), self._spread(array)
        if has == (True, True):
            return []
        lines = [f"{name} = np.empty(g * {width}, {source}.dtype)"]
        if has == (False, True):
            lines += [
                "for j in range(g):",
                f"    for i in range({width}):",
                f"        {name}[j * {width} + i] = {source}[i]",
            ]
        return lines

    def _spread_numbers(self, array: LoopArray) -> list[str]:
        """Repeat, for each row of a block, what is the same within it."""
        if self._has(array) != (True, False):
            return []
        width = self._axes[-1][0]
        return [
            "for j in range(m):",
            f"    v = {array.row(self._row)}[k + j]",
            f"    for i in range({width}):",
            f"        {self._spread(array)}[j * {width} + i] = v",
        ]

    def _slice(self, array: LoopArray) -> list[str]:
        """Take the block's part of an array that goes on from row to row."""
        if self._has(array) != (True, True):
            return []
        width, name = self._axes[-1][0], array.row(self._row)
        return [f"{name}k = {name}[k * {width} : (k + m) * {width}]"]

    def _in_row(self, array: LoopArray) -> str:
        if self._has(array) == (True, True):
            return f"{array.row(self._row)}k[j]"
        return f"{self._spread(array)}[j]"

    def _innermost(self, array: LoopArray) -> str:
        return self._in_row(array)
