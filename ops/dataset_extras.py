"""Datasets without errors or repetitions, sparse batches, and what is known of whole datasets."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, int64 as _int64
from graphflow.core.errors import CancelledError
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._dataset import (
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Items,
    dataset_in,
    scalar_array,
)
from graphflow.ops._static import as_tuple, check_rank, invalid
from graphflow.ops._text import item_of
from graphflow.ops.dataset_batch import checked_size
from graphflow.ops.kernels.records import Deflation, RecordWriter

__all__ = [
    "DatasetCardinality",
    "DatasetToSingleElement",
    "DatasetToTFRecord",
    "DenseToSparseBatchDataset",
    "IgnoreErrorsDataset",
    "UniqueDataset",
]

# -- without errors --------------------------------------------------------------------------------


class _IgnoreErrors(Dataset):
    def __init__(self, base: Dataset) -> None:
        self._base = base

    def items(self, env: Environment) -> Items:
        return _GoodItems(self._base.elements(env))


class _GoodItems(Items):
    def __init__(self, elements: Items) -> None:
        self._elements = elements

    def next(self, token: Any) -> Element | None:
        while True:
            token.check()  # there may be no end
            try:
                return self._elements.next(token)
            except CancelledError:
                raise
            except Exception:  # of the element; the check above raises that of the run
                continue


@register
class IgnoreErrorsDataset(DatasetOp):
    """A dataset without the elements that cannot be computed."""

    inputs = "input_dataset: variant"

    def kernel(self, input_dataset: Array) -> Array:
        return _IgnoreErrors(dataset_in(input_dataset)).as_array()


# -- without repetitions ---------------------------------------------------------------------------


class _Unique(Dataset):
    def __init__(self, base: Dataset) -> None:
        self._base = base

    def items(self, env: Environment) -> Items:
        return _UniqueItems(self._base.elements(env))


class _UniqueItems(Items):
    def __init__(self, elements: Items) -> None:
        self._elements = elements
        self._seen: set[Any] = set()

    def next(self, token: Any) -> Element | None:
        while (element := self._elements.next(token)) is not None:
            token.check()  # there may be no end
            value = scalar_array(element[0]).item()
            if value not in self._seen:
                self._seen.add(value)
                return element  # type: ignore[no-any-return]
        return None


@register
class UniqueDataset(DatasetOp):
    """A dataset without the elements that were there before."""

    inputs = "input_dataset: variant"

    def check_attributes(self) -> None:
        super().check_attributes()
        names = {"int32", "int64", "string"}
        if len(self.output_types) != 1 or self.output_types[0].name not in names:
            raise TypeError("unique takes elements of one int32, int64 or string scalar")

    def kernel(self, input_dataset: Array) -> Array:
        return _Unique(dataset_in(input_dataset)).as_array()


# -- sparse batches --------------------------------------------------------------------------------


class _SparseBatches(Dataset):
    def __init__(self, base: Dataset, size: int, shape: tuple[int, ...]) -> None:
        self._base = base
        self._size = size
        self._shape = shape

    def items(self, env: Environment) -> Items:
        return _SparseBatchItems(self._base.elements(env), self._size, self._shape)


class _SparseBatchItems(Items):
    """Batches of arrays as sparse tensors, each a vector of three variants."""

    def __init__(self, elements: Items, size: int, shape: tuple[int, ...]) -> None:
        self._elements = elements
        self._size = size
        self._shape = shape

    def next(self, token: Any) -> Element | None:
        rows = [scalar_array(row) for (row,) in self._elements.next_many(self._size, token)]
        if not rows:
            return None
        places = [self._places(index, row) for index, row in enumerate(rows)]
        largest = [max(sizes) for sizes in zip(*[row.shape for row in rows], strict=True)]
        shape = [
            size if wanted < 0 else wanted
            for size, wanted in zip(largest, self._shape, strict=True)
        ]
        parts = (
            np.concatenate(places),
            np.concatenate([row.ravel() for row in rows]),
            np.array([len(rows), *shape], np.int64),
        )
        held = np.empty(3, object)
        for index, part in enumerate(parts):
            held[index] = part
        return (held,)

    def _places(self, index: int, row: Array) -> Array:
        """The places of an array's elements in the batch."""
        fits = row.ndim == len(self._shape) and all(
            wanted < 0 or size <= wanted
            for size, wanted in zip(row.shape, self._shape, strict=True)
        )
        if not fits:
            raise invalid(f"an element of shape {row.shape} does not fit row_shape {self._shape}")
        inner = np.indices(row.shape, np.int64).reshape(row.ndim, -1).T
        return np.column_stack([np.full(len(inner), index, np.int64), inner])


@register
class DenseToSparseBatchDataset(DatasetOp):
    """Batches of elements of different shapes, as sparse tensors."""

    inputs = "input_dataset: variant, batch_size: int64, row_shape: int64"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("batch_size", inputs[1], 0)
        check_rank("row_shape", inputs[2], 1)
        return super().infer()

    def kernel(self, input_dataset: Array, batch_size: Array, row_shape: Array) -> Array:
        size, shape = checked_size(batch_size), as_tuple(row_shape)
        return _SparseBatches(dataset_in(input_dataset), size, shape).as_array()


# -- whole datasets --------------------------------------------------------------------------------


@register
class DatasetCardinality(Op):
    """The number of elements: -1 for a dataset without end, -2 if it is not known."""

    inputs = "input_dataset: variant"
    outputs = "cardinality"
    stateful = True
    differentiable = False

    def infer(self, input_dataset: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _int64)

    def kernel(self, input_dataset: Array) -> Array:
        return np.int64(dataset_in(input_dataset).cardinality())


@register
class DatasetToSingleElement(Op):
    """The only element of a dataset."""

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = "dataset: variant"
    outputs = "components"
    stateful = True
    differentiable = False
    needs_context = True
    blocking = True

    def infer(self, dataset: TensorSpec) -> list[TensorSpec]:
        pairs = zip(self.output_shapes, self.output_types, strict=True)
        return [TensorSpec(shape, dtype) for shape, dtype in pairs]

    def kernel(self, ctx: Context, dataset: Array) -> Element:
        life = ctx.cancellation.another()
        elements = dataset_in(dataset).elements(Environment(ctx.spawn, life))
        try:
            element = elements.next(ctx.cancellation)
            if element is None:
                raise invalid("the dataset is empty, it must have one element")
            if elements.next(ctx.cancellation) is not None:
                raise invalid("the dataset has more than one element")
        finally:
            life.cancel(CancelledError(None, None, "the element was found"))
        return element  # type: ignore[no-any-return]


@register
class DatasetToTFRecord(Op):
    """Write a dataset of strings to a record file."""

    inputs = "input_dataset: variant, filename: string, compression_type: string"
    outputs = ""
    stateful = True
    differentiable = False
    needs_context = True
    blocking = True

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        return ()

    def kernel(
        self, ctx: Context, input_dataset: Array, filename: Array, compression_type: Array
    ) -> tuple[()]:
        life = ctx.cancellation.another()
        elements = dataset_in(input_dataset).elements(Environment(ctx.spawn, life))
        deflation = Deflation.of(item_of(compression_type).decode())
        writer = RecordWriter(item_of(filename).decode(), deflation)
        try:
            while (element := elements.next(ctx.cancellation)) is not None:
                writer.write(item_of(element[0]))
        finally:
            life.cancel(CancelledError(None, None, "the file was written"))
            writer.close()
        return ()
