"""Products of a sparse and a dense matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import INDEX, INEXACT, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import check_inside, check_parts, known_sizes, parts_of, to_sparse
from graphflow.ops._static import check_rank, f32, i64
from graphflow.ops.kernels.arrays import is_low_precision

__all__ = ["SparseTensorDenseMatMul", "sparse_tensor_dense_matmul"]

# From this many multiplications on scipy is worth its overhead.
_LARGE = 4096


def _product(rows: Array, columns: Array, values: Array, shape: tuple[int, int], b: Array) -> Array:
    """Multiply the sparse matrix of given elements with a dense one; equal places add up."""
    if len(values) * b.shape[1] < _LARGE:
        result = np.zeros((shape[0], b.shape[1]), b.dtype)
        np.add.at(result, rows, values[:, None] * b[columns])
        return result
    import scipy.sparse

    return scipy.sparse.coo_array((values, (rows, columns)), shape=shape) @ b


@register
class SparseTensorDenseMatMul(Op):
    """The product of a sparse and a dense matrix."""

    adjoint_a: bool = False
    adjoint_b: bool = False

    makes_new = True
    inputs = "a_indices: Tindices, a_values: T, a_shape: int64, b: T"
    outputs = "product"
    types: ClassVar[Any] = {"T": INEXACT | dtype_set("int32"), "Tindices": INDEX}

    def infer(
        self, a_indices: TensorSpec, a_values: TensorSpec, a_shape: TensorSpec, b: TensorSpec
    ) -> TensorSpec:
        _, rank = check_parts((a_indices, a_values, a_shape), "a_")
        if rank not in (None, 2):
            raise ValueError(f"a must be a sparse matrix, it has rank {rank}")
        check_rank("b", b, 2)
        sizes = known_sizes(a_shape) or (None, None)
        if len(sizes) != 2:
            raise ValueError(f"a_shape must have two sizes, it has {len(sizes)}")
        rows, inner_a = (sizes[1], sizes[0]) if self.adjoint_a else sizes
        inner_b, columns = b.shape.as_tuple() or (None, None)
        if self.adjoint_b:
            inner_b, columns = columns, inner_b
        if None not in (inner_a, inner_b) and inner_a != inner_b:
            raise ValueError(f"inner dimensions differ: {inner_a} and {inner_b}")
        return TensorSpec(TensorShape.of((rows, columns)), b.dtype.base_dtype)

    def kernel(self, a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> Array:
        check_inside(a_indices, a_shape)
        rows, columns = a_indices[:, 0], a_indices[:, 1]
        height, width = (int(size) for size in a_shape)
        if self.adjoint_a:
            rows, columns, height, width = columns, rows, width, height
            a_values = np.conj(a_values)
        if self.adjoint_b:
            b = np.conj(b.T)
        if not is_low_precision(b.dtype):
            return _product(rows, columns, a_values, (height, width), b)
        wide = a_values.astype(np.float32)
        product = _product(rows, columns, wide, (height, width), b.astype(np.float32))
        return product.astype(b.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        indices, values, shape, b = op.inputs
        product = apply(
            SparseTensorDenseMatMul(adjoint_a=not self.adjoint_a), indices, values, shape, grad
        )
        by_b = ops.conj(ops.transpose(product)) if self.adjoint_b else product
        rows, columns = indices[:, 0], indices[:, 1]
        factor = ops.conj(ops.transpose(b)) if self.adjoint_b else b
        if self.adjoint_a:
            parts = ops.gather(factor, rows) * ops.conj(ops.gather(grad, columns))
        else:
            parts = ops.gather(grad, rows) * ops.conj(ops.gather(factor, columns))
        return None, ops.reduce_sum(parts, axis=1), None, by_b

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        indices = i64([[0, 1], [1, 0], [1, 2]])
        values = np.asarray([1.5, -2.0, 0.5])
        shape = i64([2, 3])
        b = (np.arange(12).reshape(3, 4) - 3) / 2
        for dtype in sorted(cls.types["T"] - dtype_set("complex64"), key=lambda item: item.name):
            kind = dtype.numpy
            yield Sample.of(cls(), indices, values.astype(kind), shape, b.astype(kind))
        for adjoint_a in (False, True):
            for adjoint_b in (False, True):
                left = indices[:, ::-1] if adjoint_a else indices
                right = b.T if adjoint_b else b
                size = shape[::-1] if adjoint_a else shape
                op = cls(adjoint_a, adjoint_b)
                yield Sample.of(op, left, values, size, right)
                yield Sample.of(op, left, values * (1 + 0.5j), size, right * (2 - 1j))
        twice = np.asarray([[0, 1], [0, 1]], np.int32)
        yield Sample.of(cls(), twice, values[:2], shape, b)
        nowhere, nothing = np.zeros((0, 2), np.int64), np.zeros(0)
        yield Sample.of(cls(), nowhere, nothing, shape, b)
        yield Sample.of(cls(), nowhere, nothing, i64([2, 0]), b[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        indices, values, shape = i64([[0, 1], [1, 3]]), f32([1, 2]), i64([2, 3])
        b = np.ones((3, 2), np.float32)
        yield ErrorSample(cls(), (indices, values, shape, b[0]), "b must be a matrix")
        yield ErrorSample(
            cls(), (indices, values, shape, b[:2]), "inner dimensions differ: 3 and 2", when="run"
        )
        yield ErrorSample(
            cls(), (indices[:, :1], values, shape[:1], b), "a must be a sparse matrix"
        )
        yield ErrorSample(
            cls(), (indices, values, shape, b), r"indices\[1\] = \[1, 3\] lies outside",
            InvalidArgumentError, "run",
        )  # fmt: skip


def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """Multiply a sparse with a dense matrix.

    Args:
      sp_a: a floating, complex or int32 `SparseTensor` [m, k]; elements in the same place add up.
      b: of the same dtype [k, n].
      adjoint_a: whether to transpose and conjugate `sp_a` first.
      adjoint_b: whether to transpose and conjugate `b` first.
      name: the operation's name.

    Returns:
      A tensor [m, n].

    Raises:
      TypeError: `sp_a` is not sparse.
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) a place lies outside of the matrix.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 2], [1, 0]], [2.0, 5.0], [2, 3])
    >>> tf.Session().run(tf.sparse.matmul(sparse, [[1.0], [10.0], [100.0]]))
    array([[200.],
           [  5.]], dtype=float32)
    """
    sp_a = to_sparse(sp_a, "sp_a")
    with name_scope(name, "SparseTensorDenseMatMul", [sp_a.indices, sp_a.values, b]):
        b = convert_to_tensor(b, name="b")
        op = SparseTensorDenseMatMul(bool(adjoint_a), bool(adjoint_b))
        return apply(op, *parts_of(sp_a), b)
