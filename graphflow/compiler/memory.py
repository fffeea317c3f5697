"""Which intermediate results may share memory: a scan over their lives, step by step."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphflow.core.spec import TensorSpec

# Where a block of an arena begins: cache lines, and the widest vectors.
ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class Form:
    """Shape and dtype of a result.

    Attributes:
      shape: its shape.
      dtype: its dtype.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def elements(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return self.elements * self.dtype.itemsize


def form_of(spec: TensorSpec | None) -> Form | None:
    """Return shape and dtype of a value, None if they depend on data or it is no number.

    Args:
      spec: what is known of the value.
    """
    shape = spec.shape.as_tuple() if spec is not None else None
    if spec is None or shape is None or None in shape:
        return None
    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    return Form(shape, dtype) if dtype.kind in "biufc" else None  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Life:
    """When a result is in use.

    Attributes:
      size: bytes.
      first: the step that writes it.
      last: the last step that reads it.
      successor_of: the number of an earlier result whose memory it may take over although the step
        that writes it still reads that; None for none.
    """

    size: int
    first: int
    last: int
    successor_of: int | None = None


@dataclass(slots=True)
class Layout:
    """Where results are in one stretch of memory.

    Attributes:
      offsets: for each result where it begins, in bytes.
      size: how many bytes there are.
    """

    offsets: list[int]
    size: int


@dataclass(slots=True)
class _Blocks:
    """Blocks of memory: each holds one result at a time, and is as large as its largest."""

    sizes: list[int] = field(default_factory=list)
    free: set[int] = field(default_factory=set)

    def take(self, size: int) -> int:
        """Return the free block that fits best; without one that is large enough, grow one."""
        fitting = [block for block in self.free if self.sizes[block] >= size]
        if fitting:
            chosen = min(fitting, key=lambda block: (self.sizes[block], block))
        elif self.free:
            chosen = max(self.free, key=lambda block: (self.sizes[block], block))
            self.sizes[chosen] = size
        else:
            self.sizes.append(size)
            return len(self.sizes) - 1
        self.free.discard(chosen)
        return chosen


def lay_out(lives: Sequence[Life]) -> Layout:
    """Find places for results so that those in use at the same time do not overlap.

    Args:
      lives: of each result, ordered by `first`.

    Returns:
      The layout.

    >>> lay_out([Life(60, 0, 1), Life(200, 1, 3), Life(70, 2, 3)])
    Layout(offsets=[0, 128, 0], size=384)
    """
    blocks = _Blocks()
    block_of: list[int] = []
    ends: list[tuple[int, int]] = []  # the last step and the number of each result in use
    taken_over: set[int] = set()
    for number, life in enumerate(lives):
        while ends and ends[0][0] < life.first:
            ended = heapq.heappop(ends)[1]
            if ended not in taken_over:
                blocks.free.add(block_of[ended])
        before = life.successor_of
        if before is not None and before not in taken_over and _fits(life, lives[before]):
            taken_over.add(before)
            block_of.append(block_of[before])
        else:
            block_of.append(blocks.take(life.size))
        heapq.heappush(ends, (life.last, number))
    starts, total = [], 0
    for size in blocks.sizes:
        starts.append(total)
        total += -(-size // ALIGNMENT) * ALIGNMENT
    return Layout([starts[block] for block in block_of], total)


def _fits(life: Life, before: Life) -> bool:
    return before.last == life.first and before.size == life.size
