"""Datasets within datasets, and rows of elements as elements."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import (
    Dataset,
    DatasetOp,
    Element,
    Environment,
    InMemory,
    Items,
    dataset_in,
    scalar_array,
)
from graphflow.ops._static import check_rank, invalid

__all__ = ["UnbatchDataset", "WindowDataset"]


# -- windows ---------------------------------------------------------------------------------------


class _Window(Dataset):
    def __init__(self, base: Dataset, size: int, shift: int, stride: int, drops_rest: bool) -> None:
        self._base = base
        self._size = size
        self._shift = shift
        self._stride = stride
        self._drops_rest = drops_rest

    def items(self, env: Environment) -> Items:
        return _WindowItems(
            self._base.elements(env), self._size, self._shift, self._stride, self._drops_rest
        )

    def cardinality(self) -> int:
        size = self._base.cardinality()
        if size < 0:
            return size
        if not self._drops_rest:
            return -(-size // self._shift)
        span = (self._size - 1) * self._stride + 1
        return max(0, (size - span) // self._shift + 1)


class _WindowItems(Items):
    def __init__(
        self, elements: Items, size: int, shift: int, stride: int, drops_rest: bool
    ) -> None:
        self._elements: Items | None = elements
        self._size = size
        self._shift = shift
        self._stride = stride
        self._drops_rest = drops_rest
        self._span = (size - 1) * stride + 1
        self._buffer: deque[Element] = deque()
        self._to_skip = 0  # elements between two windows

    def next(self, token: Any) -> Element | None:
        self._fill(token)
        buffer = self._buffer
        if not buffer or (self._drops_rest and len(buffer) < self._span):
            return None
        window = list(buffer)[: self._span : self._stride]
        for _ in range(min(self._shift, len(buffer))):
            buffer.popleft()
        self._to_skip = max(0, self._shift - self._span)
        return tuple([_held(column) for column in zip(*window, strict=True)])

    def _fill(self, token: Any) -> None:
        """Read until the buffer holds a window, or all that is left."""
        while self._elements is not None and len(self._buffer) < self._span:
            element = self._elements.next(token)
            if element is None:
                self._elements = None
            elif self._to_skip > 0:
                self._to_skip -= 1
            else:
                self._buffer.append(element)


def _held(column: Sequence[Array]) -> Array:
    return InMemory([(component,) for component in column]).as_array()


@register
class WindowDataset(DatasetOp):
    """Datasets of elements that follow one another, one for each component."""

    inputs = (
        "input_dataset: variant, size: int64, shift: int64, stride: int64, drop_remainder: bool"
    )

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for arg, spec in zip(self.input_args()[1:], inputs[1:], strict=True):
            check_rank(arg.name, spec, 0)
        return super().infer()

    def kernel(
        self,
        input_dataset: Array,
        size: Array,
        shift: Array,
        stride: Array,
        drop_remainder: Array,
    ) -> Array:
        for name, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value < 1:
                raise invalid(f"{name} must be positive, it is {value}")
        base = dataset_in(input_dataset)
        return _Window(base, int(size), int(shift), int(stride), bool(drop_remainder)).as_array()


# -- rows ------------------------------------------------------------------------------------------


class _Unbatch(Dataset):
    def __init__(self, base: Dataset) -> None:
        self._base = base

    def items(self, env: Environment) -> Items:
        return _UnbatchItems(self._base.elements(env))


class _UnbatchItems(Items):
    def __init__(self, elements: Items) -> None:
        self._elements = elements
        self._batch: Element = ()
        self._place = 0
        self._size = 0

    def next(self, token: Any) -> Element | None:
        while self._place >= self._size:
            batch = self._elements.next(token)
            if batch is None:
                return None
            self._open(batch)
        place = self._place
        self._place += 1
        return tuple([component[place] for component in self._batch])

    def _open(self, batch: Element) -> None:
        arrays = tuple(map(scalar_array, batch))
        sizes = {np.shape(array)[:1] for array in arrays}
        if len(sizes) != 1 or sizes == {()}:
            shapes = [np.shape(array) for array in arrays]
            raise invalid(f"the parts of an element have different numbers of rows: {shapes}")
        self._batch = arrays
        self._place = 0
        (self._size,) = sizes.pop()


@register
class UnbatchDataset(DatasetOp):
    """The rows of elements."""

    inputs = "input_dataset: variant"

    def kernel(self, input_dataset: Array) -> Array:
        return _Unbatch(dataset_in(input_dataset)).as_array()
