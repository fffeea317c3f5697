"""Matrix products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import DType
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = ["MatMul", "matmul"]


@register
class MatMul(Op):
    """The product of two matrices."""

    transpose_a: bool = False
    transpose_b: bool = False

    inputs = "a: T, b: T"
    outputs = "product"
    has_out = True

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        rows, inner_a = self._oriented(a, self.transpose_a, "a")
        inner_b, columns = self._oriented(b, self.transpose_b, "b")
        if inner_a is not None and inner_b is not None and inner_a != inner_b:
            raise ValueError(f"inner dimensions differ: {inner_a} and {inner_b}")
        return TensorSpec(TensorShape.of((rows, columns)), a.dtype.base_dtype)

    @staticmethod
    def _oriented(spec: TensorSpec, transpose: bool, name: str) -> tuple[int | None, int | None]:
        dims = spec.shape.as_tuple()
        if dims is None:
            return None, None
        if len(dims) != 2:
            raise ValueError(f"{name} must be a matrix, it has rank {len(dims)}")
        return (dims[1], dims[0]) if transpose else (dims[0], dims[1])

    def kernel(self, a: Array, b: Array, out: Array | None = None) -> Array:
        return np.matmul(a.T if self.transpose_a else a, b.T if self.transpose_b else b, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        a, b = op.inputs
        if not self.transpose_a and not self.transpose_b:
            return ops.matmul(grad, b, transpose_b=True), ops.matmul(a, grad, transpose_a=True)
        if not self.transpose_a:
            return ops.matmul(grad, b), ops.matmul(grad, a, transpose_a=True)
        if not self.transpose_b:
            return ops.matmul(b, grad, transpose_b=True), ops.matmul(a, grad)
        return (
            ops.matmul(b, grad, transpose_a=True, transpose_b=True),
            ops.matmul(grad, a, transpose_a=True, transpose_b=True),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(6, dtype=np.float32).reshape(2, 3) / 3
        b = np.arange(12, dtype=np.float32).reshape(3, 4) / 5 - 1
        yield Sample.of(cls(), a, b)
        yield Sample.of(cls(transpose_a=True), a.T, b)
        yield Sample.of(cls(transpose_b=True), a, b.T)
        yield Sample.of(cls(True, True), a.T, b.T)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        matrix = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (matrix, matrix), "inner dimensions differ: 3 and 2")
        yield ErrorSample(cls(), (matrix, matrix[0]), "b must be a matrix")


def matmul(a, b, transpose_a=False, transpose_b=False, name=None):
    return apply(MatMul(transpose_a, transpose_b), a, b, name=name)
