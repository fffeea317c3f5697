"""Datasets of the elements of other datasets: one after another, or in turn."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from graphflow.core.dtypes import DType
from graphflow.core.func_graph import FuncGraph
from graphflow.core.op import Array, Context, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._background import ReadAhead
from graphflow.ops._dataset import Dataset, DatasetOp, Element, Environment, Items, dataset_in
from graphflow.ops._dataset_functions import Function, RunsBodies, bound
from graphflow.ops._static import check_rank, invalid
from graphflow.ops.dataset_map import parallel_calls

__all__ = [
    "DirectedInterleaveDataset",
    "FlatMapDataset",
    "InterleaveDataset",
    "ParallelInterleaveDataset",
    "ParallelInterleaveDatasetV2",
]


class _OneByOne(RunsBodies, DatasetOp):
    """Base of the ops with a body `f` that makes a dataset of an element."""

    def bodies(self) -> tuple[FuncGraph, ...]:
        return (self.f,)  # type: ignore[attr-defined]


def _dataset_of(function: Function, element: Element, token: Any) -> Dataset:
    return dataset_in(function(element, token)[0])


# -- one after another -----------------------------------------------------------------------------


class _FlatMap(Dataset):
    def __init__(self, base: Dataset, function: Function) -> None:
        self._base = base
        self._function = function

    def items(self, env: Environment) -> Items:
        return _FlatMapItems(self._base.elements(env), self._function, env)


class _FlatMapItems(Items):
    def __init__(self, elements: Items, function: Function, env: Environment) -> None:
        self._elements: Items | None = elements
        self._function = function
        self._env = env
        self._inner: Items | None = None

    def next(self, token: Any) -> Element | None:
        while self._elements is not None:
            token.check()  # there may be no end
            if self._inner is None:
                element = self._elements.next(token)
                if element is None:
                    self._elements = None
                    return None
                self._inner = _dataset_of(self._function, element, token).elements(self._env)
            result: Element | None = self._inner.next(token)
            if result is not None:
                return result
            self._inner = None
        return None


@register
class FlatMapDataset(_OneByOne):
    """The elements of the datasets that a function makes of each element."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = "input_dataset: variant, other_arguments: [Targuments]"

    def kernel(self, ctx: Context, input_dataset: Array, *captured: Array) -> Array:
        function = bound(ctx, self.f, captured, 1)
        return _FlatMap(dataset_in(input_dataset), function).as_array()


# -- in turn ---------------------------------------------------------------------------------------

Opener = Callable[[Dataset, Environment], Items]


class _Interleave(Dataset):
    """Elements of several datasets in turn.

    Args:
      base: the dataset whose elements the datasets are made of.
      function: makes them.
      cycle: how many are read in turn.
      block: how many elements come from one in its turn.
      opener: makes what starts the walk through one of them, for each walk through this dataset.
    """

    def __init__(
        self,
        base: Dataset,
        function: Function,
        cycle: int,
        block: int,
        opener: Callable[[], Opener],
    ) -> None:
        self._base = base
        self._function = function
        self._cycle = cycle
        self._block = block
        self._opener = opener

    def items(self, env: Environment) -> Items:
        return _InterleaveItems(
            self._base.elements(env), self._function, self._cycle, self._block, self._opener(), env
        )


class _InterleaveItems(Items):
    """Goes round a cycle of walks.

    A place of the cycle whose walk has ended is filled with the next one when its turn comes; once
    there are no more, empty places are passed over.
    """

    def __init__(
        self,
        elements: Items,
        function: Function,
        cycle: int,
        block: int,
        opener: Opener,
        env: Environment,
    ) -> None:
        self._elements: Items | None = elements
        self._function = function
        self._block = block
        self._opener = opener
        self._env = env
        self._walks: list[Items | None] = [None] * cycle
        self._place = 0
        self._taken = 0  # how many elements of the present turn are out

    def next(self, token: Any) -> Element | None:
        while True:
            token.check()  # there may be no end
            walk = self._walks[self._place]
            if walk is not None:
                element: Element | None = walk.next(token)
                if element is not None:
                    self._taken += 1
                    if self._taken == self._block:
                        self._next_place()
                    return element
                self._walks[self._place] = None
                self._next_place()
            elif self._elements is not None:
                self._open(token)
            elif any(other is not None for other in self._walks):
                self._next_place()
            else:
                return None

    def _next_place(self) -> None:
        self._place = (self._place + 1) % len(self._walks)
        self._taken = 0

    def _open(self, token: Any) -> None:
        """Fill the present place."""
        assert self._elements is not None
        element = self._elements.next(token)
        if element is None:
            self._elements = None
            return
        dataset = _dataset_of(self._function, element, token)
        self._walks[self._place] = self._opener(dataset, self._env)


def _plain() -> Opener:
    return lambda dataset, env: dataset.elements(env)


def _ahead(calls: int, size: int) -> Callable[[], Opener]:
    """Openers of walks that threads read ahead, at most `calls` of them at the same time."""

    def opener() -> Opener:
        gate = threading.Semaphore(calls)

        def open_ahead(dataset: Dataset, env: Environment) -> Items:
            walk = ReadAhead(lambda: dataset.elements(env), size, env, gate)
            walk.start()
            return walk

        return open_ahead

    return opener


def _cycle_length(value: Array) -> int:
    if value == -1:
        return os.cpu_count() or 1
    if value < 1:
        raise invalid(f"cycle_length must be positive, or -1 to be chosen; it is {value}")
    return int(value)


def _block_length(value: Array) -> int:
    if value < 1:
        raise invalid(f"block_length must be positive, it is {value}")
    return int(value)


class _Interleaving(_OneByOne):
    """Base of the ops that read in turn; behind the captured inputs there are scalars."""

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        args = self.input_args()[2:]
        for arg, spec in zip(args, inputs[len(inputs) - len(args) :], strict=True):
            check_rank(arg.name, spec, 0)
        return super().infer()

    def _parts(
        self, ctx: Context, inputs: Sequence[Array]
    ) -> tuple[Dataset, Function, int, int, list[Array]]:
        value, captured, cycle, block, *rest = self.group_inputs(inputs)
        function = bound(ctx, self.bodies()[0], captured, 1)
        return dataset_in(value), function, _cycle_length(cycle), _block_length(block), rest


@register
class InterleaveDataset(_Interleaving):
    """The elements of the datasets that a function makes of each element, in turn."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = (
        "input_dataset: variant, other_arguments: [Targuments], cycle_length: int64, "
        "block_length: int64"
    )

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        base, function, cycle, block, _ = self._parts(ctx, inputs)
        return _Interleave(base, function, cycle, block, _plain).as_array()


@register
class ParallelInterleaveDatasetV2(_Interleaving):
    """The same, with several of the datasets read at the same time."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    sloppy: bool = False

    inputs = (
        "input_dataset: variant, other_arguments: [Targuments], cycle_length: int64, "
        "block_length: int64, num_parallel_calls: int64"
    )

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        base, function, cycle, block, (count,) = self._parts(ctx, inputs)
        opener = _ahead(parallel_calls(count), block)
        return _Interleave(base, function, cycle, block, opener).as_array()


@register
class ParallelInterleaveDataset(_Interleaving):
    """The same, with a thread for each dataset that is read: what contrib's function makes."""

    f: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = (
        "input_dataset: variant, other_arguments: [Targuments], cycle_length: int64, "
        "block_length: int64, sloppy: bool, buffer_output_elements: int64, "
        "prefetch_input_elements: int64"
    )

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        base, function, cycle, block, (_, size, ahead) = self._parts(ctx, inputs)
        if size < 1:
            raise invalid(f"buffer_output_elements must be positive, it is {size}")
        if ahead < 0:
            raise invalid(f"prefetch_input_elements must not be negative, it is {ahead}")
        opener = _ahead(cycle, int(size))
        return _Interleave(base, function, cycle, block, opener).as_array()


# -- chosen by a dataset ---------------------------------------------------------------------------


class _Directed(Dataset):
    def __init__(self, selector: Dataset, parts: Sequence[Dataset]) -> None:
        self._selector = selector
        self._parts = parts

    def items(self, env: Environment) -> Items:
        walks = [part.elements(env) for part in self._parts]
        return _DirectedItems(self._selector.elements(env), walks)


class _DirectedItems(Items):
    """The next element of the dataset that the selector names, passing over those that ended."""

    def __init__(self, selector: Items, walks: Sequence[Items]) -> None:
        self._selector = selector
        self._walks: list[Items | None] = list(walks)

    def next(self, token: Any) -> Element | None:
        while any(walk is not None for walk in self._walks):
            token.check()  # there may be no end
            choice = self._selector.next(token)
            if choice is None:
                return None
            index = int(choice[0])
            if not 0 <= index < len(self._walks):
                raise invalid(f"the choice {index} is not in [0, {len(self._walks)})")
            walk = self._walks[index]
            element: Element | None = None if walk is None else walk.next(token)
            if element is not None:
                return element
            self._walks[index] = None
        return None


@register
class DirectedInterleaveDataset(DatasetOp):
    """The elements of datasets in an order that another dataset gives."""

    inputs = "selector_input_dataset: variant, data_input_datasets: N*variant"

    def kernel(self, selector_input_dataset: Array, *data_input_datasets: Array) -> Array:
        parts = [dataset_in(value) for value in data_input_datasets]
        return _Directed(dataset_in(selector_input_dataset), parts).as_array()
