"""Linear systems with more or fewer equations than unknowns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._matrices import MATRIX_TYPES, adjoint_of, of_finite, refusing
from graphflow.ops._static import check_rank, invalid

__all__ = ["MatrixSolveLs", "matrix_solve_ls"]


@register
class MatrixSolveLs(Op):
    """The solutions of linear systems in the sense of least squares."""

    fast: bool = True

    inputs = "matrix: T, rhs: T, l2_regularizer: float64"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, matrix: TensorSpec, rhs: TensorSpec, l2_regularizer: TensorSpec) -> TensorSpec:
        check_rank("l2_regularizer", l2_regularizer, 0)
        dtype = matrix.dtype.base_dtype
        matrix_dims = matrix.shape.with_rank_at_least(2).as_tuple()
        rhs_dims = rhs.shape.with_rank_at_least(2).as_tuple()
        if matrix_dims is None or rhs_dims is None:
            return TensorSpec(self._unless_both(matrix_dims, rhs_dims), dtype)
        rows = matrix_dims[-2], rhs_dims[-2]
        if None not in rows and rows[0] != rows[1]:
            raise ValueError(f"matrix has {rows[0]} rows, rhs {rows[1]}")
        batch = TensorShape.of(matrix_dims[:-2]).merge_with(TensorShape.of(rhs_dims[:-2]))
        return TensorSpec(batch.concatenate(TensorShape.of((matrix_dims[-1], rhs_dims[-1]))), dtype)

    @staticmethod
    def _unless_both(matrix: Any, rhs: Any) -> TensorShape:
        """The shape of the solution where the rank of only one input is known."""
        if matrix is not None:
            return TensorShape.of((*matrix[:-2], matrix[-1], None))
        return TensorShape.of(None if rhs is None else (*rhs[:-2], None, rhs[-1]))

    def kernel(self, matrix: Array, rhs: Array, l2_regularizer: Array) -> Array:
        if l2_regularizer < 0:
            raise invalid(f"l2_regularizer must not be negative, it is {l2_regularizer}")
        rows, columns = matrix.shape[-2:]
        if not self.fast:
            tolerance = np.finfo(matrix.dtype).eps * max(rows, columns)
            with refusing("the system cannot be solved"):
                (inverse,) = of_finite(lambda x: [np.linalg.pinv(x, rcond=tolerance)], matrix)
            return inverse @ rhs
        adjoint = adjoint_of(matrix)
        factors = (adjoint, matrix) if rows >= columns else (matrix, adjoint)
        gramian = factors[0] @ factors[1]
        gramian = gramian + l2_regularizer.astype(matrix.dtype) * np.eye(
            min(rows, columns), dtype=matrix.dtype
        )
        with refusing(
            "a matrix does not have full rank, or almost; use fast=False or a larger l2_regularizer"
        ):
            np.linalg.cholesky(gramian)
            if rows >= columns:
                return np.linalg.solve(gramian, adjoint @ rhs)
            return adjoint @ np.linalg.solve(gramian, rhs)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        matrix, rhs, regularizer = op.inputs
        if not self.fast:
            raise LookupError(f"no gradient is defined for {self!r}: use fast=True")
        is_tall = _is_tall(matrix)
        if is_tall is None:
            raise NotImplementedError(
                f"the gradient of {self!r} of {matrix!r}: its numbers of rows and columns must be "
                "known; set them with set_shape"
            )
        chol = _regularized_cholesky(matrix, regularizer, is_tall)
        solution = op.outputs[0]
        if is_tall:
            z = ops.cholesky_solve(chol, grad)
            overlap = ops.matmul(solution, z, adjoint_b=True)
            both = ops.add_v2(overlap, ops.adjoint(overlap))
            grad_matrix = ops.subtract(ops.matmul(rhs, z, adjoint_b=True), ops.matmul(matrix, both))
            return grad_matrix, ops.matmul(matrix, z), None
        grad_rhs = ops.cholesky_solve(chol, ops.matmul(matrix, grad))
        y = ops.cholesky_solve(chol, rhs)
        rest = ops.subtract(grad, ops.matmul(matrix, grad_rhs, adjoint_a=True))
        grad_matrix = ops.subtract(
            ops.matmul(y, rest, adjoint_b=True), ops.matmul(grad_rhs, solution, adjoint_b=True)
        )
        return grad_matrix, grad_rhs, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        tall = np.asarray([[3.0, 1.0], [-4.0, 2.0], [0.5, 7.0]])
        rhs = np.asarray([[1.0, 2.0], [0.5, -1.0], [3.0, 4.0]])
        note = "of unknown shape it has no gradient"
        for dtype in (np.float32, np.float64, np.complex64, np.complex128):
            yield Sample.of(
                cls(), tall.astype(dtype), rhs.astype(dtype), 0.5, gradient=(), note=note
            )
        pair, pair_rhs = np.stack([tall.T, 1 - tall.T]), np.stack([rhs[:2], rhs[1:]])
        yield Sample.of(cls(), pair, pair_rhs, 0.0, gradient=(), note=note)
        yield Sample.of(cls(), tall + 1j, rhs - 1j, 0.25, gradient=(), note=note)
        for matrix, right in ((tall, rhs), (tall.T, rhs[:2]), (tall * 0, rhs)):
            yield Sample.of(cls(False), matrix, right, 0.5, gradient=(), note=note)
        yield Sample.of(cls(), pair[:0], pair_rhs[:0], 0.0, gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ones = np.ones((3, 2), np.float32)
        yield ErrorSample(cls(), (ones, ones[:2], 0.0), "matrix has 3 rows, rhs 2")
        yield ErrorSample(cls(), (ones, ones[:, 0], 0.0), "rank")
        yield ErrorSample(cls(), (ones, ones, np.zeros(1)), "l2_regularizer must be a scalar")
        run = {"error": InvalidArgumentError, "when": "run"}
        yield ErrorSample(cls(), (ones, ones, 0.0), "full rank", **run)  # type: ignore[arg-type]
        yield ErrorSample(cls(), (ones, ones, -1.0), "not be negative", **run)  # type: ignore[arg-type]


def _is_tall(matrix: Tensor) -> bool | None:
    """Whether matrices have at least as many rows as columns, None if unknown."""
    dims = matrix.shape.as_tuple()
    if dims is None or dims[-2] is None or dims[-1] is None:
        return None
    return dims[-2] >= dims[-1]


def _regularized_cholesky(matrix: Tensor, regularizer: Any, is_tall: bool) -> Tensor:
    """The decomposition of the smaller product of a matrix and its adjoint, plus a diagonal."""
    gramian = ops.matmul(matrix, matrix, adjoint_a=is_tall, adjoint_b=not is_tall)
    if isinstance(regularizer, Tensor) or regularizer != 0:
        diagonal = ops.matrix_diag_part(gramian)
        size = ops.cast(regularizer, matrix.dtype.base_dtype)
        gramian = ops.matrix_set_diag(gramian, ops.add_v2(diagonal, size))
    return ops.cholesky(gramian)


def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """Solve linear systems of equations in the sense of least squares.

    With at least as many equations as unknowns (m >= n), the solution minimises the squared error
    plus `l2_regularizer` times the squared solution. With fewer, it is the smallest of all
    solutions, or with `l2_regularizer` what the same formula gives for them.

    Args:
      matrix: float32, float64 or complex [..., m, n].
      rhs: the right-hand sides, of the same dtype [..., m, k].
      l2_regularizer: a number, or a float64 scalar tensor, not negative. With `fast=False` it has
        no effect.
      fast: whether to decompose the product of a matrix and its adjoint, which takes matrices of
        full rank; otherwise a slower decomposition is used that takes any.
      name: name scope of the operations.

    Returns:
      A tensor [..., n, k].

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: a matrix does not have full rank, with `fast`.

    >>> import graphflow as tf
    >>> matrix, rhs = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [[1.0], [3.0], [5.0]]
    >>> tf.Session().run(tf.matrix_solve_ls(matrix, rhs)).round(3)
    array([[1.],
           [2.]], dtype=float32)
    """
    if not fast:
        return apply(MatrixSolveLs(fast=False), matrix, rhs, l2_regularizer, name=name)
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]) as scope:
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, matrix.dtype.base_dtype, name="rhs")
        is_tall = _is_tall(matrix)
        if is_tall is None:
            return apply(MatrixSolveLs(), matrix, rhs, l2_regularizer, name=scope)
        chol = _regularized_cholesky(matrix, l2_regularizer, is_tall)
        if is_tall:
            return ops.cholesky_solve(chol, ops.matmul(matrix, rhs, adjoint_a=True))
        return ops.matmul(matrix, ops.cholesky_solve(chol, rhs), adjoint_a=True)
