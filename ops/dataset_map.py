"""Datasets of what a function makes of single elements."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.errors import InvalidArgumentError, OutOfRangeError
from graphflow.core.func_graph import FuncGraph
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._background import Workers
from graphflow.ops._dataset import (
    UNKNOWN,
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Items,
    Source,
    dataset_in,
)
from graphflow.ops._dataset_functions import Function, RunsBodies, bound
from graphflow.ops._static import check_rank, invalid
from graphflow.ops.dataset_batch import Batch, checked_size

__all__ = [
    "FilterDataset",
    "MapAndBatchDataset",
    "MapDataset",
    "ParallelMapDataset",
    "ReduceDataset",
    "ScanDataset",
    "TakeWhileDataset",
]

_AUTOTUNE = -1


def parallel_calls(count: Array) -> int:
    """Return how many calls are made at the same time: -1 stands for the number of processors.

    Raises:
      InvalidArgumentError: it is 0 or less.
    """
    if count == _AUTOTUNE:
        return os.cpu_count() or 1
    if count < 1:
        raise invalid(f"num_parallel_calls must be positive, or -1 to be chosen; it is {count}")
    return int(count)


# -- map -------------------------------------------------------------------------------------------


class _Map(Dataset):
    """What a function makes of each element; its OutOfRangeError is the end.

    Args:
      base: the dataset.
      function: the function.
      calls: how many calls are made at the same time, 0 for none but the one that is waited for.
      keeps_count: whether OutOfRangeError is an error like all others.
    """

    def __init__(self, base: Dataset, function: Function, calls: int, keeps_count: bool) -> None:
        self._base = base
        self._function = function
        self._calls = calls
        self._keeps_count = keeps_count

    def items(self, env: Environment) -> Items:
        base, source = self._base, self._base.source
        call = mapped_element(self._function, source, self._keeps_count)
        items = base.items(env)
        return Workers(items, call, self._calls, env) if self._calls else _MapItems(items, call)

    def cardinality(self) -> int:
        return self._base.cardinality() if self._keeps_count else UNKNOWN


def mapped_element(function: Function, source: Source | None, keeps_count: bool) -> Any:
    """Return a function of an item and a token, which returns an element, None for the end."""

    def call(item: Any, token: Any) -> Element | None:
        element = item if source is None else source.element(item)
        try:
            return tuple(function(element, token))
        except OutOfRangeError as error:
            if keeps_count:
                message = f"the function came to the end of something: {error.message}"
                raise InvalidArgumentError(None, None, message) from error
            return None

    return call


class _MapItems(Items):
    def __init__(self, items: Items, call: Any) -> None:
        self._items = items
        self._call = call

    def next(self, token: Any) -> Element | None:
        item = self._items.next(token)
        return None if item is None else self._call(item, token)


class _Mapping(RunsBodies, DatasetOp):
    """Base of the ops that hold one body `f` with its captured inputs behind the dataset."""

    def bodies(self) -> tuple[FuncGraph, ...]:
        return (self.f,)  # type: ignore[attr-defined]

    def _bound(self, ctx: Context, captured: Sequence[Array]) -> Function:
        return bound(ctx, self.bodies()[0], captured, 1)


@register
class MapDataset(_Mapping):
    """What a function makes of each element."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    use_inter_op_parallelism: bool = True
    preserve_cardinality: bool = False

    inputs = "input_dataset: variant, other_arguments: [Targuments]"

    def kernel(self, ctx: Context, input_dataset: Array, *captured: Array) -> Array:
        function = self._bound(ctx, captured)
        base = dataset_in(input_dataset)
        return _Map(base, function, 0, self.preserve_cardinality).as_array()


@register
class ParallelMapDataset(_Mapping):
    """What a function makes of each element, several at the same time."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    use_inter_op_parallelism: bool = True
    sloppy: bool = False
    preserve_cardinality: bool = False

    inputs = "input_dataset: variant, other_arguments: [Targuments], num_parallel_calls: int32"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("num_parallel_calls", inputs[-1], 0)
        return super().infer()

    def kernel(self, ctx: Context, input_dataset: Array, *others: Array) -> Array:
        *captured, count = others
        function = self._bound(ctx, captured)
        base, calls = dataset_in(input_dataset), parallel_calls(count)
        return _Map(base, function, calls, self.preserve_cardinality).as_array()


# -- map and batch ---------------------------------------------------------------------------------


@register
class MapAndBatchDataset(_Mapping):
    """Batches of what a function makes of each element, several at the same time."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    preserve_cardinality: bool = False

    inputs = (
        "input_dataset: variant, other_arguments: [Targuments], batch_size: int64, "
        "num_parallel_calls: int64, drop_remainder: bool"
    )

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for name, spec in zip(
            ("batch_size", "num_parallel_calls", "drop_remainder"), inputs[-3:], strict=True
        ):
            check_rank(name, spec, 0)
        return super().infer()

    def kernel(self, ctx: Context, input_dataset: Array, *others: Array) -> Array:
        *captured, batch_size, count, drop_remainder = others
        base, size = dataset_in(input_dataset), checked_size(batch_size)
        calls, function = parallel_calls(count), self._bound(ctx, captured)
        mapped = _Map(base, function, calls, self.preserve_cardinality)
        return Batch(mapped, size, bool(drop_remainder)).as_array()


# -- filter ----------------------------------------------------------------------------------------


class _Filter(Dataset):
    def __init__(self, base: Dataset, predicate: Function, ends: bool) -> None:
        self._base = base
        self._predicate = predicate
        self._ends = ends
        self.source = base.source

    def items(self, env: Environment) -> Items:
        return _FilterItems(self._base.items(env), self._predicate, self._ends, self.source)


class _FilterItems(Items):
    """The items for which a predicate holds: up to the first for which it does not if `ends`."""

    def __init__(
        self, items: Items, predicate: Function, ends: bool, source: Source | None
    ) -> None:
        self._items: Items | None = items
        self._predicate = predicate
        self._ends = ends
        self._source = source

    def next(self, token: Any) -> Any:
        while self._items is not None:
            token.check()  # there may be no end
            item = self._items.next(token)
            if item is None:
                return None
            element = item if self._source is None else self._source.element(item)
            if self._holds(element, token):
                return item
            if self._ends:
                self._items = None
        return None

    def _holds(self, element: Element, token: Any) -> bool:
        (result,) = self._predicate(element, token)
        if np.ndim(result):
            raise invalid(f"a predicate must return a scalar, not shape {np.shape(result)}")
        return bool(result)


class _Filtering(RunsBodies, DatasetOp):
    """Base of both ops that keep the elements for which a predicate holds."""

    def bodies(self) -> tuple[FuncGraph, ...]:
        return (self.predicate,)  # type: ignore[attr-defined]

    def _filtered(self, ctx: Context, base: Array, captured: Sequence[Array], ends: bool) -> Array:
        predicate = bound(ctx, self.bodies()[0], captured, 1)
        return _Filter(dataset_in(base), predicate, ends).as_array()


@register
class FilterDataset(_Filtering):
    """The elements for which a predicate holds."""

    predicate: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = "input_dataset: variant, other_arguments: [Targuments]"

    def kernel(self, ctx: Context, input_dataset: Array, *captured: Array) -> Array:
        return self._filtered(ctx, input_dataset, captured, False)


@register
class TakeWhileDataset(_Filtering):
    """The elements up to the first for which a predicate does not hold."""

    predicate: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = "input_dataset: variant, other_arguments: [Targuments]"

    def kernel(self, ctx: Context, input_dataset: Array, *captured: Array) -> Array:
        return self._filtered(ctx, input_dataset, captured, True)


# -- folds -----------------------------------------------------------------------------------------


class _Scan(Dataset):
    def __init__(self, base: Dataset, function: Function, state: Sequence[Array]) -> None:
        self._base = base
        self._function = function
        self._state = state

    def items(self, env: Environment) -> Items:
        return _ScanItems(self._base.elements(env), self._function, self._state)


class _ScanItems(Items):
    def __init__(self, elements: Items, function: Function, state: Sequence[Array]) -> None:
        self._elements = elements
        self._function = function
        self._state = list(state)

    def next(self, token: Any) -> Element | None:
        element = self._elements.next(token)
        if element is None:
            return None
        try:
            results = self._function([*self._state, *element], token)
        except OutOfRangeError:
            return None
        count = len(self._state)
        self._state = results[:count]
        return tuple(results[count:])


@register
class ScanDataset(RunsBodies, DatasetOp):
    """What a function makes of each element and a state that it hands on."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    preserve_cardinality: bool = False

    inputs = "input_dataset: variant, initial_state: [Tstate], other_arguments: [Targuments]"

    def bodies(self) -> tuple[FuncGraph, ...]:
        return (self.f,)

    def list_sizes(self, total: int, lists: Any) -> dict[str, int]:
        """The body knows how many tensors it captures."""
        captured = len(self.f.captured)
        return {"initial_state": total - captured, "other_arguments": captured}

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        value, state, captured = self.group_inputs(inputs)
        function = bound(ctx, self.f, captured, 1 + len(state))
        return _Scan(dataset_in(value), function, state).as_array()


@register
class ReduceDataset(RunsBodies, Op):
    """What is left when a function folds all elements into a state."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    use_inter_op_parallelism: bool = True

    inputs = "input_dataset: variant, initial_state: [Tstate], other_arguments: [Targuments]"
    outputs = "components"
    stateful = True
    differentiable = False
    blocking = True

    def bodies(self) -> tuple[FuncGraph, ...]:
        return (self.f,)

    def list_sizes(self, total: int, lists: Any) -> dict[str, int]:
        """The body knows how many tensors it captures."""
        captured = len(self.f.captured)
        return {"initial_state": total - captured, "other_arguments": captured}

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        pairs = zip(self.output_shapes, self.output_types, strict=True)
        return [TensorSpec(shape, dtype) for shape, dtype in pairs]

    def kernel(self, ctx: Context, *inputs: Array) -> Sequence[Array]:
        value, state, captured = self.group_inputs(inputs)
        function = bound(ctx, self.f, captured, 1 + len(state))
        life = ctx.cancellation.another()
        elements = dataset_in(value).elements(Environment(ctx.spawn, life))
        try:
            element = elements.next(ctx.cancellation)
            while element is not None:
                state = function([*state, *element], ctx.cancellation)
                element = elements.next(ctx.cancellation)
        finally:
            life.cancel(OutOfRangeError(None, None, "the dataset was reduced"))
        return list(state)
