"""Matrix products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    INDEX,
    INEXACT,
    bfloat16 as _bfloat16,
    dtype_set,
    float32 as _float32,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, internal_op, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._static import five_axes
from graphflow.ops.elementwise import may_be_broadcast, stored
from graphflow.ops.kernels.arrays import is_low_precision
from graphflow.ops.kernels.products import product, sum_of_products

__all__ = [
    "BatchMatMul",
    "BatchMatMulV2",
    "MatMul",
    "SparseMatMul",
    "batch_matmul",
    "matmul",
    "matvec",
    "sparse_matmul",
    "trace",
]

Matrix = tuple[int | None, int | None]


def _product(a: Array, b: Array, out: Array | None) -> Array:
    """Multiply matrices; 16-bit floats are accumulated in 32 bits."""
    if not is_low_precision(a.dtype):
        return product(a, b, out)
    result = product(a.astype(np.float32), b.astype(np.float32))
    return stored(out, result.astype(a.dtype))


def _oriented(name: str, spec: TensorSpec, swap: bool) -> Matrix:
    """The rows and columns of a matrix, after it was transposed if `swap`."""
    dims = spec.shape.as_tuple()
    if dims is None:
        return None, None
    if len(dims) != 2:
        raise ValueError(f"{name} must be a matrix, it has rank {len(dims)}")
    return (dims[1], dims[0]) if swap else (dims[0], dims[1])


def _check_inner(left: int | None, right: int | None) -> None:
    if left is not None and right is not None and left != right:
        raise ValueError(f"inner dimensions differ: {left} and {right}")


@register
class MatMul(Op):
    """The product of two matrices."""

    transpose_a: bool = False
    transpose_b: bool = False

    inputs = "a: T, b: T"
    outputs = "product"
    types: ClassVar[Any] = {"T": INEXACT | INDEX}
    has_out = True
    uses_blas = True

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        rows, inner_a = _oriented("a", a, self.transpose_a)
        inner_b, columns = _oriented("b", b, self.transpose_b)
        _check_inner(inner_a, inner_b)
        return TensorSpec(TensorShape.of((rows, columns)), a.dtype.base_dtype)

    def kernel(self, a: Array, b: Array, out: Array | None = None) -> Array:
        return _product(a.T if self.transpose_a else a, b.T if self.transpose_b else b, out)

    def summed(self, count: int) -> Op | None:
        return _SumOfProducts(self.transpose_a, self.transpose_b, count)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        a, b = (ops.conj(tensor) for tensor in op.inputs)
        if not self.transpose_a and not self.transpose_b:
            return matmul(grad, b, transpose_b=True), matmul(a, grad, transpose_a=True)
        if not self.transpose_a:
            return matmul(grad, b), matmul(grad, a, transpose_a=True)
        if not self.transpose_b:
            return matmul(b, grad, transpose_b=True), matmul(a, grad)
        return (
            matmul(b, grad, transpose_a=True, transpose_b=True),
            matmul(grad, a, transpose_a=True, transpose_b=True),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(6, dtype=np.float32).reshape(2, 3) / 3
        b = np.arange(12, dtype=np.float32).reshape(3, 4) / 5 - 1
        yield Sample.of(cls(), a, b)
        yield Sample.of(cls(transpose_a=True), a.T, b)
        yield Sample.of(cls(transpose_b=True), a, b.T)
        yield Sample.of(cls(True, True), a.T, b.T)
        for dtype in (np.float16, np.float64, np.complex64, _bfloat16.numpy):
            yield Sample.of(cls(), a.astype(dtype), b.astype(dtype))
        yield Sample.of(cls(), np.asarray([[1, -2]], np.int32), np.asarray([[3], [5]], np.int32))
        yield Sample.of(cls(), np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        matrix = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (matrix, matrix), "inner dimensions differ: 3 and 2")
        yield ErrorSample(cls(), (matrix, matrix[0]), "b must be a matrix")


@internal_op
class _SumOfProducts(MatMul):
    """The sum of several products of matrices."""

    count: int = 1

    inputs = "factors: count*T"

    def kernel(self, *factors: Array, out: Array | None = None) -> Array:
        lefts = [a.T if self.transpose_a else a for a in factors[::2]]
        rights = [b.T if self.transpose_b else b for b in factors[1::2]]
        return sum_of_products(lefts, rights, out)


@register
class SparseMatMul(Op):
    """The product of two matrices with many zeros; float32, as sums are formed in it."""

    transpose_a: bool = False
    transpose_b: bool = False
    a_is_sparse: bool = False
    b_is_sparse: bool = False

    inputs = "a: Ta, b: Tb"
    outputs = "product"
    types: ClassVar[Any] = {
        "Ta": frozenset({_float32, _bfloat16}),
        "Tb": frozenset({_float32, _bfloat16}),
    }
    uses_blas = True

    def infer(self, a: TensorSpec, b: TensorSpec) -> TensorSpec:
        rows, inner_a = _oriented("a", a, self.transpose_a)
        inner_b, columns = _oriented("b", b, self.transpose_b)
        _check_inner(inner_a, inner_b)
        return TensorSpec(TensorShape.of((rows, columns)), _float32)

    def kernel(self, a: Array, b: Array) -> Array:
        left, right = a.astype(np.float32), b.astype(np.float32)
        return product(left.T if self.transpose_a else left, right.T if self.transpose_b else right)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        a, b = (ops.cast(tensor, _float32) for tensor in op.inputs)
        by_a = matmul(grad, b, transpose_b=not self.transpose_b)
        by_b = matmul(a, grad, transpose_a=not self.transpose_a)
        if self.transpose_a:
            by_a = matmul(b, grad, transpose_a=self.transpose_b, transpose_b=True)
        if self.transpose_b:
            by_b = matmul(grad, a, transpose_a=True, transpose_b=self.transpose_a)
        return [
            ops.cast(slope, tensor.dtype)
            for slope, tensor in zip((by_a, by_b), op.inputs, strict=True)
        ]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.asarray([[0, 1.5, 0], [0.5, 0, -2]], np.float32)
        b = np.asarray([[0, 1], [2.5, 0], [-0.5, 3]], np.float32)
        yield Sample.of(cls(), a, b)
        yield Sample.of(cls(transpose_a=True, a_is_sparse=True), a.T, b)
        yield Sample.of(cls(transpose_b=True, b_is_sparse=True), a, b.T)
        yield Sample.of(cls(True, True), a.T, b.T)
        yield Sample.of(cls(), a.astype(_bfloat16.numpy), b)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        matrix = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (matrix, matrix), "inner dimensions differ: 3 and 2")


# -- batches ---------------------------------------------------------------------------------------


def _batch_and_matrix(
    name: str, spec: TensorSpec, swap: bool
) -> tuple[TensorShape, int | None, int | None]:
    dims = spec.shape.as_tuple()
    if dims is None:
        return TensorShape.of(None), None, None
    if len(dims) < 2:
        raise ValueError(f"{name} must have rank 2 or more, it has shape {spec.shape}")
    rows, columns = (dims[-1], dims[-2]) if swap else (dims[-2], dims[-1])
    return TensorShape.of(dims[:-2]), rows, columns


def _adjoint(x: Array) -> Array:
    return np.conj(np.swapaxes(x, -1, -2))


@dataclass(frozen=True, eq=False, repr=False)
class _Batched(Op):
    """Products of matrices that the last two dimensions hold."""

    adj_x: bool = False
    adj_y: bool = False

    inputs = "x: T, y: T"
    types: ClassVar[Any] = {"T": INEXACT | dtype_set("int16 int32 int64")}
    has_out = True
    uses_blas = True

    def _batch_shape(self, x: TensorShape, y: TensorShape) -> TensorShape:
        raise NotImplementedError

    def infer(self, x: TensorSpec, y: TensorSpec) -> TensorSpec:
        batch_x, rows, inner_x = _batch_and_matrix("x", x, self.adj_x)
        batch_y, inner_y, columns = _batch_and_matrix("y", y, self.adj_y)
        _check_inner(inner_x, inner_y)
        batch = self._batch_shape(batch_x, batch_y)
        return TensorSpec(batch.concatenate([rows, columns]), x.dtype.base_dtype)

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        return _product(_adjoint(x) if self.adj_x else x, _adjoint(y) if self.adj_y else y, out)

    def _matrix_gradients(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients in the batch shape of the result."""
        x, y = op.inputs

        def multiply(a: Tensor, b: Tensor, adj_a: bool, adj_b: bool) -> Tensor:
            return apply(type(self)(adj_a, adj_b), a, b, name="MatMul")

        if not self.adj_x and not self.adj_y:
            return multiply(grad, y, False, True), multiply(x, grad, True, False)
        if not self.adj_x:
            return multiply(grad, y, False, False), multiply(grad, x, True, False)
        if not self.adj_y:
            return multiply(y, grad, False, True), multiply(x, grad, False, False)
        return multiply(y, grad, True, True), multiply(grad, x, True, True)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = (np.arange(12, dtype=np.float32).reshape(2, 2, 3) - 4) / 3
        y = (np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 7) / 5
        for adj_x in (False, True):
            for adj_y in (False, True):
                left = np.swapaxes(x, 1, 2) if adj_x else x
                right = np.swapaxes(y, 1, 2) if adj_y else y
                yield Sample.of(cls(adj_x, adj_y), left, right)
        yield Sample.of(cls(), x.astype(np.float64), y.astype(np.float64))
        yield Sample.of(cls(True, False), np.swapaxes(x, 1, 2) * (1 + 0.5j), y * (2 - 1j))
        yield Sample.of(cls(), x.astype(np.int32), y.astype(np.int32))
        yield Sample.of(cls(), x[:0], y[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 2, 3), np.float32)
        yield ErrorSample(cls(), (x, x), "inner dimensions differ: 3 and 2")
        yield ErrorSample(cls(), (x, x[0, 0]), "y must have rank 2 or more")


@register
class BatchMatMul(_Batched):
    """Products of matrices in batches of one shape."""

    types: ClassVar[Any] = {"T": INEXACT | INDEX}

    def _batch_shape(self, x: TensorShape, y: TensorShape) -> TensorShape:
        return x.merge_with(y)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        return self._matrix_gradients(op, grad)


@register
class BatchMatMulV2(_Batched):
    """Products of matrices in batches whose shapes broadcast."""

    def _batch_shape(self, x: TensorShape, y: TensorShape) -> TensorShape:
        return broadcast_shape(x, y)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, y = op.inputs
        grad_x, grad_y = self._matrix_gradients(op, grad)
        batch_x, batch_y = x.shape[:-2], y.shape[:-2]
        sum_x, sum_y = may_be_broadcast(batch_x, batch_y), may_be_broadcast(batch_y, batch_x)
        if not (sum_x or sum_y):
            return grad_x, grad_y
        shape_x, shape_y = ops.shape(x), ops.shape(y)
        axes_x, axes_y = ops.broadcast_gradient_args(shape_x[:-2], shape_y[:-2])
        if sum_x:
            grad_x = ops.reshape(ops.reduce_sum(grad_x, axes_x), shape_x)
        if sum_y:
            grad_y = ops.reshape(ops.reduce_sum(grad_y, axes_y), shape_y)
        return grad_x, grad_y

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(np.float64), five_axes(np.float64)[:1, :, :, ::-1])
        yield from super().samples()
        x = (np.arange(12, dtype=np.float32).reshape(2, 1, 2, 3) - 4) / 3
        y = (np.arange(18, dtype=np.float32).reshape(3, 3, 2) - 7) / 5
        yield Sample.of(cls(), x, y)
        yield Sample.of(cls(), x[0, 0], y)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        x = np.ones((2, 2, 3), np.float32)
        yield ErrorSample(cls(), (x, np.ones((3, 3, 1), np.float32)), "do not broadcast")


# -- public functions ------------------------------------------------------------------------------


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply matrices, or batches of matrices in the last two dimensions.

    Args:
      a: numeric [..., m, k].
      b: of the same dtype [..., k, n]; the leading dimensions broadcast.
      transpose_a: whether to transpose `a` first.
      transpose_b: whether to transpose `b` first.
      adjoint_a: whether to transpose and conjugate `a` first.
      adjoint_b: whether to transpose and conjugate `b` first.
      a_is_sparse: whether `a` holds many zeros; matrices of float32 or bfloat16 only.
      b_is_sparse: whether `b` holds many zeros.
      name: the operation's name.

    Returns:
      A tensor [..., m, n] of the dtype of `a`.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes do not fit, or a matrix is to be both transposed and adjoint.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matmul([[1, 2, 3]], [[4], [5], [7]]))
    array([[35]], dtype=int32)
    """
    for argument, both in (("a", transpose_a and adjoint_a), ("b", transpose_b and adjoint_b)):
        if both:
            raise ValueError(
                f"transpose_{argument} and adjoint_{argument} exclude each other: set one"
            )
    with name_scope(name, "MatMul", [a, b]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        is_hinted = a_is_sparse or b_is_sparse
        if not is_hinted and (a.shape.ndims != 2 or b.shape.ndims != 2) and _may_be_batch(a, b):
            # The batched op knows adjoints only.
            a = ops.conj(a) if transpose_a else a
            b = ops.conj(b) if transpose_b else b
            op = BatchMatMulV2(bool(transpose_a or adjoint_a), bool(transpose_b or adjoint_b))
            return apply(op, a, b, name=scope)
        # The others know transposes only.
        a = ops.conj(a) if adjoint_a else a
        b = ops.conj(b) if adjoint_b else b
        swap_a, swap_b = bool(transpose_a or adjoint_a), bool(transpose_b or adjoint_b)
        if _takes_sparse(a, b, is_hinted):
            sparse_op = SparseMatMul(swap_a, swap_b, bool(a_is_sparse), bool(b_is_sparse))
            product = apply(sparse_op, a, b, name=scope)
            is_short = a.dtype.base_dtype is b.dtype.base_dtype is _bfloat16
            return ops.cast(product, _bfloat16) if is_short else product
        return apply(MatMul(swap_a, swap_b), a, b, name=scope)


def _may_be_batch(a: Tensor, b: Tensor) -> bool:
    return any(tensor.shape.ndims is None or tensor.shape.ndims > 2 for tensor in (a, b))


def _takes_sparse(a: Tensor, b: Tensor, is_hinted: bool) -> bool:
    """Whether the op for sparse matrices is used, which also multiplies float32 with bfloat16."""
    kinds = {a.dtype.base_dtype, b.dtype.base_dtype}
    if not kinds <= {_float32, _bfloat16}:
        return False
    return is_hinted or len(kinds) == 2


def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply matrices that hold many zeros.

    Args:
      a: float32 or bfloat16 [m, k].
      b: float32 or bfloat16 [k, n].
      transpose_a: whether to transpose `a` first.
      transpose_b: whether to transpose `b` first.
      a_is_sparse: whether `a` holds many zeros.
      b_is_sparse: whether `b` holds many zeros.
      name: the operation's name.

    Returns:
      float32 [m, n].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sparse_matmul([[0.0, 3.0]], [[5.0], [7.0]], a_is_sparse=True))
    array([[21.]], dtype=float32)
    """
    op = SparseMatMul(bool(transpose_a), bool(transpose_b), bool(a_is_sparse), bool(b_is_sparse))
    return apply(op, a, b, name=name)


def batch_matmul(
    x: Any, y: Any, adj_x: bool = False, adj_y: bool = False, name: str | None = None
) -> Tensor:
    """Multiply matrices in the last two dimensions of tensors with equal leading dimensions.

    Args:
      x: numeric [..., m, k].
      y: of the same dtype [..., k, n].
      adj_x: whether to transpose and conjugate `x` first.
      adj_y: whether to transpose and conjugate `y` first.
      name: the operation's name.

    Returns:
      A tensor [..., m, n].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.batch_matmul([[[1, 2]], [[3, 4]]], [[[5], [6]], [[7], [8]]]))
    array([[[17]],
    <BLANKLINE>
           [[53]]], dtype=int32)
    """
    return apply(BatchMatMul(bool(adj_x), bool(adj_y)), x, y, name=name)


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply a matrix by a vector, or batches of them.

    Args:
      a: numeric [..., m, k].
      b: of the same dtype [..., k].
      transpose_a: whether to transpose `a` first.
      adjoint_a: whether to transpose and conjugate `a` first.
      a_is_sparse: whether `a` holds many zeros.
      b_is_sparse: whether `b` holds many zeros.
      name: name scope of the operations.

    Returns:
      A tensor [..., m].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.matvec([[1, 2], [3, 4]], [10, 1]))
    array([12, 34], dtype=int32)
    """
    with name_scope(name, "MatVec", [a, b]):
        column = ops.expand_dims(b, axis=-1)
        product = matmul(
            a,
            column,
            transpose_a=transpose_a,
            adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )
        return ops.squeeze(product, axis=-1)


def trace(x: Any, name: str | None = None) -> Tensor:
    """Sum the diagonal of each matrix.

    Args:
      x: numeric [..., m, n].
      name: name scope of the operations.

    Returns:
      A tensor [...].

    Raises:
      ValueError: the rank is less than 2.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.trace([[1, 2], [3, 4], [5, 6]]))
    np.int32(5)
    """
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return ops.reduce_sum(ops.matrix_diag_part(x), [-1], name=scope)
