"""Datasets with other elements left out, repeated or put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import (
    INFINITE,
    UNKNOWN,
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Item,
    Items,
    Source,
    dataset_in,
    least,
)
from graphflow.ops._static import check_rank, invalid

__all__ = [
    "ConcatenateDataset",
    "RepeatDataset",
    "ShardDataset",
    "SkipDataset",
    "TakeDataset",
    "ZipDataset",
]


class Derived(Dataset):
    """Base of datasets whose items are some of those of another."""

    def __init__(self, base: Dataset) -> None:
        self.base = base
        self.source = base.source


class _Counting(DatasetOp):
    """Base of the ops that take a dataset and a count."""

    inputs = "input_dataset: variant, count: int64"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("count", inputs[1], 0)
        return super().infer()


# -- take ------------------------------------------------------------------------------------------


class _Take(Derived):
    def __init__(self, base: Dataset, count: int) -> None:
        super().__init__(base)
        self._count = count

    def items(self, env: Environment) -> Items:
        return _TakeItems(self.base.items(env), self._count)

    def cardinality(self) -> int:
        size = self.base.cardinality()
        if self._count < 0 or size == UNKNOWN:
            return size
        return self._count if size == INFINITE else min(size, self._count)


class _TakeItems(Items):
    def __init__(self, items: Items | None, count: int) -> None:
        self._items = items
        self._left = count

    def next(self, token: Any) -> Item | None:
        if self._items is None or self._left == 0:
            self._items = None  # it may have threads
            return None
        self._left -= 1
        return self._items.next(token)

    def next_many(self, count: int, token: Any) -> Sequence[Item]:
        if self._items is None or self._left == 0:
            self._items = None
            return ()
        if 0 <= self._left < count:
            count = self._left
        self._left -= count
        return self._items.next_many(count, token)


@register
class TakeDataset(_Counting):
    """The first elements of a dataset."""

    def kernel(self, input_dataset: Array, count: Array) -> Array:
        return _Take(dataset_in(input_dataset), int(count)).as_array()


# -- skip ------------------------------------------------------------------------------------------


class _Skip(Derived):
    def __init__(self, base: Dataset, count: int) -> None:
        super().__init__(base)
        self._count = count

    def items(self, env: Environment) -> Items:
        return _SkipItems(self.base.items(env) if self._count >= 0 else None, self._count)

    def cardinality(self) -> int:
        size = self.base.cardinality()
        if self._count < 0:
            return 0
        return size if size < 0 else max(0, size - self._count)


class _SkipItems(Items):
    def __init__(self, items: Items | None, count: int) -> None:
        self._items = items
        self._left = count

    def _advance(self, token: Any) -> Items | None:
        """The items after the skipped ones, None if there are none."""
        while self._items is not None and self._left > 0:
            self._left -= 1
            if self._items.next(token) is None:
                self._items = None
        return self._items

    def next(self, token: Any) -> Item | None:
        items = self._advance(token)
        return None if items is None else items.next(token)

    def next_many(self, count: int, token: Any) -> Sequence[Item]:
        items = self._advance(token)
        return () if items is None else items.next_many(count, token)


@register
class SkipDataset(_Counting):
    """A dataset without its first elements."""

    def kernel(self, input_dataset: Array, count: Array) -> Array:
        return _Skip(dataset_in(input_dataset), int(count)).as_array()


# -- repeat ----------------------------------------------------------------------------------------


class _Repeat(Derived):
    def __init__(self, base: Dataset, count: int) -> None:
        super().__init__(base)
        self._count = count

    def items(self, env: Environment) -> Items:
        return _RepeatItems(lambda: self.base.items(env), self._count)

    def cardinality(self) -> int:
        size = self.base.cardinality()
        if self._count < 0:
            return 0 if size == 0 else INFINITE
        if self._count == 0:
            return 0
        return size if size < 0 else size * self._count


class _RepeatItems(Items):
    def __init__(self, start: Callable[[], Items], count: int) -> None:
        self._start = start
        self._left = count
        self._items: Items | None = None

    def _advance(self) -> Items | None:
        """The items of this repetition or the next one, None after the last."""
        if self._items is None and self._left != 0:
            self._left -= 1
            self._items = self._start()
        return self._items

    def next(self, token: Any) -> Item | None:
        while True:
            token.check()  # there may be no end
            is_first = self._items is None
            items = self._advance()
            if items is None:
                return None
            item = items.next(token)
            if item is not None:
                return item
            self._end(is_first)

    def _end(self, is_empty: bool) -> None:
        """Go on to the next repetition; an empty dataset without end has an end after all."""
        self._items = None
        if is_empty and self._left < 0:
            self._left = 0

    def next_many(self, count: int, token: Any) -> Sequence[Item]:
        is_first = self._items is None
        items = self._advance()
        if items is None:
            return ()
        found = items.next_many(count, token)
        if len(found) == count:
            return found
        self._end(is_first and not found)
        return [*found, *self.next_many(count - len(found), token)]


@register
class RepeatDataset(_Counting):
    """A dataset several times."""

    def kernel(self, input_dataset: Array, count: Array) -> Array:
        return _Repeat(dataset_in(input_dataset), int(count)).as_array()


# -- shard -----------------------------------------------------------------------------------------


class _Shard(Derived):
    def __init__(self, base: Dataset, parts: int, index: int, needs_all: bool) -> None:
        super().__init__(base)
        self._parts = parts
        self._index = index
        self._needs_all = needs_all

    def items(self, env: Environment) -> Items:
        return _ShardItems(self.base.items(env), self._parts, self._index, self._needs_all)

    def cardinality(self) -> int:
        size = self.base.cardinality()
        return size if size < 0 else max(0, -(-(size - self._index) // self._parts))


class _ShardItems(Items):
    def __init__(self, items: Items, parts: int, index: int, needs_all: bool) -> None:
        self._items = items
        self._parts = parts
        self._index = index
        self._needs_all = needs_all
        self._place = 0

    def next(self, token: Any) -> Item | None:
        while True:
            place = self._place
            item = self._items.next(token)
            if item is None:
                if self._needs_all and place < self._parts:
                    raise invalid(
                        f"there are {place} elements for {self._parts} shards: some are empty"
                    )
                return None
            self._place = place + 1
            if place % self._parts == self._index:
                return item


@register
class ShardDataset(DatasetOp):
    """Each n-th element of a dataset."""

    require_non_empty: bool = False

    inputs = "input_dataset: variant, num_shards: int64, index: int64"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("num_shards", inputs[1], 0)
        check_rank("index", inputs[2], 0)
        return super().infer()

    def kernel(self, input_dataset: Array, num_shards: Array, index: Array) -> Array:
        if num_shards <= 0:
            raise invalid(f"num_shards must be positive, it is {num_shards}")
        if not 0 <= index < num_shards:
            raise invalid(f"index must be from 0 to {num_shards - 1}, it is {index}")
        base = dataset_in(input_dataset)
        return _Shard(base, int(num_shards), int(index), self.require_non_empty).as_array()


# -- concatenate -----------------------------------------------------------------------------------


class _Concatenate(Dataset):
    def __init__(self, first: Dataset, second: Dataset) -> None:
        self._parts = first, second

    def items(self, env: Environment) -> Items:
        return _ConcatenateItems(self._parts, env)

    def cardinality(self) -> int:
        sizes = [part.cardinality() for part in self._parts]
        if INFINITE in sizes:
            return INFINITE
        return UNKNOWN if UNKNOWN in sizes else sum(sizes)


class _ConcatenateItems(Items):
    def __init__(self, parts: Sequence[Dataset], env: Environment) -> None:
        self._parts = list(parts)
        self._env = env
        self._items: Items | None = None

    def next(self, token: Any) -> Element | None:
        while self._items is not None or self._parts:
            if self._items is None:
                self._items = self._parts.pop(0).elements(self._env)
            element: Element | None = self._items.next(token)
            if element is not None:
                return element
            self._items = None
        return None


@register
class ConcatenateDataset(DatasetOp):
    """A dataset after another."""

    inputs = "input_dataset: variant, another_dataset: variant"

    def kernel(self, input_dataset: Array, another_dataset: Array) -> Array:
        return _Concatenate(dataset_in(input_dataset), dataset_in(another_dataset)).as_array()


# -- zip -------------------------------------------------------------------------------------------


class _Zip(Dataset):
    def __init__(self, parts: Sequence[Dataset]) -> None:
        self._parts = parts
        sources = [part.source for part in parts]
        known = [source for source in sources if source is not None]
        if len(known) == len(sources):
            self.source = _Together(known)

    def items(self, env: Environment) -> Items:
        if self.source is not None:
            return _KeysTogether([part.items(env) for part in self._parts])
        return _ZipItems([part.elements(env) for part in self._parts])

    def cardinality(self) -> int:
        return least(*[part.cardinality() for part in self._parts])


class _Together(Source):
    """Makes elements of tuples of keys."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def element(self, key: Sequence[Any]) -> Element:
        pairs = zip(self._sources, key, strict=True)
        return tuple([component for source, one in pairs for component in source.element(one)])

    def batch(self, keys: Sequence[Any]) -> Element:
        columns = zip(self._sources, zip(*keys, strict=True), strict=True)
        return tuple([part for source, column in columns for part in source.batch(column)])


class _KeysTogether(Items):
    def __init__(self, parts: Sequence[Items]) -> None:
        self._parts = parts

    def next(self, token: Any) -> tuple[Any, ...] | None:
        keys = []
        for part in self._parts:
            key = part.next(token)
            if key is None:
                return None
            keys.append(key)
        return tuple(keys)

    def next_many(self, count: int, token: Any) -> Sequence[Any]:
        return list(zip(*[part.next_many(count, token) for part in self._parts], strict=False))


class _ZipItems(Items):
    def __init__(self, parts: Sequence[Items]) -> None:
        self._parts = parts

    def next(self, token: Any) -> Element | None:
        components: list[Array] = []
        for part in self._parts:
            element = part.next(token)
            if element is None:
                return None
            components.extend(element)
        return tuple(components)


@register
class ZipDataset(DatasetOp):
    """The elements of several datasets side by side."""

    inputs = "input_datasets: N*variant"

    def kernel(self, *input_datasets: Array) -> Array:
        return _Zip([dataset_in(value) for value in input_datasets]).as_array()
