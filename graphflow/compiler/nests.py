"""The lines of one nest of loops: see loops.py for the functions around them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from graphflow.compiler.expressions import typed
from graphflow.compiler.fusion import Group, Nest
from graphflow.compiler.loop_arrays import LoopArray, Partial, find_loops
from graphflow.compiler.loop_sums import LoopSum
from graphflow.compiler.parts import Part, Shape, element
from graphflow.compiler.row_tiles import Tiles

# What a chunk takes at least, in nanoseconds, and how many there are at most.
CHUNK_NS = 40_000
MAX_CHUNKS = 16
# A guess of what an element costs, in nanoseconds.
_NS_ARRAY, _NS_PART, _NS_FUNCTION = 0.1, 0.03, 0.3
# So many numbers are added up before their sum is added to those of the others.
_BLOCK = 512


class NestWriter:
    """Writes the lines for one nest.

    In these, `x3` is an array as it is given, `a3_0` the array with the axes that it varies along
    in nest 0, `a3_0i01` its part for given indices of the axes 0 and 1, and `v3` one element.  Of a
    reduction, `w3` is an element, `r3` what there is so far, `p3` that of a block, `b3` whether
    there was a NaN, and `t3` an array of sums for each chunk.

    Args:
      number: of the nest.
      loops: the nest.
      group: the group.
      names: a number for each slot.
      tiles: how it is computed for a few rows after the other, None for all at once.

    Attributes:
      chunks: into how many the first axis is split.
      sizes: names and values of the sizes of the axes.
      arrays: the slots whose arrays the loops read or write.
      results: those of the reductions that are not complete after the loops.
      partials: memory for these, if there are chunks.
    """

    def __init__(
        self,
        number: int,
        loops: Nest,
        group: Group,
        names: Mapping[int, int],
        tiles: Tiles | None = None,
    ) -> None:
        self._number = number
        self._tiles = tiles
        self._group = group
        self._names = names
        self._made = loops.made()
        is_written = {p.output for p in loops.parts if group.memory(p.output) in group.outputs}
        self._parts = [p for p in loops.parts if p.reduction is None or p.output in is_written]
        sums = [part for part in self._parts if part.reduction is not None]
        reads = self._memory_reads()
        writes = [p.output for p in self._parts if p.reduction is None and p.output in is_written]
        shapes = [*(group.forms[slot].shape for slot in reads), *[loops.shape] * len(writes)]
        boundaries = self._boundaries([*reads, *writes], loops.shape)
        breaks = frozenset(boundaries.values() if tiles is None else (1,))
        found = find_loops(loops.shape, [*shapes, *(part.kept for part in sums)], breaks)
        self._depth = len(found.sizes)
        self._axes = [(f"n{number}_{axis}", size) for axis, size in enumerate(found.sizes)]
        self._boundary_of = {
            slot: sum(start < axis for start in found.starts) for slot, axis in boundaries.items()
        }
        self.chunks = tiles.chunks if tiles else self._count_chunks(loops.shape, len(shapes))
        self._sums = [
            LoopSum(part, names[part.output], kept, self.chunks == 1)
            for part, kept in zip(sums, found.varies[len(shapes) :], strict=True)
        ]
        self._reads = {
            slot: self._array("a", slot, v) for slot, v in zip(reads, found.varies, strict=False)
        }
        self._writes = {
            slot: self._array("a", slot, v)
            for slot, v in zip(writes, found.varies[len(reads) :], strict=False)
        }
        self._totals = {
            s.part.output: self._array("a" if s.is_direct else "t", s.part.output, s.kept)
            for s in self._sums
        }
        direct = [s.part.output for s in self._sums if s.is_direct]
        memories = [group.memory(slot) for slot in reads]
        written = [group.memory(slot) for slot in writes]
        scratch = tiles.scratch if tiles else ()
        arrays = dict.fromkeys([*memories, *written, *direct])
        self.arrays = [slot for slot in arrays if slot not in scratch]
        self.results = [s.part.output for s in self._sums if not s.is_direct]
        self.partials = [
            Partial(f"t{s.name}", (self.chunks, s.part.form.elements), np.dtype(s.dtype))
            for s in self._sums
            if not s.is_direct and self.chunks > 1
        ]
        self._in_blocks = self._adds_in_blocks()
        self.sizes = [*self._axes, *self._sizes_of_views()]

    def _boundaries(self, slots: Sequence[int], shape: Shape) -> dict[int, int]:
        """For parts of arrays, the axis of the nest's shape that is the first one of a row."""
        found = {}
        for slot in slots:
            view = self._group.views.get(slot)
            if view is not None and not view.is_whole:
                own = self._group.forms[slot].shape
                axis = view.boundary(own)
                assert axis is not None
                found[slot] = len(shape) - len(own) + axis
        return found

    def _array(self, letter: str, slot: int, varies: tuple[bool, ...]) -> LoopArray:
        view = self._group.views.get(slot)
        name = f"{letter}{self._names[slot]}_{self._number}"
        if view is not None and view.width * view.rows == self._group.forms[view.memory].elements:
            view = None
        memory = self._group.memory(slot)
        is_scratch = self._tiles is not None and memory in self._tiles.scratch
        return LoopArray(name, varies, view, self._boundary_of.get(slot, 0), is_scratch)

    def _sizes_of_views(self) -> list[tuple[str, int]]:
        """Names and values of what says where parts of arrays are."""
        sizes = []
        for array in self._open_arrays():
            if (view := array.view) is not None:
                name = array.name
                sizes += [(f"{name}_first", view.first), (f"{name}_rows", view.rows)]
                sizes += [(f"{name}_size", view.size)]
                sizes += [(f"{name}_start", view.start), (f"{name}_stop", view.stop)]
        return sizes

    def _memory_reads(self) -> list[int]:
        """The slots that it reads from memory."""
        slots = dict.fromkeys(slot for part in self._parts for slot in part.inputs)
        return [slot for slot in slots if self._group.memory(slot) not in self._made]

    def _count_chunks(self, shape: Shape, arrays: int) -> int:
        functions = sum(part.functions for part in self._parts)
        cost = arrays * _NS_ARRAY + len(self._parts) * _NS_PART + functions * _NS_FUNCTION
        chunks = int(math.prod(shape) * cost / CHUNK_NS)
        first = self._axes[0][1] if self._axes else 1
        return max(1, min(chunks, MAX_CHUNKS, first))

    @property
    def _has_functions(self) -> bool:
        """Whether it computes functions such as `exp32`, which take long but for vectors."""
        return any(part.functions for part in self._parts)

    def _adds_in_blocks(self) -> bool:
        """Whether the numbers of a block are added up in their own dtype.

        Sums of float32 in float64 need no blocks, but would halve the number of elements that the
        functions in a loop compute at once.
        """
        sums = [s for s in self._sums if s.first < self._depth and s.kind == "sum" and s.is_float]
        return any(self._has_functions or s.part.form.dtype.name == "float64" for s in sums)

    # -- the lines --------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The loops."""
        lines = self._chunk_lines()
        for s in self._sums:
            if not s.is_direct:
                lines += self._open_total(s)
        for array, slot in self._all_arrays():
            lines += self._opening(array, slot)
        lines += self._loads(-1, "")
        return [_indent(0) + line for line in [*lines, *self._loop(0)]]

    def last_lines(self) -> list[str]:
        """What puts the sums of chunks together, and writes the results."""
        lines: list[str] = []
        for s in self._sums:
            if s.is_direct:
                continue
            total, name = f"t{s.name}", s.name
            if self.chunks > 1:
                lines += [
                    f"for c in range(1, {total}.shape[0]):",
                    f"    for k in range({total}.shape[1]):",
                    f"        {total}[0, k] = {s.joined(f'{total}[0, k]', f'{total}[c, k]')}",
                ]
            lines += [
                f"y{name} = x{name}.reshape({total}.shape[1])",
                f"for k in range({total}.shape[1]):",
                f"    y{name}[k] = {s.result(f'{total}[0, k]', self._axes)}",
            ]
        return [_indent(0) + line for line in lines]

    def _chunk_lines(self) -> list[str]:
        """How much of the first axis the chunk has."""
        if self.chunks == 1:
            return []
        size = self._axes[0][0]
        q = self._number
        if self._tiles is not None:
            return [f"lo{q} = tile", f"hi{q} = min(tile + step, stop)", f"m{q} = hi{q} - lo{q}"]
        return [
            f"lo{q} = chunk * {size} // chunks",
            f"hi{q} = (chunk + 1) * {size} // chunks",
            f"m{q} = hi{q} - lo{q}",
        ]

    def _size(self, axis: int) -> str:
        """The size of an axis in the loops."""
        return f"m{self._number}" if axis == 0 and self.chunks > 1 else self._axes[axis][0]

    def _all_arrays(self) -> list[tuple[LoopArray, int]]:
        """The arrays with axes, each with the slot whose memory it is."""
        memories = [(array, self._group.memory(slot)) for slot, array in self._reads.items()]
        direct = [(self._totals[s.part.output], s.part.output) for s in self._sums if s.is_direct]
        written = [(array, self._group.memory(slot)) for slot, array in self._writes.items()]
        return [*memories, *written, *direct]

    def _opening(self, array: LoopArray, slot: int) -> list[str]:
        """Give an array the axes that it varies along."""
        return [f"{array.name} = {self._with_axes(f'x{self._names[slot]}', array)}"]

    def _with_axes(self, given: str, array: LoopArray) -> str:
        part = f"[lo{self._number} : hi{self._number}]" if self._is_split(array) else ""
        if array.view is None:
            axes = array.axes(0, self._depth)
            if array.is_scratch:
                inner = f", {self._shape(axes[1:])}" if len(axes) > 1 else ""
                return f"{given}.reshape(step{inner})[0 : m{self._number}]"
            return f"{given}.reshape({self._shape(axes)}){part}"
        name = array.name
        length = f"{name}_rows * {name}_size"
        rows = f"{given}.reshape({given}.size)[{name}_first : {name}_first + {length}]"
        outer = array.axes(0, array.boundary)
        if outer:
            return f"{rows}.reshape({self._shape(outer)}, {name}_size){part}"
        return f"{rows}{self._row_part(array)}{part}"

    def _shape(self, axes: Sequence[int]) -> str:
        return ", ".join(self._axes[axis][0] for axis in axes) or "1"

    def _row_part(self, array: LoopArray) -> str:
        """What takes the part of a row that a view consists of."""
        inner = array.axes(array.boundary, self._depth)
        shape = f".reshape({self._shape(inner)})" if len(inner) != 1 else ""
        return f"[{array.name}_start : {array.name}_stop]{shape}"

    def _is_split(self, array: LoopArray) -> bool:
        return self.chunks > 1 and array.varies[0]

    def _open_total(self, s: LoopSum) -> list[str]:
        """Make the array of sums, or take the chunk's part of one."""
        array = self._totals[s.part.output]
        if self.chunks > 1:
            given = f"t{s.name}[chunk]"
            lines = [f"{given}[:] = {s.start}"]
        else:
            kept = [name for (name, _), varies in zip(self._axes, s.kept, strict=True) if varies]
            given = f"t{s.name}[0]"
            lines = [f"t{s.name} = np.full((1, {' * '.join(kept) or '1'}), {s.start})"]
        return [*lines, f"{array.name} = {self._with_axes(given, array)}"]

    def _loop(self, axis: int) -> list[str]:
        """The loop over an axis with all that is in it, and what comes before and after."""
        sums = [s for s in self._sums if s.first == axis and s.has_total]
        lines = [line for s in sums for line in s.beginnings()]
        if axis == self._depth:
            lines += self._body()
        elif axis == self._depth - 1 and self._in_blocks:
            lines += self._blocks(axis)
        else:
            lines.append(f"for i{axis} in range({self._size(axis)}):")
            lines += indented([*self._rows(axis), *self._loads(axis, ""), *self._loop(axis + 1)])
        for s in sums:
            lines += [*s.endings(), self._store_total(s)]
        return lines

    def _blocks(self, axis: int) -> list[str]:
        """The innermost loop, in blocks."""
        size = self._size(axis)
        slices = [
            f"{array.row(axis)}k = {array.row(axis)}[k : k + m]"
            for array in self._open_arrays()
            if array.varies[axis]
        ]
        sums = [s for s in self._sums if s.kind == "sum" and s.is_float and s.first < self._depth]
        starts = [f"p{s.name} = np.{s.part.form.dtype.name}(0)" for s in sums]
        ends = [f"r{s.name} = r{s.name} + np.float64(p{s.name})" for s in sums]
        inner = [*self._loads(axis, "k"), *self._loop(axis + 1)]
        return [
            f"for k in range(0, {size}, {_BLOCK}):",
            *indented([f"m = min({_BLOCK}, {size} - k)", *slices, *starts]),
            *indented([f"for i{axis} in range(m):", *indented(inner), *ends]),
        ]

    def _open_arrays(self) -> list[LoopArray]:
        return [*self._reads.values(), *self._writes.values(), *self._totals.values()]

    def _rows(self, axis: int) -> list[str]:
        """Take the parts of arrays for an index of this axis."""
        lines = []
        for array in self._open_arrays():
            if array.varies[axis] and array.last > axis:
                outer = array.axes(0, array.boundary)
                is_last_outer = array.view is not None and outer[-1:] == [axis]
                part = self._row_part(array) if is_last_outer else ""
                lines.append(f"{array.row(axis + 1)} = {array.row(axis)}[i{axis}]{part}")
        return lines

    def _loads(self, axis: int, suffix: str) -> list[str]:
        """Read the elements of the arrays whose last axis is this one; -1 stands for none."""
        return [
            f"v{self._names[slot]} = {self._element(array, suffix)}"
            for slot, array in self._reads.items()
            if array.last == axis
        ]

    def _element(self, array: LoopArray, suffix: str = "") -> str:
        if array.last < 0:
            return f"{array.name}[0]"
        # A row of which one element belongs to the array has no axis of its own.
        is_column = array.view is not None and 0 <= array.last < array.boundary
        place = f", {array.name}_start" if is_column else ""
        return f"{array.row(array.last)}{suffix}[i{array.last}{place}]"

    def _innermost(self, array: LoopArray) -> str:
        """An element as the body sees it."""
        is_in_block = self._in_blocks and array.last == self._depth - 1 and array.last >= 0
        return self._element(array, "k" if is_in_block else "")

    def _body(self) -> list[str]:
        """Compute the elements, put them into sums, and write those of the outputs."""
        lines = []
        for part in self._parts:
            letter = "v" if part.reduction is None else "w"
            lines.append(f"{letter}{self._names[part.output]} = {self._typed(part)}")
        for s in self._sums:
            lines += self._additions(s)
        for slot, array in self._writes.items():
            lines.append(f"{self._innermost(array)} = v{self._names[slot]}")
        return lines

    def _additions(self, s: LoopSum) -> list[str]:
        """Put an element into a sum."""
        if s.has_total:
            return s.additions(self._in_blocks and s.first < self._depth)
        target = self._innermost(self._totals[s.part.output])
        return [f"{target} = {s.joined(target, f'w{s.name}')}"]

    def _store_total(self, s: LoopSum) -> str:
        """Write a sum over the last axes, or put it into the array of sums."""
        array = self._totals[s.part.output]
        is_in_block = self._in_blocks and s.first == self._depth
        target = self._innermost(array) if is_in_block else self._element(array)
        if s.is_direct:
            return f"{target} = {s.result(f'r{s.name}', self._axes)}"
        return f"{target} = {s.joined(target, f'r{s.name}')}"

    def _typed(self, part: Part) -> str:
        """The text of a part in the names of the loops, with the dtype of its result."""
        dtype = part.form.dtype.name
        operands = dtype
        if dtype == "bool" and part.inputs:
            operands = self._group.forms[part.inputs[0]].dtype.name
        names = {}
        for slot in part.inputs:
            memory = self._group.memory(slot)
            names[element(slot)] = f"v{self._names[memory if memory in self._made else slot]}"
        text = re.sub(r"\bv_?\d+\b", lambda match: names[match[0]], part.text)
        return typed(text, dtype, operands)


def _indent(depth: int) -> str:
    return "    " * (depth + 1)


def indented(lines: Sequence[str]) -> list[str]:
    """Lines one level further in.

    Args:
      lines: the lines.
    """
    return [f"    {line}" for line in lines]
