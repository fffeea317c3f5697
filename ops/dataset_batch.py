"""Datasets whose elements are several of another one, put together along a new axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.errors import DataLossError
from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import (
    ComponentsDatasetOp,
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Items,
    dataset_in,
    scalar_array,
    shape_of,
)
from graphflow.ops._static import as_tuple, check_rank, invalid
from graphflow.ops._text import from_items

__all__ = ["BatchDatasetV2", "PaddedBatchDatasetV2"]


def stacked(elements: Sequence[Element]) -> Element:
    """Return some elements as one, with an axis more.

    Raises:
      InvalidArgumentError: the shapes in a component differ.
    """
    columns = zip(*elements, strict=True)
    return tuple([stacked_component(index, column) for index, column in enumerate(columns)])


def stacked_component(index: int, arrays: Sequence[Array]) -> Array:
    """Return the arrays of one component, put together along a new axis."""
    shape = shape_of(arrays[0])
    for place, array in enumerate(arrays):
        if shape_of(array) != shape:
            raise invalid(
                f"cannot batch tensors with different shapes in component {index}: the first "
                f"element has shape {_text(shape)}, element {place} has {_text(shape_of(array))}; "
                "padded_batch can"
            )
    if shape and arrays[0].dtype != object:
        return np.concatenate(arrays).reshape(len(arrays), *shape)
    if shape:
        return np.stack(arrays)
    items = [_item(array) for array in arrays]
    return from_items(items, (len(items),), getattr(items[0], "dtype", object))


def _item(array: Array) -> Any:
    """The value of a scalar: a numpy scalar, bytes, or what a variant holds."""
    return array[()] if isinstance(array, np.ndarray) else array


def _text(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


class Batch(Dataset):
    """Batches of elements.

    Args:
      base: the dataset.
      size: how many elements are in a batch.
      drops_rest: whether a last one that is smaller is left out.
    """

    def __init__(self, base: Dataset, size: int, drops_rest: bool) -> None:
        self._base = base
        self._size = size
        self._drops_rest = drops_rest

    def items(self, env: Environment) -> Items:
        return _BatchItems(self._base, env, self._size, self._drops_rest)

    def cardinality(self) -> int:
        size = self._base.cardinality()
        if size < 0:
            return size
        return size // self._size if self._drops_rest else -(-size // self._size)


class _BatchItems(Items):
    def __init__(self, base: Dataset, env: Environment, size: int, drops_rest: bool) -> None:
        self._items: Items | None = base.items(env)
        self._source = base.source
        self._size = size
        self._drops_rest = drops_rest

    def next(self, token: Any) -> Element | None:
        if self._items is None:
            return None
        found = self._items.next_many(self._size, token)
        if len(found) < self._size:
            self._items = None
            if not found or self._drops_rest:
                return None
        if self._source is not None:
            return self._source.batch(found)
        return stacked(found)


@register
class BatchDatasetV2(DatasetOp):
    """Batches of elements."""

    parallel_copy: bool = False

    inputs = "input_dataset: variant, batch_size: int64, drop_remainder: bool"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("batch_size", inputs[1], 0)
        check_rank("drop_remainder", inputs[2], 0)
        return super().infer()

    def kernel(self, input_dataset: Array, batch_size: Array, drop_remainder: Array) -> Array:
        size = checked_size(batch_size)
        return Batch(dataset_in(input_dataset), size, bool(drop_remainder)).as_array()


def checked_size(batch_size: Array) -> int:
    """Return a batch size.

    Raises:
      InvalidArgumentError: it is not positive.
    """
    if batch_size <= 0:
        raise invalid(f"batch_size must be positive, it is {batch_size}")
    return int(batch_size)


# -- padded ----------------------------------------------------------------------------------------


class _PaddedBatch(Dataset):
    def __init__(
        self,
        base: Dataset,
        size: int,
        shapes: Sequence[tuple[int, ...]],
        fillings: Sequence[Any],
        drops_rest: bool,
    ) -> None:
        self._base = base
        self._size = size
        self._shapes = shapes
        self._fillings = fillings
        self._drops_rest = drops_rest

    def items(self, env: Environment) -> Items:
        return _PaddedItems(
            self._base.elements(env), self._size, self._shapes, self._fillings, self._drops_rest
        )

    def cardinality(self) -> int:
        return Batch(self._base, self._size, self._drops_rest).cardinality()


class _PaddedItems(Items):
    def __init__(
        self,
        elements: Items,
        size: int,
        shapes: Sequence[tuple[int, ...]],
        fillings: Sequence[Any],
        drops_rest: bool,
    ) -> None:
        self._elements: Items | None = elements
        self._size = size
        self._shapes = shapes
        self._fillings = fillings
        self._drops_rest = drops_rest

    def next(self, token: Any) -> Element | None:
        if self._elements is None:
            return None
        found = self._elements.next_many(self._size, token)
        if len(found) < self._size:
            self._elements = None
            if not found or self._drops_rest:
                return None
        columns = zip(zip(*found, strict=True), self._shapes, self._fillings, strict=True)
        return tuple([_padded(index, *column) for index, column in enumerate(columns)])


def _padded(index: int, arrays: Sequence[Array], wanted: tuple[int, ...], filling: Any) -> Array:
    """Put arrays together that are filled up to the wanted shape, -1 standing for the largest."""
    arrays = list(map(scalar_array, arrays))
    for array in arrays:
        if array.ndim != len(wanted):
            raise invalid(
                f"component {index} has elements of rank {array.ndim}, padded_shapes says "
                f"{len(wanted)}"
            )
    sizes = [max(column) for column in zip(*[array.shape for array in arrays], strict=True)]
    shape = []
    for axis, (largest, size) in enumerate(zip(sizes, wanted, strict=True)):
        if size >= 0 and largest > size:
            raise DataLossError(
                None,
                None,
                f"an element has size {largest} along axis {axis} of component {index}, more than "
                f"the padded size {size}",
            )
        shape.append(largest if size < 0 else size)
    result = np.empty((len(arrays), *shape), arrays[0].dtype)
    result[...] = filling
    for place, array in enumerate(arrays):
        inside: Any = (place, *map(slice, array.shape))
        result[inside] = array
    return result


@register
class PaddedBatchDatasetV2(ComponentsDatasetOp):
    """Batches of elements, padded to one shape."""

    parallel_copy: bool = False

    inputs = (
        "input_dataset: variant, batch_size: int64, padded_shapes: N*int64, "
        "padding_values: [Toutput_types], drop_remainder: bool"
    )

    def list_sizes(self, total: int, lists: Any) -> dict[str, int]:
        """There are as many padding values as padded shapes."""
        return {"padded_shapes": total // 2, "padding_values": total // 2}

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        _, size, shapes, fillings, rest = self.group_inputs(inputs)
        for name, specs, rank in (
            ("batch_size", [size], 0),
            ("padded_shapes", shapes, 1),
            ("padding_values", fillings, 0),
            ("drop_remainder", [rest], 0),
        ):
            for spec in specs:
                check_rank(name, spec, rank)
        return super().infer()

    def kernel(self, *inputs: Array) -> Array:
        value, batch_size, shapes, fillings, drop_remainder = self.group_inputs(inputs)
        return _PaddedBatch(
            dataset_in(value),
            checked_size(batch_size),
            [as_tuple(shape) for shape in shapes],
            [scalar_array(filling)[()] for filling in fillings],
            bool(drop_remainder),
        ).as_array()
