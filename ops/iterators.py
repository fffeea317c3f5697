"""Iterators: the places in a session that know how far a dataset was walked through."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, resource as _resource, string as _string
from graphflow.core.errors import (
    CancelledError,
    FailedPreconditionError,
    NotFoundError,
    OutOfRangeError,
)
from graphflow.core.func_graph import FuncGraph
from graphflow.core.handles import ResourceHandle
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._dataset import Dataset, Element, Environment, Items, dataset_in, shape_of
from graphflow.ops._static import as_array, check_rank, invalid
from graphflow.ops._text import item_of

__all__ = [
    "IteratorFromStringHandleV2",
    "IteratorGetNext",
    "IteratorGetNextSync",
    "IteratorToStringHandle",
    "IteratorV2",
    "MakeIterator",
    "OneShotIterator",
]

_KIND = "iterator"


class IteratorState:
    """An iterator of a session.

    One get_next at a time walks on; others wait for their turn.

    Args:
      types: the dtypes of an element's components, none to take any.
      shapes: their shapes.
    """

    def __init__(self, types: Sequence[DType], shapes: Sequence[TensorShape]) -> None:
        self.types = tuple(types)
        self.shapes = tuple(shapes)
        self._turn = threading.Condition()
        self._is_busy = False
        self._items: Items | None = None
        self._env: Environment | None = None
        self._put_back: deque[Element] = deque()

    @property
    def is_initialized(self) -> bool:
        """Whether there is a dataset to walk through."""
        return self._items is not None

    def start(self, dataset: Dataset, env: Environment) -> None:
        """Walk through a dataset from its beginning."""
        items = dataset.elements(env)
        with self._turn:
            previous, self._env = self._env, env
            self._items = items
            self._put_back.clear()
        _end(previous)

    def next(self, cancellation: Any) -> Element:
        """Return the next element.

        Raises:
          FailedPreconditionError: there is no dataset.
          OutOfRangeError: there are no more elements.
        """
        with self._turn:
            cancellation.wait_for(self._turn, lambda: not self._is_busy)
            items = self._items
            if items is None:
                raise FailedPreconditionError(
                    None,
                    None,
                    "the iterator is not initialized: run its initializer first, as "
                    "session.run(iterator.initializer)",
                )
            if self._put_back:
                return self._put_back.popleft()
            self._is_busy = True
        try:
            element = items.next(cancellation)
        finally:
            with self._turn:
                self._is_busy = False
                self._turn.notify()
        if element is None:
            raise OutOfRangeError(None, None, "End of sequence")
        return element  # type: ignore[no-any-return]

    def put_back(self, elements: Sequence[Element]) -> None:
        """Let the next calls of `next` return elements again.

        Args:
          elements: what `next` returned, in its order.
        """
        with self._turn:
            self._put_back.extendleft(reversed(elements))

    def end_background_work(self) -> None:
        """Give the dataset up."""
        with self._turn:
            env, self._env, self._items = self._env, None, None
            self._put_back.clear()
        _end(env)

    def __del__(self) -> None:
        self.end_background_work()


def _end(env: Environment | None) -> None:
    if env is not None:
        env.life.cancel(CancelledError(None, None, "the iterator was closed or initialized anew"))


def _environment(ctx: Context) -> Environment:
    return Environment(ctx.spawn, ctx.cancellation.another())


def check_structure(
    what: str,
    types: Sequence[DType],
    shapes: Sequence[TensorShape],
    found_types: Sequence[DType],
    found_shapes: Sequence[TensorShape],
) -> None:
    """Raise InvalidArgumentError unless a structure of components is the expected one."""
    if len(types) != len(found_types):
        raise invalid(f"{what} has {len(found_types)} components, {len(types)} are expected")
    for index, (dtype, found) in enumerate(zip(types, found_types, strict=True)):
        if dtype is not found:
            raise invalid(f"component {index} of {what} is {found.name}, {dtype.name} is expected")
    for index, (shape, found_shape) in enumerate(zip(shapes, found_shapes, strict=True)):
        if not shape.is_compatible_with(found_shape):
            raise invalid(
                f"component {index} of {what} has shape {found_shape}, {shape} is expected"
            )


# -- ops that make an iterator ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Typed(Op):
    """Base of the ops that declare the components of an element."""

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    stateful = True
    differentiable = False
    needs_context = True


@register
class IteratorV2(Op):
    """The handle of an iterator that an initializer starts."""

    shared_name: str
    container: str
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _resource)

    def kernel(self, ctx: Context) -> Array:
        handle, state = ctx.make_handle(
            _KIND,
            lambda: IteratorState(self.output_types, self.output_shapes),
            self.container,
            self.shared_name,
        )
        check_structure(
            f"the iterator that shares the name {self.shared_name!r}",
            self.output_types,
            self.output_shapes,
            state.types,
            state.shapes,
        )
        return handle


@register
class OneShotIterator(Op):
    """The handle of an iterator that starts by itself, once."""

    dataset_factory: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]
    container: str = ""
    shared_name: str = ""

    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _resource)

    def kernel(self, ctx: Context) -> Array:
        handle, state = ctx.make_handle(
            _KIND,
            lambda: IteratorState(self.output_types, self.output_shapes),
            self.container,
            self.shared_name,
        )
        with ctx.state(threading.Lock):
            if not state.is_initialized:
                (value,) = ctx.function(self.dataset_factory)([])
                state.start(dataset_in(value), _environment(ctx))
        return handle


@register
class MakeIterator(Op):
    """Start an iterator with a dataset."""

    inputs = "dataset: variant, iterator: resource"
    outputs = ""
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, ctx: Context, dataset: Array, iterator: Array) -> tuple[()]:
        state: IteratorState = ctx.resource(_KIND, iterator)
        state.start(dataset_in(dataset), _environment(ctx))
        return ()


# -- ops that use one ------------------------------------------------------------------------------


@register
class IteratorGetNext(_Typed):
    """The next element."""

    inputs = "iterator: resource"
    outputs = "components"
    blocking = True

    def infer(self, iterator: TensorSpec) -> list[TensorSpec]:
        pairs = zip(self.output_shapes, self.output_types, strict=True)
        return [TensorSpec(shape, dtype) for shape, dtype in pairs]

    def kernel(self, ctx: Context, iterator: Array) -> Element:
        state: IteratorState = ctx.resource(_KIND, iterator)
        return self._checked(state.next(ctx.cancellation))

    def _checked(self, element: Element) -> Element:
        """An element, whose components must have the declared shapes and dtypes."""
        if len(element) != len(self.output_types):
            raise invalid(
                f"an element has {len(element)} components, {len(self.output_types)} are expected"
            )
        for index, (component, dtype, shape) in enumerate(
            zip(element, self.output_types, self.output_shapes, strict=True)
        ):
            found = getattr(component, "dtype", np.dtype(object))
            if found != dtype.numpy:
                raise invalid(f"component {index} is {found}, {dtype.name} is expected")
            if not shape.is_compatible_with(shape_of(component)):
                raise invalid(
                    f"component {index} has shape {shape_of(component)}, {shape} is expected"
                )
        return element


@register
class IteratorGetNextSync(IteratorGetNext):
    """The next element; the same as `IteratorGetNext`."""


# -- string handles --------------------------------------------------------------------------------

_PREFIX = "graphflow/iterator"


@register
class IteratorToStringHandle(Op):
    """The handle of an iterator as a string, which can be fed."""

    inputs = "resource_handle: resource"
    outputs = "string_handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, resource_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, ctx: Context, resource_handle: Array) -> Array:
        ctx.resource(_KIND, resource_handle)
        handle: ResourceHandle = as_array(resource_handle).item()
        text = "\0".join((_PREFIX, handle.container, handle.name))
        return as_array(text.encode())


@register
class IteratorFromStringHandleV2(Op):
    """The handle of the iterator that a string stands for."""

    output_types: tuple[DType, ...] = ()
    output_shapes: tuple[TensorShape, ...] = ()

    inputs = "string_handle: string"
    outputs = "resource_handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, string_handle: TensorSpec) -> TensorSpec:
        check_rank("string_handle", string_handle, 0)
        return TensorSpec(TensorShape.of(()), _resource)

    def kernel(self, ctx: Context, string_handle: Array) -> Array:
        prefix, *parts = item_of(string_handle).decode(errors="replace").split("\0")
        if prefix != _PREFIX or len(parts) != 2:
            raise invalid(f"{item_of(string_handle)!r} is no handle of an iterator")
        handle = ResourceHandle(_KIND, *parts)
        state = ctx.resources.lookup(handle)
        if state is None:
            raise NotFoundError(None, None, f"this session has no {handle}")
        if self.output_types:
            shapes = self.output_shapes or [TensorShape.of(None)] * len(self.output_types)
            check_structure(f"{handle}", self.output_types, shapes, state.types, state.shapes)
        return handle.as_array()
