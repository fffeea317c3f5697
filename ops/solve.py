"""Inverses of matrices and linear systems of equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._matrices import (
    MATRIX_TYPES,
    SAMPLE_TYPES,
    adjoint_of,
    refusing,
    sample_matrix,
    square,
)
from graphflow.ops._static import f32

__all__ = [
    "MatrixInverse",
    "MatrixSolve",
    "MatrixTriangularSolve",
    "cholesky_solve",
    "matrix_inverse",
    "matrix_solve",
    "matrix_triangular_solve",
]

_SINGULAR = "a matrix has no inverse: one of its pivots is 0"


@register
class MatrixInverse(Op):
    """The inverse of each matrix."""

    adjoint: bool = False

    inputs = "input: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(square(input), input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        with refusing(_SINGULAR, np.linalg.inv, input):
            inverse = np.linalg.inv(input)
        return adjoint_of(inverse) if self.adjoint else inverse

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        inverse = op.outputs[0]
        right = ops.matmul(grad, inverse, adjoint_a=self.adjoint, adjoint_b=not self.adjoint)
        return ops.negative(ops.matmul(inverse, right, adjoint_a=not self.adjoint))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(dtype in SAMPLE_TYPES[::2]), sample_matrix(dtype))
        pair = np.stack([sample_matrix(np.complex64, 2), sample_matrix(np.complex64, 2).T * 2])
        yield Sample.of(cls(True), pair)
        yield Sample.of(cls(), pair.real[None, :, None], note="rank 5")
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32))
        yield Sample.of(cls(), f32([[1, np.nan], [2, 4]]), gradient=(), note="NaN")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(2, np.float32),), "rank")
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32),), "square")
        yield ErrorSample(
            cls(), (f32([[1, 2], [2, 4]]),), "no inverse", InvalidArgumentError, "run"
        )


def _solution(matrix: TensorSpec, rhs: TensorSpec, *, broadcasts: bool) -> TensorSpec:
    """The spec of the solution of square systems."""
    dtype = rhs.dtype.base_dtype
    matrix_shape, rhs_shape = square(matrix, "matrix"), rhs.shape.with_rank_at_least(2)
    matrix_dims, rhs_dims = matrix_shape.as_tuple(), rhs_shape.as_tuple()
    if matrix_dims is not None and rhs_dims is not None:
        size, rows = matrix_dims[-1], rhs_dims[-2]
        if size is not None and rows is not None and size != rows:
            raise ValueError(f"matrix {matrix_shape} has {size} rows, rhs {rhs_shape} has {rows}")
        both = TensorShape.of(matrix_dims[:-2]), TensorShape.of(rhs_dims[:-2])
        batch = broadcast_shape(*both) if broadcasts else both[0].merge_with(both[1])
        inner = TensorShape.of((rows if size is None else size, rhs_dims[-1]))
        return TensorSpec(batch.concatenate(inner), dtype)
    if broadcasts:
        return TensorSpec(TensorShape.of(None), dtype)
    if rhs_dims is not None:
        return TensorSpec(rhs_shape, dtype)
    if matrix_dims is not None:
        return TensorSpec(TensorShape.of((*matrix_dims[:-1], None)), dtype)
    return TensorSpec(TensorShape.of(None), dtype)


def _solve_samples(op: Op) -> Iterator[Sample]:
    rhs = np.asarray([[1.0, -2.0], [0.5, 3.0], [4.0, 1.5]])
    for dtype in SAMPLE_TYPES:
        yield Sample.of(op, sample_matrix(dtype), rhs.astype(dtype))
    pair = np.stack([sample_matrix(np.float64), sample_matrix(np.float64).T * 2])
    yield Sample.of(op, pair, np.stack([rhs[:, :1], rhs[:, 1:]]))
    yield Sample.of(op, pair.astype(np.float32), np.zeros((2, 3, 0), np.float32))
    yield Sample.of(op, np.zeros((2, 0, 0), np.float32), np.zeros((2, 0, 3), np.float32))


def _solve_errors(op: Op) -> Iterator[ErrorSample]:
    ones = np.ones((2, 2), np.float32)
    yield ErrorSample(op, (np.ones((2, 3), np.float32), ones), "square")
    yield ErrorSample(op, (ones, ones[0]), "rank")
    yield ErrorSample(op, (ones, np.ones((3, 1), np.float32)), "has 2 rows, rhs .* has 3")
    singular = f32([[0, 2], [0, 4]])
    yield ErrorSample(op, (singular, ones), "no inverse", InvalidArgumentError, "run")


@register
class MatrixSolve(Op):
    """The solutions of linear systems."""

    adjoint: bool = False

    inputs = "matrix: T, rhs: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, matrix: TensorSpec, rhs: TensorSpec) -> TensorSpec:
        return _solution(matrix, rhs, broadcasts=False)

    def kernel(self, matrix: Array, rhs: Array) -> Array:
        with refusing(_SINGULAR, np.linalg.inv, matrix):
            return np.linalg.solve(adjoint_of(matrix) if self.adjoint else matrix, rhs)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        grad_rhs = matrix_solve(op.inputs[0], grad, adjoint=not self.adjoint)
        return _outer(op.outputs[0], grad_rhs, self.adjoint), grad_rhs

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _solve_samples(cls())
        yield from list(_solve_samples(cls(True)))[1:4:2]

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _solve_errors(cls())
        ones = np.ones((2, 2, 2), np.float32)
        yield ErrorSample(cls(), (ones, ones[:1]), "not compatible")


def _outer(solution: Tensor, grad_rhs: Tensor, adjoint: bool) -> Tensor:
    """The gradient for the matrix of a system."""
    if adjoint:
        return ops.negative(ops.matmul(solution, grad_rhs, adjoint_b=True))
    return ops.negative(ops.matmul(grad_rhs, solution, adjoint_b=True))


# Systems of at most this size are solved all at once.
_SMALL = 32


@register
class MatrixTriangularSolve(Op):
    """The solutions of triangular linear systems, whose batches broadcast."""

    lower: bool = True
    adjoint: bool = False

    inputs = "matrix: T, rhs: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, matrix: TensorSpec, rhs: TensorSpec) -> TensorSpec:
        return _solution(matrix, rhs, broadcasts=True)

    def kernel(self, matrix: Array, rhs: Array) -> Array:
        with refusing(_SINGULAR, _inverse_diagonal, matrix):
            if matrix.shape[-1] > _SMALL and rhs.size:
                return _solve_one_by_one(matrix, rhs, self.lower, self.adjoint)
            if self.adjoint:
                matrix = adjoint_of(matrix)
            if self.lower == self.adjoint:
                return _solve_upper(matrix, rhs)
            # Last equation first and last unknown first, a lower triangle is an upper one.
            return _solve_upper(matrix[..., ::-1, ::-1], rhs[..., ::-1, :])[..., ::-1, :]

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        matrix, rhs = op.inputs
        grad_rhs = matrix_triangular_solve(matrix, grad, self.lower, not self.adjoint)
        grad_matrix = _outer(op.outputs[0], grad_rhs, self.adjoint)
        lower, upper = (-1, 0) if self.lower else (0, -1)
        grad_matrix = ops.matrix_band_part(grad_matrix, lower, upper)
        return _summed_batch(grad_matrix, matrix), _summed_batch(grad_rhs, rhs)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _solve_samples(cls())
        a, rhs = sample_matrix(np.complex128), f32([[1.0, -2.0], [0.5, 3.0], [4.0, 1.5]])
        yield Sample.of(cls(False), a.real.astype(np.float32), rhs)
        yield Sample.of(cls(True, True), a, rhs.astype(np.complex128))
        yield Sample.of(cls(False, True), a, rhs.astype(np.complex128))
        pair = np.stack([a.real, 2 * a.real.T])
        yield Sample.of(cls(), pair, rhs.astype(np.float64), note="batches broadcast")
        yield Sample.of(cls(), a.real, np.stack([rhs, 2 - rhs]).astype(np.float64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _solve_errors(cls())
        ones = np.ones((2, 2, 2), np.float32)
        yield ErrorSample(cls(), (ones, np.ones((3, 2, 2), np.float32)), "do not broadcast")


def _solve_upper(matrix: Array, rhs: Array) -> Array:
    """Solve upper triangular systems; below the diagonals may be anything."""
    return np.linalg.solve(np.triu(matrix), rhs)


def _solve_one_by_one(matrix: Array, rhs: Array, lower: bool, adjoint: bool) -> Array:
    """Solve triangular systems that are large enough to be worth a call each."""
    from scipy.linalg import solve_triangular

    batch = np.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    matrices = np.broadcast_to(matrix, (*batch, *matrix.shape[-2:]))
    sides = np.broadcast_to(rhs, (*batch, *rhs.shape[-2:]))
    result = np.empty(sides.shape, rhs.dtype)
    form: Any = "C" if adjoint else "N"
    for index in np.ndindex(batch):
        result[index] = solve_triangular(
            matrices[index], sides[index], trans=form, lower=lower, check_finite=False
        )
    return result


def _inverse_diagonal(matrix: Array) -> Array:
    return np.linalg.inv(np.diag(np.diag(matrix)))


def _summed_batch(grad: Tensor, x: Tensor) -> Tensor:
    """The sum of a gradient over the batch axes along which x was repeated."""
    if grad.shape.is_fully_defined() and x.shape == grad.shape:
        return grad
    shape = ops.shape(x)
    axes, _ = ops.broadcast_gradient_args(shape[:-2], ops.shape(grad)[:-2])
    return ops.reshape(ops.reduce_sum(grad, axes), shape)


# -- public functions ------------------------------------------------------------------------------


def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Compute the inverse of each matrix.

    Args:
      input: float32, float64 or complex [..., n, n].
      adjoint: whether to return the adjoints (conjugates of the transposes) of the inverses.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      ValueError: the matrices are not square.
      tf.errors.InvalidArgumentError: a matrix has no inverse.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_inverse([[3.0, 1.0], [4.0, 2.0]])).round(4)
    array([[ 1. , -0.5],
           [-2. ,  1.5]], dtype=float32)
    """
    return apply(MatrixInverse(bool(adjoint)), input, name=name)


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Solve linear systems of equations.

    Args:
      matrix: float32, float64 or complex [..., n, n].
      rhs: the right-hand sides, of the same dtype [..., n, k].
      adjoint: whether to solve with the adjoints (conjugates of the transposes) of the matrices.
      name: the operation's name.

    Returns:
      A tensor x [..., n, k] with `matrix @ x = rhs`.

    Raises:
      ValueError: the matrices are not square, or the shapes do not fit.
      tf.errors.InvalidArgumentError: a matrix has no inverse.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_solve([[3.0, 1.0], [4.0, 2.0]], [[5.0], [8.0]])).round(4)
    array([[1.],
           [2.]], dtype=float32)
    """
    return apply(MatrixSolve(bool(adjoint)), matrix, rhs, name=name)


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Solve linear systems of equations whose matrices are triangular.

    Args:
      matrix: float32, float64 or complex [..., n, n]; only one triangle is read.
      rhs: the right-hand sides, of the same dtype [..., n, k]; the leading dimensions broadcast.
      lower: whether the lower triangles count, otherwise the upper ones.
      adjoint: whether to solve with the adjoints (conjugates of the transposes) of the triangles.
      name: the operation's name.

    Returns:
      A tensor x [..., n, k] with `triangle @ x = rhs`.

    Raises:
      ValueError: the matrices are not square, or the shapes do not fit.
      tf.errors.InvalidArgumentError: there is a 0 on a diagonal.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_triangular_solve([[2.0, 9.0], [1.0, 4.0]], [[4.0], [10.0]]))
    array([[2.],
           [2.]], dtype=float32)
    """
    op = MatrixTriangularSolve(bool(lower), bool(adjoint))
    return apply(op, matrix, rhs, name=name)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """Solve linear systems of equations, given the Cholesky decompositions of their matrices.

    Args:
      chol: float32, float64 or complex [..., n, n], as `tf.cholesky` returns it; only the lower
        triangles are read.
      rhs: the right-hand sides, of the same dtype [..., n, k].
      name: name scope of the operations.

    Returns:
      A tensor x [..., n, k] with `chol @ adjoint(chol) @ x = rhs`.

    Raises:
      ValueError: the matrices are not square, or the shapes do not fit.

    >>> import graphflow as tf
    >>> chol = tf.cholesky([[4.0, 2.0], [2.0, 5.0]])
    >>> tf.Session().run(tf.cholesky_solve(chol, [[8.0], [12.0]]))
    array([[1.],
           [2.]], dtype=float32)
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        halfway = matrix_triangular_solve(chol, rhs)
        return matrix_triangular_solve(chol, halfway, adjoint=True)
