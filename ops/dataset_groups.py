"""Datasets of groups: elements that have the same key."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.func_graph import FuncGraph
from graphflow.core.op import Array, Context, register
from graphflow.core.spec import TensorShape
from graphflow.ops._dataset import (
    Dataset,
    DatasetOp,
    Element,
    Environment,
    InMemory,
    Items,
    dataset_in,
)
from graphflow.ops._dataset_functions import Function, RunsBodies, bound
from graphflow.ops._static import invalid

__all__ = ["GroupByReducerDataset", "GroupByWindowDataset"]


class _Grouping(RunsBodies, DatasetOp):
    """Base of the ops with several bodies, each of which has its own captured inputs."""

    def list_sizes(self, total: int, lists: Any) -> dict[str, int]:
        """The bodies know how many tensors they capture."""
        counts = [len(body.captured) for body in self.bodies()]
        return dict(zip([arg.name for arg in lists], counts, strict=True))

    def _functions(self, ctx: Context, inputs: Sequence[Array]) -> list[Function]:
        functions, first = [], 1
        for body, values in zip(self.bodies(), self.group_inputs(inputs)[1:], strict=True):
            functions.append(bound(ctx, body, values, first))
            first += len(values)
        return functions


def _number(result: Sequence[Array], what: str) -> int:
    """The integer that a function returned."""
    if np.size(result[0]) != 1:
        raise invalid(f"{what} must return a scalar, not shape {np.shape(result[0])}")
    return int(result[0])


# -- windows ---------------------------------------------------------------------------------------


class _Windows(Dataset):
    def __init__(self, base: Dataset, key: Function, reduce: Function, size: Function) -> None:
        self._base = base
        self._functions = key, reduce, size

    def items(self, env: Environment) -> Items:
        return _WindowItems(self._base.elements(env), *self._functions, env)


class _WindowItems(Items):
    """The elements of what a function makes of each full group, then of those that are left."""

    def __init__(
        self, elements: Items, key: Function, reduce: Function, size: Function, env: Environment
    ) -> None:
        self._elements: Items | None = elements
        self._key = key
        self._reduce = reduce
        self._size = size
        self._env = env
        self._groups: dict[int, list[Element]] = {}
        self._sizes: dict[int, int] = {}
        self._left: deque[int] = deque()
        self._inner: Items | None = None

    def next(self, token: Any) -> Element | None:
        while True:
            if self._inner is not None:
                element: Element | None = self._inner.next(token)
                if element is not None:
                    return element
                self._inner = None
            if self._elements is not None:
                self._advance(token)
            elif self._left:
                self._open(self._left.popleft(), token)
            else:
                return None

    def _advance(self, token: Any) -> None:
        """Put one more element into its group."""
        assert self._elements is not None
        element = self._elements.next(token)
        if element is None:
            self._elements = None
            self._left.extend(sorted(self._groups))
            return
        key = _number(self._key(element, token), "key_func")
        if key not in self._sizes:
            size = _number(self._size([np.int64(key)], token), "window_size_func")
            if size <= 0:
                raise invalid(f"a window's size must be positive, it is {size} for the key {key}")
            self._sizes[key] = size
        group = self._groups.setdefault(key, [])
        group.append(element)
        if len(group) >= self._sizes[key]:
            del self._sizes[key]
            self._open(key, token)

    def _open(self, key: int, token: Any) -> None:
        """Start the walk through what is made of a group."""
        window = InMemory(self._groups.pop(key))
        (result,) = self._reduce([np.int64(key), window.as_array()], token)
        self._inner = dataset_in(result).elements(self._env)


@register
class GroupByWindowDataset(_Grouping):
    """What a function makes of windows of elements that have the same key."""

    key_func: FuncGraph
    reduce_func: FuncGraph
    window_size_func: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = (
        "input_dataset: variant, key_func_other_arguments: [Tkey_func_other_arguments], "
        "reduce_func_other_arguments: [Treduce_func_other_arguments], "
        "window_size_func_other_arguments: [Twindow_size_func_other_arguments]"
    )

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.key_func, self.reduce_func, self.window_size_func

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        functions = self._functions(ctx, inputs)
        return _Windows(dataset_in(inputs[0]), *functions).as_array()


# -- reducers --------------------------------------------------------------------------------------


class _Reduced(Dataset):
    def __init__(
        self, base: Dataset, key: Function, init: Function, reduce: Function, finish: Function
    ) -> None:
        self._base = base
        self._functions = key, init, reduce, finish

    def items(self, env: Environment) -> Items:
        return _ReducedItems(self._base.elements(env), *self._functions)


class _ReducedItems(Items):
    """What is left of the elements of each key, in order of the keys."""

    def __init__(
        self, elements: Items, key: Function, init: Function, reduce: Function, finish: Function
    ) -> None:
        self._elements: Items | None = elements
        self._key = key
        self._init = init
        self._reduce = reduce
        self._finish = finish
        self._states: dict[int, Sequence[Array]] = {}
        self._keys: deque[int] = deque()

    def next(self, token: Any) -> Element | None:
        if self._elements is not None:
            self._fold(self._elements, token)
        if not self._keys:
            return None
        return tuple(self._finish(self._states.pop(self._keys.popleft()), token))

    def _fold(self, elements: Items, token: Any) -> None:
        while (element := elements.next(token)) is not None:
            key = _number(self._key(element, token), "key_func")
            if key not in self._states:
                self._states[key] = self._init([np.int64(key)], token)
            self._states[key] = self._reduce([*self._states[key], *element], token)
        self._elements = None
        self._keys.extend(sorted(self._states))


@register
class GroupByReducerDataset(_Grouping):
    """What is left when functions fold the elements of each key into a state."""

    key_func: FuncGraph
    init_func: FuncGraph
    reduce_func: FuncGraph
    finalize_func: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = (
        "input_dataset: variant, key_func_other_arguments: [Tkey_func_other_arguments], "
        "init_func_other_arguments: [Tinit_func_other_arguments], "
        "reduce_func_other_arguments: [Treduce_func_other_arguments], "
        "finalize_func_other_arguments: [Tfinalize_func_other_arguments]"
    )

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.key_func, self.init_func, self.reduce_func, self.finalize_func

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        functions = self._functions(ctx, inputs)
        return _Reduced(dataset_in(inputs[0]), *functions).as_array()
