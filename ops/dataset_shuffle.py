"""Datasets in random order, in TensorFlow's random order for the same seeds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import (
    INFINITE,
    Dataset,
    DatasetOp,
    Environment,
    Item,
    Items,
    dataset_in,
)
from graphflow.ops._static import check_rank, invalid
from graphflow.ops.dataset_order import Derived
from graphflow.ops.dataset_sources import Words

__all__ = ["ShuffleAndRepeatDataset", "ShuffleDataset"]


class _Shuffle(Derived):
    """A dataset whose walks draw from a buffer.

    Args:
      base: what is shuffled.
      size: how many items the buffer holds.
      seeds: of the random stream.
      is_new_each_time: whether each walk has an order of its own.
      epochs: how often the dataset is repeated within a walk, -1 without end.
    """

    def __init__(
        self,
        base: Dataset,
        size: int,
        seeds: tuple[int, int],
        is_new_each_time: bool,
        epochs: int = 1,
    ) -> None:
        super().__init__(base)
        self._size = size
        self._seeds = seeds
        self._seed_words = Words(*seeds) if is_new_each_time else None
        self._epochs = epochs

    def items(self, env: Environment) -> Items:
        return _Shuffled(
            lambda: self.base.items(env),
            self._epochs,
            self._size,
            self._words,
            self.source is not None,
        )

    def _words(self) -> Words:
        """The random words for one walk, or for one repetition within a walk."""
        if self._seed_words is None:
            return Words(*self._seeds)
        return Words(self._seed_words.next(), self._seed_words.next())

    def cardinality(self) -> int:
        size = self.base.cardinality()
        if size == 0 or self._epochs == 0:
            return 0
        if self._epochs < 0:
            return INFINITE
        return size if size < 0 else size * self._epochs


class _Shuffled(Items):
    """Items drawn from a ring buffer.

    Places in the ring are numbers that grow for ever, taken modulo its size.  The items of each
    epoch have places from `_starts[0]` (of the present epoch) up to the start of the next epoch; an
    epoch is drawn empty before the next one, of which the buffer may hold items already.
    """

    def __init__(
        self,
        start: Callable[[], Items],
        epochs: int,
        size: int,
        new_words: Callable[[], Words],
        has_keys: bool,
    ) -> None:
        self._start_epoch = start
        self._epochs_left = epochs
        self._size = size
        self._new_words = new_words
        self._words = new_words()
        self._has_keys = has_keys
        self._ring: list[Item] = []
        self._first = 0  # the place of the first item that is still there
        self._end = 0  # the place behind the last one
        self._ends: deque[int] = deque()  # where epochs that were read to their end end
        self._items: Items | None = None
        self._is_over = False  # nothing more will come into the buffer

    def next(self, token: Any) -> Item | None:
        self._fill(token)
        while self._ends and self._ends[0] == self._first:
            self._ends.popleft()
            if self._first < self._end:
                self._words = self._new_words()
        count = (self._ends[0] if self._ends else self._end) - self._first
        if count == 0:
            return None
        return self._draw(self._words.next() % count)

    def _draw(self, offset: int) -> Item:
        """Take the item at an offset; the first one moves to its place."""
        ring, size = self._ring, self._size
        chosen, front = (self._first + offset) % size, self._first % size
        item = ring[chosen]
        ring[chosen], ring[front] = ring[front], None
        self._first += 1
        return item

    def _fill(self, token: Any) -> None:
        while self._end - self._first < self._size and not self._is_over:
            items = self._items
            if items is None:
                if self._epochs_left == 0:
                    self._is_over = True
                    return
                self._epochs_left -= 1
                self._items = items = self._start_epoch()
                epoch_start = self._end
            item = items.next(token)
            if item is None:
                self._items = None
                self._ends.append(self._end)
                if self._epochs_left < 0 and self._end == epoch_start:
                    self._is_over = True  # an empty dataset without end has an end after all
                continue
            self._put(item)

    def _put(self, item: Item) -> None:
        place = self._end % self._size
        if place == len(self._ring):
            self._ring.append(item)
        else:
            self._ring[place] = item
        self._end += 1

    def next_many(self, count: int, token: Any) -> Sequence[Item]:
        if not self._has_keys:
            return super().next_many(count, token)
        self._fill(token)
        if self._items is None or self._ends or count <= 1:
            return super().next_many(count, token)
        fresh = self._items.next_many(count, token)
        found = self._exchange(fresh)
        if len(found) < count:
            found.extend(super().next_many(count - len(found), token))
        return found

    def _exchange(self, fresh: Sequence[Item]) -> list[Item]:
        """For each new item draw one from the full buffer and put the new one into it.

        So do repeated calls of `next`, except that they get the new item at the next call: from
        keys, which come without errors and effects, it may come at once.
        """
        ring, size, first = self._ring, self._size, self._first
        offsets = (self._words.next_many(len(fresh)) % np.uint32(size)).tolist()
        found = []
        for item, offset in zip(fresh, offsets, strict=True):
            chosen, front = (first + offset) % size, first % size
            found.append(ring[chosen])
            ring[chosen] = ring[front]
            ring[front] = item
            first += 1
        self._first = first
        self._end += len(fresh)
        return found


class _Shuffling(DatasetOp):
    """What both ops share."""

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for arg, spec in zip(self.input_args()[1:], inputs[1:], strict=True):
            check_rank(arg.name, spec, 0)
        return super().infer()

    def _checked(self, buffer_size: Array) -> int:
        if buffer_size <= 0:
            raise invalid(f"buffer_size must be positive, it is {buffer_size}")
        return int(buffer_size)


@register
class ShuffleDataset(_Shuffling):
    """A dataset in random order."""

    reshuffle_each_iteration: bool = True

    inputs = "input_dataset: variant, buffer_size: int64, seed: int64, seed2: int64"

    def kernel(self, input_dataset: Array, buffer_size: Array, seed: Array, seed2: Array) -> Array:
        base, size = dataset_in(input_dataset), self._checked(buffer_size)
        seeds = int(seed), int(seed2)
        return _Shuffle(base, size, seeds, self.reshuffle_each_iteration).as_array()


@register
class ShuffleAndRepeatDataset(_Shuffling):
    """A dataset several times, each time in another random order."""

    inputs = "input_dataset: variant, buffer_size: int64, seed: int64, seed2: int64, count: int64"

    def kernel(
        self, input_dataset: Array, buffer_size: Array, seed: Array, seed2: Array, count: Array
    ) -> Array:
        base, size = dataset_in(input_dataset), self._checked(buffer_size)
        seeds = int(seed), int(seed2)
        return _Shuffle(base, size, seeds, True, int(count)).as_array()
