"""Nests that treat each index of the first axis apart, such as the rows of a softmax.

What one of them makes of some rows may be read by the next one while it is still in the cache.  So
such nests are computed for a few rows after each other, and results that nobody else reads exist
for these rows only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graphflow.compiler.fusion import Group, Nest
from graphflow.compiler.parts import Part

# The elements of a tile, in the array with the longest rows.
_TILE = 16384


@dataclass(frozen=True)
class Tiles:
    """How some nests are computed for a few rows after each other.

    Attributes:
      numbers: of the nests in the group.
      rows: how many there are.
      step: how many are computed at once.
      chunks: into how many all rows are split.
      scratch: slots whose values exist for so many rows only.
    """

    numbers: tuple[int, ...]
    rows: int
    step: int
    chunks: int
    scratch: frozenset[int]


def arrange(group: Group, chunks: Sequence[int], limit: int) -> list[int | Tiles]:
    """Return the nests of a group in the order in which they are computed.

    Those that may be computed for a few rows after each other come together; what they do not read
    may come later, and what does not read them earlier.

    Args:
      group: the group.
      chunks: for each nest into how many chunks it would be split.
      limit: how many chunks there are at most.
    """
    return _Arranger(group, chunks, limit).arranged()


class _Arranger:
    def __init__(self, group: Group, chunks: Sequence[int], limit: int) -> None:
        self._group = group
        self._limit = limit
        self._chunks = chunks
        self._done: list[int | Tiles] = []
        self._run: list[int] = []
        self._later: list[int] = []  # what reads results of the run, but is no part of it

    def arranged(self) -> list[int | Tiles]:
        for number, nest in enumerate(self._group.nests):
            if self._run and self._may_join(nest):
                self._run.append(number)
            elif self._run and not self._reads(nest, [*self._run, *self._later]):
                self._done.append(number)
            elif self._run and not self._may_begin(nest):
                self._later.append(number)
            else:
                self._finish()
                (self._run if self._may_begin(nest) else self._done).append(number)
        self._finish()
        return self._done

    def _finish(self) -> None:
        if len(self._run) > 1 and self._count_chunks() > 1:
            self._done.append(_tiles(self._run, self._group, self._count_chunks()))
        else:
            self._done += self._run
        self._done += self._later
        self._run, self._later = [], []

    def _count_chunks(self) -> int:
        """Into how many chunks the rows of the run are split: as many as take long enough."""
        rows = self._group.nests[self._run[0]].shape[0]
        return min(rows, self._limit, sum(c for n in self._run if (c := self._chunks[n]) > 1))

    def _may_begin(self, nest: Nest) -> bool:
        return math.prod(nest.shape) >= 2 * _TILE and _treats_rows_apart(nest, self._group)

    def _may_join(self, nest: Nest) -> bool:
        """Whether a nest reads of the results of the run the rows at hand only."""
        rows = self._group.nests[self._run[0]].shape[0]
        if nest.shape[:1] != (rows,) or not _treats_rows_apart(nest, self._group):
            return False
        shapes = [self._group.forms[slot].shape for slot in self._reads(nest, self._run)]
        is_same = all(len(s) == len(nest.shape) and s[0] == rows for s in shapes)
        return is_same and not self._reads(nest, self._later)

    def _reads(self, nest: Nest, numbers: Sequence[int]) -> set[int]:
        """The slots that a nest reads of what others make."""
        group = self._group
        made = {group.memory(p.output) for number in numbers for p in group.nests[number].parts}
        return {s for part in nest.parts for s in part.inputs if group.memory(s) in made}


def _treats_rows_apart(nest: Nest, group: Group) -> bool:
    """Whether each index of the first axis is computed without the others."""
    if not nest.shape or nest.shape[0] < 2:
        return False
    slots = {slot for part in nest.parts for slot in (*part.inputs, part.output)}
    views = [group.views[slot] for slot in slots if slot in group.views]
    if any(not v.is_whole or v.width != group.forms[v.memory].elements for v in views):
        return False
    return all(_keeps_rows(part) for part in nest.parts)


def _keeps_rows(part: Part) -> bool:
    """Whether a part reduces along nothing but its last axes, and not along all."""
    if part.reduction is None:
        return True
    kept = part.kept
    first = min(part.reduction.axes, default=len(kept))
    return first > 0 and all(size == 1 for size in kept[first:])


def _tiles(run: Sequence[int], group: Group, chunks: int) -> Tiles:
    rows = group.nests[run[0]].shape[0]
    longest = max(math.prod(group.nests[number].shape[1:]) for number in run)
    made = {part.output for number in run for part in group.nests[number].parts}
    elsewhere = {
        group.memory(slot)
        for number, nest in enumerate(group.nests)
        if number not in run
        for part in nest.parts
        for slot in part.inputs
    }
    scratch = (made & group.private) - elsewhere
    step = max(1, _TILE // longest)
    return Tiles(tuple(run), rows, step, chunks, frozenset(scratch))
