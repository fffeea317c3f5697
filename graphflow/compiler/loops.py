"""The text of the functions that compute a group, one nest of loops after the other.

They are functions for numba.  Sizes are arguments, so that one text serves all batch sizes; what is
fixed is how many axes there are, and along which of them each array varies.

A nest over much memory is a function of its own, which computes one of several chunks of the first
axis: those of a run may be shared out among threads.  How many there are depends on the sizes
alone, so that sums have the same bits for any number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.expressions import module_of
from graphflow.compiler.fusion import Group, Nest
from graphflow.compiler.loop_arrays import Partial
from graphflow.compiler.nests import MAX_CHUNKS, NestWriter, indented
from graphflow.compiler.row_tiles import Tiles, arrange
from graphflow.compiler.short_rows import ShortRowWriter


@dataclass(frozen=True)
class Call:
    """A function of a loop's source, and what to call it with.

    Its first argument are the sizes, an int64 array; if there are several chunks, the number of
    this one and how many there are come next; then come the arrays, and memory for partial sums.

    Attributes:
      name: of the function.
      sizes: of the axes.
      chunks: how often it is called; 1 if it computes all at once.
      arrays: the slots whose arrays it takes.
      partials: what else it takes.
      examples: arguments of the types that it is called with.
    """

    name: str
    sizes: tuple[int, ...]
    chunks: int
    arrays: tuple[int, ...]
    partials: tuple[Partial, ...]
    examples: tuple[Any, ...]


@dataclass(frozen=True)
class Loop:
    """The functions for a group.

    Attributes:
      source: the text of a module.
      calls: in order.
      scratch: those of the group's outputs for which no arrays are needed.
    """

    source: str
    calls: tuple[Call, ...]
    scratch: frozenset[int]


def write_loop(group: Group) -> Loop:
    """Write the functions for a group.

    Args:
      group: the group.
    """
    names = _short_names(group)
    writers = [_writer(number, loops, group, names) for number, loops in enumerate(group.nests)]
    functions = [_Function("run0", group, names)]
    scratch: set[int] = set()
    for item in arrange(group, [writer.chunks for writer in writers], MAX_CHUNKS):
        if isinstance(item, Tiles):
            run = [
                _writer(number, group.nests[number], group, names, item) for number in item.numbers
            ]
            functions.append(_Function(f"run{len(functions)}", group, names))
            functions[-1].add_tiles(run, item)
            functions.append(_Function(f"run{len(functions)}", group, names))
            scratch |= item.scratch
        elif writers[item].chunks == 1:
            functions[-1].add(writers[item])
        else:
            for take in (_Function.add_chunk, _Function.add_rest):
                functions.append(_Function(f"run{len(functions)}", group, names))
                take(functions[-1], writers[item])
    functions = [function for function in functions if not function.is_empty]
    source = module_of(*["\n".join(function.lines()) for function in functions])
    return Loop(source, tuple(function.call() for function in functions), frozenset(scratch))


def _writer(
    number: int, loops: Nest, group: Group, names: Mapping[int, int], tiles: Tiles | None = None
) -> NestWriter:
    """What writes the lines for a nest."""
    writer = ShortRowWriter(number, loops, group, names, tiles)
    return writer if writer.pays else NestWriter(number, loops, group, names, tiles)


def _short_names(group: Group) -> dict[int, int]:
    """Number the slots as they come, so that equal groups of different plans have equal texts."""
    slots: list[int] = []
    for part in group.parts():
        slots += [slot for read in part.inputs for slot in (read, group.memory(read))]
        slots += [part.output, group.memory(part.output)]
    return {slot: index for index, slot in enumerate(dict.fromkeys(slots))}


class _Function:
    """A function made of the lines of some nests, or of a chunk of one.

    Args:
      name: of the function.
      group: the group.
      names: a number for each slot.
    """

    def __init__(self, name: str, group: Group, names: Mapping[int, int]) -> None:
        self._name = name
        self._group = group
        self._names = names
        self._body: list[str] = []
        self._sizes: dict[str, int] = {}
        self._arrays: dict[int, None] = {}
        self._partials: dict[str, Partial] = {}
        self._chunks = 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self._body

    def add(self, writer: NestWriter) -> None:
        """Let it compute a nest."""
        self._take(writer, [*writer.arrays, *writer.results])
        self._body += [*writer.lines(), *writer.last_lines()]

    def add_chunk(self, writer: NestWriter) -> None:
        """Let it compute one chunk of a nest."""
        self._chunks = writer.chunks
        self._take(writer, writer.arrays)
        self._body += writer.lines()

    def add_tiles(self, writers: Sequence[NestWriter], tiles: Tiles) -> None:
        """Let it compute one chunk of several nests, a few rows after the other."""
        self._chunks = tiles.chunks
        for writer in writers:
            self._take(writer, writer.arrays)
        self._sizes["rows"], self._sizes["step"] = tiles.rows, tiles.step
        lines = ["first = chunk * rows // chunks", "stop = (chunk + 1) * rows // chunks"]
        for slot in sorted(tiles.scratch, key=lambda slot: self._names[slot]):
            form, name = self._group.forms[slot], self._names[slot]
            self._sizes[f"w{name}"] = form.elements // tiles.rows
            dtype = "bool_" if form.dtype.kind == "b" else form.dtype.name
            lines.append(f"x{name} = np.empty(step * w{name}, np.{dtype})")
        lines.append("for tile in range(first, stop, step):")
        inner = [line for writer in writers for line in writer.lines()]
        self._body += [*(f"    {line}" for line in lines), *indented(inner)]

    def add_rest(self, writer: NestWriter) -> None:
        """Let it put together what the chunks of a nest have made."""
        lines = writer.last_lines()
        if lines:
            self._take(writer, writer.results)
            self._body += lines

    def _take(self, writer: NestWriter, arrays: Sequence[int]) -> None:
        self._sizes.update(writer.sizes)
        self._arrays.update(dict.fromkeys(arrays))
        self._partials.update((partial.name, partial) for partial in writer.partials)

    def lines(self) -> list[str]:
        """The function, line by line."""
        chunk = ["chunk", "chunks"] if self._chunks > 1 else []
        arrays = [f"x{self._names[slot]}" for slot in self._arrays]
        arguments = ["sizes", *chunk, *arrays, *self._partials]
        sizes = [f"    {name} = sizes[{index}]" for index, name in enumerate(self._sizes)]
        return [f"def {self._name}({', '.join(arguments)}):", *sizes, *self._body]

    def call(self) -> Call:
        """What to call it with."""
        forms = [self._group.forms[slot] for slot in self._arrays]
        partials = tuple(self._partials.values())
        examples = [
            np.ones(1, np.int64),
            *((0, self._chunks) if self._chunks > 1 else ()),
            *(np.empty((1,) * len(form.shape), form.dtype) for form in forms),
            *(np.empty((1, 1), partial.dtype) for partial in partials),
        ]
        return Call(
            self._name,
            tuple(self._sizes.values()),
            self._chunks,
            tuple(self._arrays),
            partials,
            tuple(examples),
        )
