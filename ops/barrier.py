"""Barriers: keys whose components come from different places, taken once they are complete."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    int32 as _int32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import CancelledError, OutOfRangeError
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape, unknown_shape
from graphflow.ops._static import as_array, check_rank, invalid, known_int

__all__ = [
    "Barrier",
    "BarrierClose",
    "BarrierIncompleteSize",
    "BarrierInsertMany",
    "BarrierOp",
    "BarrierReadySize",
    "BarrierTakeMany",
]

_KIND = "barrier"
_FIRST_INDEX = -(2**63)


class _Element:
    """What is there of one key.

    Args:
      index: the number of the insertion that brought the key.
      count: how many components there will be.
    """

    def __init__(self, index: int, count: int) -> None:
        self.index = index
        self.components: list[Any] = [None] * count
        self.missing = count


class _State:
    """The elements of a barrier, incomplete ones by key and complete ones in order."""

    def __init__(self, dtypes: tuple[DType, ...], shapes: tuple[TensorShape, ...]) -> None:
        self.dtypes = dtypes
        self.shapes = shapes
        self.incomplete: dict[bytes, _Element] = {}
        self.ready: list[tuple[int, int, bytes, _Element]] = []
        self._insertions = 0
        self._completed = 0
        self._is_closed = False
        self._is_cancelled = False
        self._changed = threading.Condition()

    def insert(self, component: int, keys: Array, values: Array) -> None:
        """Give each key one of its components."""
        if not 0 <= component < len(self.dtypes):
            raise invalid(f"component_index {component} is not in [0, {len(self.dtypes)})")
        self._check_values(component, values)
        with self._changed:
            self._check_keys(component, keys.tolist())
            index = _FIRST_INDEX + self._insertions
            self._insertions += 1
            for key, value in zip(keys.tolist(), values, strict=True):
                self._set(key, component, as_array(value), index)
            self._changed.notify_all()

    def _check_values(self, component: int, values: Array) -> None:
        dtype = self.dtypes[component]
        if values.dtype != dtype.numpy:
            raise invalid(f"component {component} is {dtype.name}, the values are {values.dtype}")
        if self.shapes and not self.shapes[component].is_compatible_with(values.shape[1:]):
            raise invalid(
                f"component {component} has shape {self.shapes[component]}, the values "
                f"{TensorShape(values.shape[1:])}"
            )

    def _check_keys(self, component: int, keys: Sequence[bytes]) -> None:
        for key in keys:
            element = self.incomplete.get(key)
            if element is None and (self._is_closed or self._is_cancelled):
                raise CancelledError(None, None, f"the barrier is closed: {key!r} would be new")
            if element is not None and element.components[component] is not None:
                raise invalid(f"the key {key!r} has its component {component} already")

    def _set(self, key: bytes, component: int, value: Array, index: int) -> None:
        element = self.incomplete.setdefault(key, _Element(index, len(self.dtypes)))
        if element.components[component] is not None:
            raise invalid(f"the key {key!r} has its component {component} already")
        element.components[component] = value
        element.missing -= 1
        if not element.missing:
            del self.incomplete[key]
            heapq.heappush(self.ready, (element.index, self._completed, key, element))
            self._completed += 1

    def take(self, count: int, allow_small: bool, cancellation: Any) -> tuple[Array, ...]:
        """Wait for complete elements and take them away."""
        if count < 0:
            raise invalid(f"num_elements must not be negative, it is {count}")
        with self._changed:
            cancellation.wait_for(
                self._changed, lambda: len(self.ready) >= count or self._is_exhausted()
            )
            if len(self.ready) < count and not (allow_small and self.ready):
                raise OutOfRangeError(
                    None, None,
                    f"the barrier is closed and has {len(self.ready)} elements, not {count}",
                )  # fmt: skip
            taken = [heapq.heappop(self.ready) for _ in range(min(count, len(self.ready)))]
        return self._stacked(taken)

    def _is_exhausted(self) -> bool:
        """Whether no further element will become complete."""
        return self._is_cancelled or (self._is_closed and not self.incomplete)

    def _stacked(self, taken: Sequence[tuple[int, int, bytes, _Element]]) -> tuple[Array, ...]:
        keys = np.empty(len(taken), object)
        keys[:] = [key for _, _, key, _ in taken]
        values = []
        for i, dtype in enumerate(self.dtypes):
            rows = [element.components[i] for *_, element in taken]
            empty = np.zeros((0, *self._row_shape(i)), dtype.numpy)
            values.append(np.stack(rows) if rows else empty)
        return np.asarray([index for index, *_ in taken], np.int64), keys, *values

    def _row_shape(self, component: int) -> tuple[int, ...]:
        dims = self.shapes[component].as_tuple() if self.shapes else ()
        return tuple(size or 0 for size in dims or ())

    def close(self, cancel_pending: bool) -> None:
        """Take no new keys any more; forget incomplete elements if `cancel_pending`."""
        with self._changed:
            if self._is_cancelled or (self._is_closed and not cancel_pending):
                raise CancelledError(None, None, "the barrier is closed already")
            self._is_closed = True
            if cancel_pending:
                self._is_cancelled = True
                self.incomplete.clear()
            self._changed.notify_all()


# -- ops -------------------------------------------------------------------------------------------


@register
class BarrierOp(Op):
    """The handle of a barrier of the session."""

    type = "Barrier"
    component_types: tuple[DType, ...]
    shapes: tuple[TensorShape, ...] = ()
    capacity: int = -1
    container: str = ""
    shared_name: str = ""

    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self) -> TensorSpec:
        if self.shapes and len(self.shapes) != len(self.component_types):
            raise ValueError(f"{len(self.shapes)} shapes for {len(self.component_types)} types")
        if self.capacity != -1:
            raise ValueError(f"the capacity of a barrier must be -1, it is {self.capacity}")
        return TensorSpec(TensorShape.of((2,)), _string._as_ref)

    def kernel(self, ctx: Context) -> Array:
        handle, state = ctx.make_handle(
            _KIND,
            lambda: _State(self.component_types, self.shapes),
            self.container,
            self.shared_name,
        )
        if (state.dtypes, state.shapes) != (self.component_types, self.shapes):
            raise invalid(
                f"the barrier {self.shared_name!r} has other components: give one another name"
            )
        return handle


class _Using(Op):
    """Base of the ops that take the handle of a barrier."""

    stateful = True
    differentiable = False
    needs_context = True

    @staticmethod
    def _state(ctx: Context, handle: Array) -> _State:
        state = ctx.resource(_KIND, handle)
        assert isinstance(state, _State)
        return state


@register
class BarrierInsertMany(_Using):
    """Give keys one of their components."""

    component_index: int

    inputs = "handle: &string, keys: string, values: T"
    outputs = ""

    def infer(self, handle: TensorSpec, keys: TensorSpec, values: TensorSpec) -> tuple[()]:
        check_rank("keys", keys, 1)
        values.shape.with_rank_at_least(1)[:1].merge_with(keys.shape)
        return ()

    def kernel(self, ctx: Context, handle: Array, keys: Array, values: Array) -> tuple[()]:
        self._state(ctx, handle).insert(self.component_index, keys, values)
        return ()


@register
class BarrierTakeMany(_Using):
    """Wait for complete elements and take them away."""

    component_types: tuple[DType, ...]
    allow_small_batch: bool = False
    wait_for_incomplete: bool = False
    timeout_ms: int = -1

    inputs = "handle: &string, num_elements: int32"
    outputs = "indices, keys, values"
    blocking = True

    def infer(self, handle: TensorSpec, num_elements: TensorSpec) -> list[TensorSpec]:
        check_rank("num_elements", num_elements, 0)
        if self.wait_for_incomplete or self.timeout_ms != -1:
            raise NotImplementedError(
                "BarrierTakeMany does without wait_for_incomplete, timeout_ms"
            )
        vector = unknown_shape(1)
        values = [TensorSpec(TensorShape.of(None), dtype) for dtype in self.component_types]
        return [TensorSpec(vector, _int64), TensorSpec(vector, _string), *values]

    def kernel(self, ctx: Context, handle: Array, num_elements: Array) -> tuple[Array, ...]:
        state = self._state(ctx, handle)
        return state.take(int(num_elements), self.allow_small_batch, ctx.cancellation)


@register
class BarrierClose(_Using):
    """Let a barrier take no new keys any more."""

    cancel_pending_enqueues: bool = False

    inputs = "handle: &string"
    outputs = ""

    def infer(self, handle: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, ctx: Context, handle: Array) -> tuple[()]:
        self._state(ctx, handle).close(self.cancel_pending_enqueues)
        return ()


class _Counting(_Using):
    """How many elements of a kind a barrier has."""

    outputs = "size"

    def infer(self, handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _int32)


@register
class BarrierReadySize(_Counting):
    """How many complete elements a barrier has."""

    inputs = "handle: &string"

    def kernel(self, ctx: Context, handle: Array) -> Array:
        return np.int32(len(self._state(ctx, handle).ready))


@register
class BarrierIncompleteSize(_Counting):
    """How many incomplete elements a barrier has."""

    inputs = "handle: &string"

    def kernel(self, ctx: Context, handle: Array) -> Array:
        return np.int32(len(self._state(ctx, handle).incomplete))


# -- the class for programs ------------------------------------------------------------------------


class TakenElements(NamedTuple):
    """What `Barrier.take_many` returns.

    Attributes:
      indices: int64 [n], which insertion brought each key; smaller ones came earlier.
      keys: string [n].
      values: for each component a tensor [n, ...].
    """

    indices: Tensor
    keys: Tensor
    values: list[Tensor]


class Barrier:
    """Elements by key, whose components are inserted one by one and taken once complete.

    Args:
      types: the dtype of each component, or one dtype.
      shapes: the shape of each component; unknown by default.
      shared_name: barriers of one shared name in a session are the same.
      name: the operation's name.

    Raises:
      ValueError: there are not as many shapes as types, or a shape is empty.

    >>> import graphflow as tf
    >>> from graphflow.ops import Barrier
    >>> barrier = Barrier([tf.float32, tf.string], shapes=[[], []])
    >>> taken = barrier.take_many(1)
    >>> with tf.Session() as sess:
    ...     sess.run(barrier.insert_many(0, ["a", "b"], [1.5, 2.5]))
    ...     sess.run(barrier.insert_many(1, ["b"], ["text"]))
    ...     found = sess.run(taken)
    >>> found.keys, found.values
    (array([b'b'], dtype=object), [array([2.5], dtype=float32), array([b'text'], dtype=object)])
    """

    def __init__(
        self,
        types: Any,
        shapes: Sequence[Any] | None = None,
        shared_name: str | None = None,
        name: str = "barrier",
    ) -> None:
        listed = types if isinstance(types, (list, tuple)) else [types]
        self._types = tuple(as_dtype(dtype) for dtype in listed)
        self._shapes = tuple(as_shape(shape) for shape in shapes or ())
        for index, shape in enumerate(self._shapes):
            if shape.num_elements() == 0:
                raise ValueError(f"component {index} has the empty shape {shape}")
        container = get_default_graph().current_container
        op = BarrierOp(self._types, self._shapes, -1, container, shared_name or "")
        self._barrier_ref = apply(op, name=name)
        self._name = self._barrier_ref.op.name.split("/")[-1]

    @property
    def barrier_ref(self) -> Tensor:
        """The handle of the barrier."""
        return self._barrier_ref

    @property
    def name(self) -> str:
        """The name of its operation, without scopes."""
        return self._name

    def insert_many(
        self, component_index: int, keys: Any, values: Any, name: str | None = None
    ) -> Operation:
        """Give keys one of their components.

        Args:
          component_index: which component.
          keys: string [n].
          values: [n, ...], the component of each key.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          ValueError: there are not as many values as keys.
          InvalidArgumentError: (in the run) a key has the component already.
          CancelledError: (in the run) the barrier is closed and a key is new.
        """
        op = BarrierInsertMany(component_index)
        name = name or f"{self._name}_BarrierInsertMany"
        return apply_op(op, self._barrier_ref, keys, values, name=name)

    def take_many(
        self,
        num_elements: Any,
        allow_small_batch: bool = False,
        timeout: int | None = None,
        name: str | None = None,
    ) -> TakenElements:
        """Wait for complete elements and take them away, those of earlier insertions first.

        Args:
          num_elements: int32 scalar, how many.
          allow_small_batch: whether fewer may be returned once the barrier is closed.
          timeout: not supported; see `tf.RunOptions`.
          name: the operation's name.

        Returns:
          A named tuple of `indices`, `keys` and `values`.

        Raises:
          OutOfRangeError: (in the run) the barrier is closed and there will not be enough.
        """
        if timeout is not None:
            raise NotImplementedError("take_many does not take timeout: use tf.RunOptions")
        op = BarrierTakeMany(self._types, allow_small_batch)
        name = name or f"{self._name}_BarrierTakeMany"
        found = apply_multi(op, self._barrier_ref, num_elements, name=name)
        count = None if allow_small_batch else known_int(found[0].op.inputs[1].spec)
        for tensor in found[:2]:
            tensor.set_shape([count])
        for tensor, shape in zip(found[2:], self._shapes, strict=False):
            tensor.set_shape(TensorShape([count]).concatenate(shape))
        return TakenElements(found[0], found[1], found[2:])

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Take no new keys any more.

        Args:
          cancel_pending_enqueues: whether to forget incomplete elements, which else may be
            completed.
          name: the operation's name.

        Returns:
          An `Operation`.
        """
        op = BarrierClose(cancel_pending_enqueues)
        return apply_op(op, self._barrier_ref, name=name or f"{self._name}_BarrierClose")

    def ready_size(self, name: str | None = None) -> Tensor:
        """Return an int32 scalar: how many complete elements there are.

        Args:
          name: the operation's name.
        """
        name = name or f"{self._name}_BarrierReadySize"
        return apply(BarrierReadySize(), self._barrier_ref, name=name)

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """Return an int32 scalar: how many incomplete elements there are.

        Args:
          name: the operation's name.
        """
        name = name or f"{self._name}_BarrierIncompleteSize"
        return apply(BarrierIncompleteSize(), self._barrier_ref, name=name)
