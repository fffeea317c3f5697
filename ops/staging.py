"""Staging areas: tuples of tensors that one run puts down and a later one picks up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, int32 as _int32
from graphflow.core.errors import ResourceExhaustedError
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._static import as_array, check_rank, invalid

__all__ = [
    "Stage",
    "StageClear",
    "StagePeek",
    "StageSize",
    "StagingArea",
    "Unstage",
]

_KIND = "staging area"


class _Buffer:
    """Tuples in the order in which they were put down.

    Args:
      capacity: how many it holds at most, 0 for any number.
      memory_limit: how many bytes it holds at most, 0 for any number.
    """

    def __init__(self, capacity: int, memory_limit: int) -> None:
        self._capacity = capacity
        self._memory_limit = memory_limit
        self._items: deque[tuple[Array, ...]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, item: tuple[Array, ...], cancellation: Any) -> None:
        """Put a tuple down, once there is room."""
        size = _size(item)
        if 0 < self._memory_limit < size:
            raise ResourceExhaustedError(
                None, None, f"{size} bytes exceed the memory_limit of {self._memory_limit}"
            )

        def has_room() -> bool:
            is_short = self._capacity <= 0 or len(self._items) < self._capacity
            is_small = self._memory_limit <= 0 or self._bytes + size <= self._memory_limit
            return is_short and is_small

        with self._changed:
            cancellation.wait_for(self._changed, has_room)
            self._items.append(item)
            self._bytes += size
            self._changed.notify_all()

    def get(self, cancellation: Any) -> tuple[Array, ...]:
        """Take the oldest tuple away, once there is one."""
        with self._changed:
            cancellation.wait_for(self._changed, lambda: bool(self._items))
            item = self._items.popleft()
            self._bytes -= _size(item)
            self._changed.notify_all()
            return item

    def peek(self, index: int, cancellation: Any) -> tuple[Array, ...]:
        """Return the tuple at a position, once there is one, and leave it."""
        if index < 0:
            raise invalid(f"index must not be negative, it is {index}")
        with self._changed:
            cancellation.wait_for(self._changed, lambda: len(self._items) > index)
            return self._items[index]

    def clear(self) -> None:
        """Forget all tuples."""
        with self._changed:
            self._items.clear()
            self._bytes = 0
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._items)


def _size(item: tuple[Array, ...]) -> int:
    return sum(as_array(array).nbytes for array in item)


# -- ops -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Staging(Op):
    """Base of the ops on a staging area, which they find by its shared name."""

    capacity: int = 0
    memory_limit: int = 0
    container: str = ""
    shared_name: str = ""

    stateful = True
    differentiable = False
    needs_context = True

    def _buffer(self, ctx: Context) -> _Buffer:
        _, buffer = ctx.make_handle(
            _KIND,
            lambda: _Buffer(self.capacity, self.memory_limit),
            self.container,
            self.shared_name,
        )
        assert isinstance(buffer, _Buffer)
        return buffer

    def _check(self) -> None:
        if self.capacity < 0 or self.memory_limit < 0:
            raise ValueError("capacity and memory_limit must not be negative")


@dataclass(frozen=True, eq=False, repr=False)
class _Listing(_Staging):
    """Base of those that are told the dtypes of a tuple."""

    dtypes: tuple[DType, ...] = field(kw_only=True)

    def _unknown(self) -> list[TensorSpec]:
        return [TensorSpec(TensorShape.of(None), dtype) for dtype in self.dtypes]

    def _checked(self, item: tuple[Array, ...]) -> tuple[Array, ...]:
        """A tuple, which must have the dtypes that this op gives out."""
        found = [as_dtype(as_array(array).dtype) for array in item]
        if found != list(self.dtypes):
            names = [dtype.name for dtype in found]
            raise invalid(
                f"the staged tuple has dtypes {names}, not {[d.name for d in self.dtypes]}"
            )
        return item


@register
class Stage(_Staging):
    """Put a tuple of tensors down in a staging area."""

    inputs = "values: [dtypes]"
    outputs = ""
    blocking = True

    def infer(self, *values: TensorSpec) -> tuple[()]:
        self._check()
        return ()

    def kernel(self, ctx: Context, *values: Array) -> tuple[()]:
        self._buffer(ctx).put(values, ctx.cancellation)
        return ()


@register
class Unstage(_Listing):
    """Take the oldest tuple of tensors from a staging area."""

    outputs = "values"
    blocking = True

    def infer(self) -> list[TensorSpec]:
        self._check()
        return self._unknown()

    def kernel(self, ctx: Context) -> tuple[Array, ...]:
        return self._checked(self._buffer(ctx).get(ctx.cancellation))


@register
class StagePeek(_Listing):
    """Look at a tuple of tensors in a staging area."""

    inputs = "index: int32"
    outputs = "values"
    blocking = True

    def infer(self, index: TensorSpec) -> list[TensorSpec]:
        self._check()
        check_rank("index", index, 0)
        return self._unknown()

    def kernel(self, ctx: Context, index: Array) -> tuple[Array, ...]:
        return self._checked(self._buffer(ctx).peek(int(index), ctx.cancellation))


@register
class StageSize(_Listing):
    """How many tuples are in a staging area."""

    outputs = "size"

    def infer(self) -> TensorSpec:
        self._check()
        return TensorSpec(TensorShape.of(()), _int32)

    def kernel(self, ctx: Context) -> Array:
        return np.int32(len(self._buffer(ctx)))


@register
class StageClear(_Listing):
    """Forget all that is in a staging area."""

    outputs = ""

    def infer(self) -> tuple[()]:
        self._check()
        return ()

    def kernel(self, ctx: Context) -> tuple[()]:
        self._buffer(ctx).clear()
        return ()


# -- the class for programs ------------------------------------------------------------------------


class StagingArea:
    """A place in the session where one run leaves tuples of tensors for a later one.

    Args:
      dtypes: a list of the dtypes of a tuple's tensors.
      shapes: their shapes, maybe partly unknown.
      names: names of the tensors; with names a tuple is a dictionary.
      shared_name: staging areas of one shared name in a session are the same.
      capacity: how many tuples it holds at most, 0 for any number; `put` waits for room.
      memory_limit: how many bytes it holds at most, 0 for any number.

    Raises:
      ValueError: there are not as many shapes or names as dtypes.

    >>> import graphflow as tf
    >>> from graphflow.ops import StagingArea
    >>> area = StagingArea([tf.float32], shapes=[[2]])
    >>> put, [value] = area.put([tf.constant([1.0, 2.0]) * 3.0]), area.get()
    >>> with tf.Session() as sess:
    ...     sess.run(put)
    ...     sess.run(value)
    array([3., 6.], dtype=float32)
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        self._dtypes = [as_dtype(dtype) for dtype in dtypes]
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(self._dtypes):
                raise ValueError(f"there are {len(given)} {what} for {len(self._dtypes)} dtypes")
        self._shapes = [as_shape(shape) for shape in shapes or [None] * len(self._dtypes)]
        self._names = list(names) if names else None
        self._capacity = capacity
        self._memory_limit = memory_limit
        self._name = get_default_graph().unique_name(shared_name or "StagingArea")
        self._shared_name = shared_name or self._name

    @property
    def name(self) -> str:
        """The name, from which those of its operations are made."""
        return self._name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of a tuple's tensors."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of a tuple's tensors."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of a tuple's tensors, None if it has none."""
        return self._names

    @property
    def capacity(self) -> int:
        """How many tuples it holds at most, 0 for any number."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """How many bytes it holds at most, 0 for any number."""
        return self._memory_limit

    def put(self, values: Any, name: str | None = None) -> Operation:
        """Put a tuple down; the operation waits while there is no room.

        Args:
          values: a tensor or a list of tensors; a dictionary if the area has names.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          ValueError: dtypes, shapes or names do not fit.
          ResourceExhaustedError: (in the run) the tuple alone exceeds the memory limit.
        """
        with name_scope(name, f"{self._name}_put", []) as scope:
            tensors = self._tensors(values)
            container = get_default_graph().current_container
            op = Stage(self._capacity, self._memory_limit, container, self._shared_name)
            return apply_op(op, tensors, name=scope)

    def _tensors(self, values: Any) -> list[Tensor]:
        """The tensors of a tuple, checked."""
        if isinstance(values, Mapping):
            if self._names is None:
                raise ValueError("a staging area without names takes a list, not a dictionary")
            if sorted(values) != sorted(self._names):
                raise ValueError(f"the names are {self._names}, not {sorted(values)}")
            values = [values[key] for key in self._names]
        elif self._names is not None:
            raise ValueError(f"a staging area with names takes a dictionary, not {values!r}")
        elif not isinstance(values, (list, tuple)):
            values = [values]
        if len(values) != len(self._dtypes):
            raise ValueError(f"a tuple has {len(self._dtypes)} tensors, not {len(values)}")
        tensors = []
        for value, dtype, shape in zip(values, self._dtypes, self._shapes, strict=True):
            tensor = convert_to_tensor(value, dtype)
            tensor.shape.assert_is_compatible_with(shape)
            tensors.append(tensor)
        return tensors

    def get(self, name: str | None = None) -> Any:
        """Take the oldest tuple away; the operation waits while there is none.

        Args:
          name: the operation's name.

        Returns:
          A list of tensors, or a dictionary if the area has names.
        """
        found = apply_multi(self._op(Unstage), name=name or f"{self._name}_get")
        return self._given_out(found)

    def peek(self, index: Any, name: str | None = None) -> Any:
        """Return the tuple at a position, which stays; the operation waits while there is none.

        Args:
          index: int32 scalar, 0 for the oldest.
          name: the operation's name.

        Returns:
          A list of tensors, or a dictionary if the area has names.
        """
        found = apply_multi(self._op(StagePeek), index, name=name or f"{self._name}_peek")
        return self._given_out(found)

    def size(self, name: str | None = None) -> Tensor:
        """Return an int32 scalar: how many tuples there are.

        Args:
          name: the operation's name.
        """
        return apply(self._op(StageSize), name=name or f"{self._name}_size")

    def clear(self, name: str | None = None) -> Operation:
        """Return an operation that forgets all tuples.

        Args:
          name: the operation's name.
        """
        return apply_op(self._op(StageClear), name=name or f"{self._name}_clear")

    def _op(self, make: Callable[..., Op]) -> Op:
        return make(
            self._capacity,
            self._memory_limit,
            get_default_graph().current_container,
            self._shared_name,
            dtypes=tuple(self._dtypes),
        )

    def _given_out(self, tensors: Sequence[Tensor]) -> Any:
        for tensor, shape in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(shape)
        if self._names is None:
            return list(tensors)
        return dict(zip(self._names, tensors, strict=True))
