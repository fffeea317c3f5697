"""Cross products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import REAL_NUMBER, bfloat16
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import f32

__all__ = ["Cross", "cross"]


@register
class Cross(Op):
    """The cross product of vectors with three elements."""

    inputs = "a: T, b: T"
    outputs = "product"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        shape = a.shape.with_rank_at_least(1).merge_with(b.shape.with_rank_at_least(1))
        dims = shape.as_tuple()
        if dims is not None and dims[-1] not in (3, None):
            raise ValueError(f"vectors must have 3 elements: the last axis of {shape} has not")
        return TensorSpec(shape, a.dtype.base_dtype)

    def kernel(self, a: Array, b: Array) -> Array:
        # Element i of the product has to do with elements i+1 and i+2, counted around.
        following, last = [1, 2, 0], [2, 0, 1]
        return a[..., following] * b[..., last] - a[..., last] * b[..., following]

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        a, b = op.inputs
        return cross(b, grad), cross(grad, a)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.asarray([[1.0, 2.0, 0.5], [3.0, -1.0, 4.0]])
        b = np.asarray([[0.0, 1.5, -2.0], [2.0, 5.0, 1.0]])
        for dtype in (np.float16, bfloat16.numpy, np.float32, np.float64, np.int32):
            yield Sample.of(cls(), a.astype(dtype), b.astype(dtype))
        yield Sample.of(
            cls(),
            np.asarray([3, 200, 7], np.uint8),
            np.asarray([250, 4, 6], np.uint8),
            note="wraps around",
        )
        yield Sample.of(cls(), np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))
        yield Sample.of(cls(), f32([np.nan, 1, np.inf]), f32([1, 2, 3]), gradient=(), note="NaN")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        pair, triple = np.ones((2, 2), np.float32), np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (pair, pair), "must have 3 elements")
        yield ErrorSample(cls(), (triple, triple[:1]), "not compatible")
        yield ErrorSample(cls(), (np.float32(1), np.float32(1)), "rank")


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """Compute cross products of vectors with three elements.

    Args:
      a: real numbers [..., 3].
      b: a tensor of the same shape and dtype.
      name: the operation's name.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: the last axis has not 3 elements, or the shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.cross([1, 2, 0], [0, 3, 4]))
    array([ 8, -4,  3], dtype=int32)
    """
    return apply(Cross(), a, b, name=name)
