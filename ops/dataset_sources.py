"""Datasets of values in memory: one element, rows of arrays, ranges of integers, random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._dataset import (
    INFINITE,
    ComponentsDatasetOp,
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Items,
    Source,
    UntypedDatasetOp,
    scalar_array,
)
from graphflow.ops._static import check_rank, invalid
from graphflow.ops.kernels.philox import Philox, sequence

__all__ = [
    "RandomDataset",
    "RangeDataset",
    "SparseTensorSliceDataset",
    "TensorDataset",
    "TensorSliceDataset",
]


class Keys(Items):
    """The numbers from `start` on, `count` of them."""

    def __init__(self, count: int) -> None:
        self._next = 0
        self._count = count

    def next(self, token: Any) -> int | None:
        key = self._next
        if key >= self._count:
            return None
        self._next = key + 1
        return key

    def next_many(self, count: int, token: Any) -> Sequence[int]:
        start = self._next
        self._next = min(start + count, self._count)
        return range(start, self._next)


# -- one element -----------------------------------------------------------------------------------


class _One(Dataset, Source):
    def __init__(self, element: Element) -> None:
        self._element = element
        self.source = self

    def items(self, env: Environment) -> Items:
        return Keys(1)

    def cardinality(self) -> int:
        return 1

    def element(self, key: Any) -> Element:
        return self._element

    def batch(self, keys: Sequence[Any]) -> Element:
        return tuple([np.stack([as_unwritable(part)] * len(keys)) for part in self._element])


def as_unwritable(component: Array) -> Array:
    """Return a view of an array that nobody can write to."""
    view = scalar_array(component).view()
    view.flags.writeable = False
    return view


@register
class TensorDataset(ComponentsDatasetOp):
    """One element."""

    inputs = "components: [Toutput_types]"

    def infer(self, *components: TensorSpec) -> TensorSpec:
        _check_components(self, [component.shape for component in components])
        return super().infer()

    def kernel(self, *components: Array) -> Array:
        return _One(tuple(map(as_unwritable, components))).as_array()


def _check_components(op: DatasetOp, shapes: Sequence[TensorShape]) -> None:
    if len(shapes) != len(op.output_shapes):
        raise ValueError(f"there are {len(shapes)} components for {len(op.output_shapes)} shapes")
    for index, (found, declared) in enumerate(zip(shapes, op.output_shapes, strict=True)):
        if not found.is_compatible_with(declared):
            raise ValueError(f"component {index} has shape {found}, output_shapes says {declared}")


# -- rows of arrays --------------------------------------------------------------------------------


class Rows(Source):
    """Makes elements of row numbers."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        self._arrays = tuple(map(as_unwritable, arrays))

    def element(self, key: int) -> Element:
        return tuple([array[key] for array in self._arrays])

    def batch(self, keys: Sequence[int]) -> Element:
        if isinstance(keys, range):
            return tuple([array[keys.start : keys.stop] for array in self._arrays])
        rows = np.fromiter(keys, np.intp, len(keys))
        return tuple([array.take(rows, axis=0) for array in self._arrays])


class _Slices(Dataset):
    def __init__(self, arrays: Sequence[Array]) -> None:
        self.source = Rows(arrays)
        self._count = len(arrays[0])

    def items(self, env: Environment) -> Items:
        return Keys(self._count)

    def cardinality(self) -> int:
        return self._count


@register
class TensorSliceDataset(ComponentsDatasetOp):
    """The rows of tensors."""

    inputs = "components: [Toutput_types]"

    def infer(self, *components: TensorSpec) -> TensorSpec:
        size: int | None = None
        for index, spec in enumerate(components):
            if spec.shape.rank == 0:
                raise ValueError(f"component {index} is a scalar, it has no rows")
            rows = None if spec.shape.rank is None else spec.shape.as_list()[0]
            if rows is not None and size not in (None, rows):
                raise ValueError(
                    f"the components have different numbers of rows: {size}, and {rows} in "
                    f"component {index}"
                )
            size = rows if size is None else size
        _check_components(self, [spec.shape[1:] for spec in components])
        return super().infer()

    def kernel(self, *components: Array) -> Array:
        return _Slices(components).as_array()


# -- slices of a sparse tensor ---------------------------------------------------------------------


class _SparseRows(Dataset, Source):
    def __init__(self, indices: Array, values: Array, shape: Array) -> None:
        self._indices = indices
        self._values = values
        self._shape = shape
        self._bounds = np.searchsorted(indices[:, 0], np.arange(int(shape[0]) + 1))
        self.source = self

    def items(self, env: Environment) -> Items:
        return Keys(int(self._shape[0]))

    def cardinality(self) -> int:
        return int(self._shape[0])

    def element(self, key: int) -> Element:
        start, stop = self._bounds[key], self._bounds[key + 1]
        return self._indices[start:stop, 1:], self._values[start:stop], self._shape[1:]

    def batch(self, keys: Sequence[int]) -> Element:
        parts = zip(*map(self.element, keys), strict=True)
        try:
            return tuple([np.stack(part) for part in parts])
        except ValueError as error:
            raise invalid(
                f"cannot batch sparse rows with different numbers of values: {error}"
            ) from error


@register
class SparseTensorSliceDataset(UntypedDatasetOp):
    """The slices of a sparse tensor along its first axis."""

    inputs = "indices: int64, values: Tvalues, dense_shape: int64"

    def infer(self, *parts: TensorSpec) -> TensorSpec:
        for (name, rank), spec in zip(
            {"indices": 2, "values": 1, "dense_shape": 1}.items(), parts, strict=True
        ):
            check_rank(name, spec, rank)
        return super().infer()

    def kernel(self, indices: Array, values: Array, dense_shape: Array) -> Array:
        if not dense_shape.size:
            raise invalid("a sparse tensor of rank 0 has no slices")
        rows = indices[:, 0]
        if (rows[1:] < rows[:-1]).any():
            raise invalid("the sparse tensor is not ordered by its first axis: use sparse_reorder")
        return _SparseRows(indices, values, dense_shape).as_array()


# -- ranges ----------------------------------------------------------------------------------------


class _Range(Dataset, Source):
    def __init__(self, numbers: range, dtype: Any) -> None:
        self._numbers = numbers
        self._dtype = dtype
        self.source = self

    def items(self, env: Environment) -> Items:
        return Keys(len(self._numbers))

    def cardinality(self) -> int:
        return len(self._numbers)

    def element(self, key: int) -> Element:
        return (self._dtype(self._numbers[key]),)

    def batch(self, keys: Sequence[int]) -> Element:
        if isinstance(keys, range):
            keys = np.arange(keys.start, keys.stop)  # type: ignore[assignment]
        places = np.fromiter(keys, np.int64, len(keys))
        return ((self._numbers.start + places * self._numbers.step).astype(self._dtype),)


@register
class RangeDataset(DatasetOp):
    """Integers at equal distances."""

    inputs = "start: int64, stop: int64, step: int64"

    def infer(self, *bounds: TensorSpec) -> TensorSpec:
        for name, spec in zip(("start", "stop", "step"), bounds, strict=True):
            check_rank(name, spec, 0)
        return super().infer()

    def kernel(self, start: Array, stop: Array, step: Array) -> Array:
        if step == 0:
            raise invalid("the step of a range must not be 0")
        numbers = range(int(start), int(stop), int(step))
        return _Range(numbers, self.output_types[0].numpy.type).as_array()


# -- random numbers --------------------------------------------------------------------------------

_WORDS_AT_ONCE = 4096


class Words:
    """The 32-bit words of a random stream, one after another.

    Args:
      seed: a 64-bit integer.
      seed2: likewise; with both 0 the operating system chooses.
    """

    def __init__(self, seed: int, seed2: int) -> None:
        self._stream = Philox(seed, seed2).next
        self._words = np.empty(0, np.uint32)
        self._place = 0

    def next(self) -> int:
        """Return one word."""
        return int(self.next_many(1)[0])

    def next_many(self, count: int) -> Array:
        """Return some words, uint32."""
        while self._words.size - self._place < count:
            fresh = sequence(self._stream, _WORDS_AT_ONCE)
            self._stream = self._stream.skip(_WORDS_AT_ONCE // 4)
            self._words = np.concatenate([self._words[self._place :], fresh])
            self._place = 0
        start, self._place = self._place, self._place + count
        return self._words[start : self._place]


class _Random(Dataset):
    def __init__(self, seed: int, seed2: int) -> None:
        self._seeds = seed, seed2

    def items(self, env: Environment) -> Items:
        return _RandomItems(Words(*self._seeds))

    def cardinality(self) -> int:
        return INFINITE


class _RandomItems(Items):
    def __init__(self, words: Words) -> None:
        self._words = words

    def next(self, token: Any) -> Element:
        return (np.int64(self._words.next()),)


@register
class RandomDataset(DatasetOp):
    """Random integers without end."""

    inputs = "seed: int64, seed2: int64"

    def infer(self, *seeds: TensorSpec) -> TensorSpec:
        for name, spec in zip(("seed", "seed2"), seeds, strict=True):
            check_rank(name, spec, 0)
        return super().infer()

    def kernel(self, seed: Array, seed2: Array) -> Array:
        return _Random(int(seed), int(seed2)).as_array()
