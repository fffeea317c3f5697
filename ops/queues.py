"""Ops on queues: making one, putting elements in, taking them out, closing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import (
    DType,
    bool as _bool,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    resource as _resource,
    string as _string,
)
from graphflow.core.op import Array, Context, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._queues import (
    KIND,
    PaddingQueue,
    PriorityQueue,
    Queue,
    ShuffleQueue,
    private_name,
    queue_of,
)
from graphflow.ops._static import check_rank, invalid, known_int

__all__ = [
    "FIFOQueueV2",
    "PaddingFIFOQueueV2",
    "PriorityQueueV2",
    "QueueCloseV2",
    "QueueDequeueManyV2",
    "QueueDequeueUpToV2",
    "QueueDequeueV2",
    "QueueEnqueueManyV2",
    "QueueEnqueueV2",
    "QueueIsClosedV2",
    "QueueSizeV2",
    "RandomShuffleQueueV2",
]

_SCALAR = TensorShape.of(())

# -- handles ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Making(Op):
    """Base of the ops that make a queue and return its handle."""

    component_types: tuple[DType, ...]
    shapes: tuple[TensorShape, ...] = ()
    capacity: int = -1
    container: str = ""
    shared_name: str = ""

    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True
    queue: ClassVar[type[Queue]] = Queue

    def infer(self) -> TensorSpec:
        if self.shapes and len(self.shapes) != len(self.component_types):
            raise ValueError(f"{len(self.shapes)} shapes for {len(self.component_types)} types")
        return TensorSpec(_SCALAR, _resource)

    def _make(self, name: str) -> Queue:
        """Make an empty queue."""
        return self.queue(name, self.component_types, self.shapes, self.capacity)

    def kernel(self, ctx: Context) -> Array:
        name = self.shared_name or private_name(ctx.node.name)
        handle, queue = ctx.make_handle(
            KIND, lambda: self._make(name), self.container, self.shared_name, False
        )
        if self.shared_name:
            _check_same(queue, self._make(name))
        return handle

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        shapes = (TensorShape.of(()), TensorShape.of((2,)))
        yield Sample.of(cls((_float32, _string), shapes, 7))


def _check_same(found: Queue, wanted: Queue) -> None:
    """Refuse to share a queue with somebody who expects another one."""
    if found.type != wanted.type:
        raise invalid(
            f"Shared queue {found.name!r} is a {found.type}, not a {wanted.type}: give one of them "
            "another shared_name"
        )
    wishes = wanted.settings()
    for what, value in found.settings().items():
        if value != wishes[what]:
            raise invalid(
                f"Shared queue {found.name!r} has {what} {value} but requested {what} was "
                f"{wishes[what]}: give one of them another shared_name"
            )


@register
class FIFOQueueV2(_Making):
    """The handle of a queue: first in, first out."""


@register
class PaddingFIFOQueueV2(_Making):
    """The handle of a queue whose elements may differ in size."""

    queue = PaddingQueue


@register
class RandomShuffleQueueV2(_Making):
    """The handle of a queue from which elements come in random order."""

    min_after_dequeue: int = 0
    seed: int = 0
    seed2: int = 0

    def _make(self, name: str) -> Queue:
        return ShuffleQueue(
            name, self.component_types, self.shapes, self.capacity,
            self.min_after_dequeue, self.seed, self.seed2,
        )  # fmt: skip


@register
class PriorityQueueV2(_Making):
    """The handle of a queue from which elements come by priority, their first component."""

    component_types: tuple[DType, ...] = ()

    def _make(self, name: str) -> Queue:
        shapes = (_SCALAR, *self.shapes) if self.shapes else ()
        return PriorityQueue(name, (_int64, *self.component_types), shapes, self.capacity)


# -- elements --------------------------------------------------------------------------------------


class _Using(Op):
    """Base of the ops that take the handle of a queue."""

    stateful = True
    differentiable = False
    needs_context = True


@dataclass(frozen=True, eq=False, repr=False)
class _Enqueueing(_Using):
    """Base of the ops that put elements in."""

    timeout_ms: int = -1

    inputs = "handle: resource, components: [Tcomponents]"
    outputs = ""
    blocking = True

    def infer(self, handle: TensorSpec, *components: TensorSpec) -> tuple[()]:
        _refuse_timeout(self.timeout_ms)
        return ()


def _refuse_timeout(timeout_ms: int) -> None:
    if timeout_ms != -1:
        raise NotImplementedError(
            f"timeout_ms={timeout_ms}: a queue has no timeout of its own, use tf.RunOptions"
        )


@register
class QueueEnqueueV2(_Enqueueing):
    """Put an element in, once there is room."""

    def kernel(self, ctx: Context, handle: Array, *components: Array) -> tuple[()]:
        queue_of(ctx, handle).enqueue(components, ctx.cancellation)
        return ()


@register
class QueueEnqueueManyV2(_Enqueueing):
    """Put the slices of tensors along the first axis in, each once there is room."""

    def kernel(self, ctx: Context, handle: Array, *components: Array) -> tuple[()]:
        queue_of(ctx, handle).enqueue_many(components, ctx.cancellation)
        return ()


@dataclass(frozen=True, eq=False, repr=False)
class _Dequeueing(_Using):
    """Base of the ops that take elements out."""

    component_types: tuple[DType, ...]
    timeout_ms: int = -1

    outputs = "components"
    blocking = True

    def _specs(self) -> list[TensorSpec]:
        _refuse_timeout(self.timeout_ms)
        return [TensorSpec(TensorShape.of(None), dtype) for dtype in self.component_types]

    def _checked(self, queue: Queue) -> Queue:
        if queue.dtypes != tuple(self.component_types):
            raise invalid(
                f"{queue.type} {queue.name!r} has components {[t.name for t in queue.dtypes]}, not "
                f"{[t.name for t in self.component_types]}"
            )
        return queue


@register
class QueueDequeueV2(_Dequeueing):
    """Take an element out, once there is one."""

    inputs = "handle: resource"

    def infer(self, handle: TensorSpec) -> list[TensorSpec]:
        return self._specs()

    def kernel(self, ctx: Context, handle: Array) -> tuple[Array, ...]:
        return self._checked(queue_of(ctx, handle)).dequeue(ctx.cancellation, ctx.on_drop)


@dataclass(frozen=True, eq=False, repr=False)
class _DequeueingMany(_Dequeueing):
    """Base of the ops that take out several elements."""

    inputs = "handle: resource, n: int32"
    allow_fewer: ClassVar[bool] = False

    def infer(self, handle: TensorSpec, n: TensorSpec) -> list[TensorSpec]:
        check_rank("n", n, 0)
        count = known_int(n)
        if count is not None and count < 0:
            raise ValueError(f"n must not be negative, it is {count}")
        return self._specs()

    def kernel(self, ctx: Context, handle: Array, n: Array) -> tuple[Array, ...]:
        queue = self._checked(queue_of(ctx, handle))
        return queue.dequeue_many(int(n), self.allow_fewer, ctx.cancellation, ctx.on_drop)


@register
class QueueDequeueManyV2(_DequeueingMany):
    """Take several elements out, once there are enough."""


@register
class QueueDequeueUpToV2(_DequeueingMany):
    """Take several elements out, or as many as are left when the queue is closed."""

    allow_fewer = True


# -- the state of a queue --------------------------------------------------------------------------


@register
class QueueCloseV2(_Using):
    """Let a queue take no elements any more."""

    cancel_pending_enqueues: bool = False

    inputs = "handle: resource"
    outputs = ""
    blocking = True

    def infer(self, handle: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, ctx: Context, handle: Array) -> tuple[()]:
        queue_of(ctx, handle).close(self.cancel_pending_enqueues, ctx.cancellation)
        return ()


@register
class QueueIsClosedV2(_Using):
    """Whether a queue is closed."""

    inputs = "handle: resource"
    outputs = "is_closed"

    def infer(self, handle: TensorSpec) -> TensorSpec:
        return TensorSpec(_SCALAR, _bool)

    def kernel(self, ctx: Context, handle: Array) -> Any:
        return np.bool_(queue_of(ctx, handle).is_closed)


@register
class QueueSizeV2(_Using):
    """How many elements a queue has."""

    inputs = "handle: resource"
    outputs = "size"

    def infer(self, handle: TensorSpec) -> TensorSpec:
        return TensorSpec(_SCALAR, _int32)

    def kernel(self, ctx: Context, handle: Array) -> Any:
        return np.int32(len(queue_of(ctx, handle)))
