"""Tensors with updates at some positions, as new tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import INDEX, NUMERIC
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import f32, i32, i64
from graphflow.ops.state_scatter import check_slices_nd, scattered_nd

__all__ = [
    "TensorScatterAdd",
    "TensorScatterSub",
    "TensorScatterUpdate",
    "tensor_scatter_add",
    "tensor_scatter_sub",
    "tensor_scatter_update",
]


class _TensorScatter(Op):
    """What the three ops share: slices at positions combined with updates."""

    types: ClassVar[Any] = {"Tindices": INDEX}
    has_out = True
    inplace = 0
    kind: ClassVar[str]

    def infer(self, tensor: TensorSpec, indices: TensorSpec, updates: TensorSpec) -> TensorSpec:
        if tensor.shape.rank == 0:
            raise ValueError("the tensor must have an axis to index, it is a scalar")
        check_slices_nd(tensor.shape, indices.shape, updates.shape)
        return TensorSpec(tensor.shape, tensor.dtype.base_dtype)

    def kernel(
        self, tensor: Array, indices: Array, updates: Array, out: Array | None = None
    ) -> Array:
        return scattered_nd(self.kind, tensor, indices, updates, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(12, dtype=np.float32).reshape(2, 3, 2) / 4
        yield Sample.of(cls(), f32([1, 2, 3, 4]), i32([[3], [1]]), f32([1.5, -2.5]))
        yield Sample.of(cls(), a, i64([[1, 2], [0, 1]]), f32([[5, 6], [7, 8.5]]))
        yield Sample.of(cls(), a.astype(np.float64), i32([[1]]), np.ones((1, 3, 2)))
        yield Sample.of(cls(), a.astype(np.int32), i32([[[0, 1, 0]], [[1, 2, 1]]]), i32([[3], [4]]))
        yield Sample.of(cls(), a * (1 + 0.5j), i32([[1, 2]]), np.asarray([[5, 6j]], np.complex64))
        yield Sample.of(cls(), a, np.zeros((0, 1), np.int32), np.zeros((0, 3, 2), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, i32([[0]]), f32([1])), "updates must have shape")
        yield ErrorSample(cls(), (a, i32([[0, 0, 0]]), f32([1])), "positions have 3 numbers")
        yield ErrorSample(cls(), (a, np.int32(0), f32([1])), "indices must have an axis")
        yield ErrorSample(cls(), (f32(1), np.zeros((1, 0), np.int32), f32([1])), "it is a scalar")
        yield ErrorSample(
            cls(), (a, i32([[0, 1], [2, 0]]), f32([1, 2])), r"indices\[1\] = \[2, 0\] is outside",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


@register
class TensorScatterAdd(_TensorScatter):
    """The tensor with updates added to its slices."""

    inputs = "tensor: T, indices: Tindices, updates: T"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX}
    kind = "add"

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return grad, None, ops.gather_nd(grad, op.inputs[1])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls(), f32([1, 2]), i32([[1], [1]]), f32([0.5, 4]), note="both are added")


@register
class TensorScatterSub(_TensorScatter):
    """The tensor with updates subtracted from its slices."""

    inputs = "tensor: T, indices: Tindices, updates: T"
    types: ClassVar[Any] = {"T": NUMERIC, "Tindices": INDEX}
    kind = "sub"

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return grad, None, ops.negative(ops.gather_nd(grad, op.inputs[1]))


@register
class TensorScatterUpdate(_TensorScatter):
    """The tensor with updates instead of its slices."""

    inputs = "tensor: T, indices: Tindices, updates: T"
    kind = "update"

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        _, indices, updates = op.inputs
        kept = tensor_scatter_update(grad, indices, ops.zeros_like(updates))
        return kept, None, ops.gather_nd(grad, indices)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        text = np.asarray([b"a", b"bc"], object)
        yield Sample.of(cls(), text, i32([[1]]), np.asarray([b"new"], object))
        yield Sample.of(cls(), np.asarray([True, False]), i32([[1]]), np.asarray([True]))


def tensor_scatter_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """Return a copy of a tensor with some slices replaced.

    Args:
      tensor: a tensor of any dtype.
      indices: int32 or int64 tensor [..., k]; its last axis holds positions along the first axes.
      updates: the new slices, of shape `indices.shape[:-1] + tensor.shape[k:]`; where a position
        occurs twice, the last one counts.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `tensor`.

    Raises:
      ValueError: the shapes do not fit.
      InvalidArgumentError: (in the run) a position lies outside.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tensor_scatter_update([1, 2, 3, 4], [[3], [1]], [40, 20]))
    array([ 1, 20,  3, 40], dtype=int32)
    """
    return apply(TensorScatterUpdate(), tensor, indices, updates, name=name)


def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Return a copy of a tensor with updates added, see `tf.tensor_scatter_update`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tensor_scatter_add([1, 2, 3, 4], [[3], [1], [3]], [10, 20, 30]))
    array([ 1, 22,  3, 44], dtype=int32)
    """
    return apply(TensorScatterAdd(), tensor, indices, updates, name=name)


def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """Return a copy of a tensor with updates subtracted, see `tf.tensor_scatter_update`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tensor_scatter_sub([1, 2, 3, 4], [[3], [1], [3]], [10, 20, 30]))
    array([  1, -18,   3, -36], dtype=int32)
    """
    return apply(TensorScatterSub(), tensor, indices, updates, name=name)
