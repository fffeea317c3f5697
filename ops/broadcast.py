"""Broadcasting: tensors repeated to fill a shape, and the arithmetic of such shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import INDEX
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._static import Ints, as_array, check_rank, f32, five_axes, i32, i64, invalid

__all__ = [
    "BroadcastArgs",
    "BroadcastGradientArgs",
    "BroadcastTo",
    "broadcast_dynamic_shape",
    "broadcast_gradient_args",
    "broadcast_static_shape",
    "broadcast_to",
]


@register
class BroadcastTo(Op):
    """A tensor repeated to fill a shape."""

    inputs = "input: T, shape: Tidx"
    types = {"Tidx": INDEX}
    keeps_elements = True

    def infer(self, input: TensorSpec, shape: TensorSpec) -> TensorSpec:
        check_rank("shape", shape, 1)
        target = shape.as_shape()
        old, new = input.shape.as_tuple(), target.as_tuple()
        if old is not None and new is not None:
            _check_broadcasts(old, new)
            # A size that is not known can only be the input's, unless that is repeated.
            padded = (1,) * (len(new) - len(old)) + old
            sizes = zip(padded, new, strict=True)
            target = TensorShape.of(tuple(o if n is None and o != 1 else n for o, n in sizes))
        return TensorSpec(target, input.dtype.base_dtype)

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return names[0]

    def kernel(self, input: Array, shape: Array) -> Array:
        target = tuple(shape.tolist())
        try:
            _check_broadcasts(np.shape(input), target)
        except ValueError as error:
            raise invalid(str(error)) from error
        return np.broadcast_to(as_array(input), target)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, shape = op.inputs
        old = ops.shape(x, out_type=shape.dtype)
        axes, _ = ops.broadcast_gradient_args(old, shape)
        return ops.reshape(ops.reduce_sum(grad, axes, keepdims=True), old), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), i32([2, 2, 3, 2, 2]))
        x = f32([[1.5], [-2]])
        yield Sample.of(cls(), x, i32([2, 3]))
        yield Sample.of(cls(), x, i64([4, 2, 1]))
        yield Sample.of(cls(), np.float32(3), i32([2, 2]))
        yield Sample.of(cls(), i32([1, 2]), i32([0, 2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (x, i32([2, 4])), "cannot be broadcast")
        yield ErrorSample(cls(), (x, i32([3])), "cannot be broadcast")


def _check_broadcasts(old: Ints, new: Ints) -> None:
    tail = new[len(new) - len(old) :] if len(old) <= len(new) else ()
    if len(tail) == len(old) and all(
        a in (None, 1) or b is None or a == b for a, b in zip(old, tail, strict=True)
    ):
        return
    raise ValueError(f"shape {TensorShape.of(old)} cannot be broadcast to {TensorShape.of(new)}")


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Repeat a tensor along axes of size 1, and along new leading axes, to fill a shape.

    Args:
      input: a tensor of any dtype.
      shape: int32 or int64 vector, the shape of the result.
      name: the operation's name.

    Returns:
      A tensor of shape `shape`.

    Raises:
      ValueError: the shape of `input` does not broadcast to `shape`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.broadcast_to([1, 2, 3], [2, 3]))
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    return apply(BroadcastTo(), input, shape, name=name)


@register
class BroadcastArgs(Op):
    """The shape that two shapes broadcast to."""

    inputs = "s0: T, s1: T"
    outputs = "r0"
    types = {"T": INDEX}
    commutative = True
    cheap = True

    def infer(self, s0: TensorSpec, s1: TensorSpec) -> TensorSpec:
        check_rank("s0", s0, 1)
        check_rank("s1", s1, 1)
        broadcast_shape(s0.as_shape(), s1.as_shape())
        lengths = [spec.shape.as_tuple() for spec in (s0, s1)]
        sizes = [dims[0] if dims else None for dims in lengths]
        length = None if None in sizes else max(size or 0 for size in sizes)
        return TensorSpec(TensorShape.of((length,)), s0.dtype.base_dtype)

    def partial(self, *specs: TensorSpec) -> Ints | None:
        a, b = specs
        if a.shape.rank != 1 or b.shape.rank != 1:
            return None
        return broadcast_shape(a.as_shape(), b.as_shape()).as_tuple()

    def kernel(self, s0: Array, s1: Array) -> Array:
        return np.asarray(_broadcast(s0, s1), s0.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([2, 1, 3]), i32([5, 1]))
        yield Sample.of(cls(), i64([]), i64([4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([[2], [3]]), i32([5])), "s0 must be a vector")
        yield ErrorSample(cls(), (i32([3, 4]), i32([5, 4])), "do not broadcast")


def _broadcast(s0: Array, s1: Array) -> tuple[int, ...]:
    try:
        shape = broadcast_shape(s0.tolist(), s1.tolist()).as_list()
    except ValueError as error:
        raise invalid(str(error)) from error
    return tuple(size or 0 for size in shape)


@register
class BroadcastGradientArgs(Op):
    """The axes along which the gradients of two broadcast inputs are summed."""

    inputs = "s0: T, s1: T"
    outputs = "r0, r1"
    types = {"T": INDEX}
    cheap = True

    def infer(self, s0: TensorSpec, s1: TensorSpec) -> list[TensorSpec]:
        check_rank("s0", s0, 1)
        check_rank("s1", s1, 1)
        return [TensorSpec(TensorShape.of((None,)), s0.dtype.base_dtype)] * 2

    def kernel(self, s0: Array, s1: Array) -> tuple[Array, Array]:
        rank = len(_broadcast(s0, s1))
        if np.array_equal(s0, s1):
            return np.zeros(0, s0.dtype), np.zeros(0, s0.dtype)
        a = np.concatenate([np.ones(rank - len(s0), s0.dtype), s0])
        b = np.concatenate([np.ones(rank - len(s1), s0.dtype), s1])
        return (
            np.nonzero(a == 1)[0].astype(s0.dtype),
            np.nonzero(b == 1)[0].astype(s0.dtype),
        )

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return [None, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([2, 1, 3]), i32([5, 1]))
        yield Sample.of(cls(), i32([2, 3]), i32([2, 3]))
        yield Sample.of(cls(), i64([]), i64([4]))
        yield Sample.of(cls(), i32([2, 1]), i32([1, 1]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([2]), i32([[5]])), "s1 must be a vector")
        yield ErrorSample(
            cls(), (i32([3, 4]), i32([5, 4])), "do not broadcast",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def broadcast_gradient_args(s0: Any, s1: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Return the axes along which the gradients of two broadcast inputs are summed.

    Args:
      s0: int32 or int64 vector, the first input's shape.
      s1: vector of the same dtype, the second input's shape.
      name: the operation's name.

    Returns:
      Two vectors of axes of the broadcast shape.
    """
    first, second = apply_multi(BroadcastGradientArgs(), s0, s1, name=name)
    return first, second


def broadcast_static_shape(shape_x: TensorShape, shape_y: TensorShape) -> TensorShape:
    """Return the shape that two static shapes broadcast to.

    Args:
      shape_x: a `TensorShape`.
      shape_y: a `TensorShape`.

    Returns:
      A `TensorShape`.

    Raises:
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> print(tf.broadcast_static_shape(tf.TensorShape([3, 1]), tf.TensorShape([2, 1, 5])))
    (2, 3, 5)
    """
    return broadcast_shape(shape_x, shape_y)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """Return the shape that two shapes given as tensors broadcast to.

    Args:
      shape_x: int32 or int64 vector.
      shape_y: vector of the same dtype.

    Returns:
      A vector of the same dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.broadcast_dynamic_shape([3, 1], [2, 1, 5]))
    array([2, 3, 5], dtype=int32)
    """
    return apply(BroadcastArgs(), shape_x, shape_y)
