"""Operators given by all their elements, and lower triangular ones."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import Hint, always, assert_no_zeros, floating_tensor


class LinearOperatorFullMatrix(LinearOperator):
    """A matrix given by its elements.

    Args:
      matrix: float or complex [..., m, n].
      is_non_singular: whether there is an inverse.
      is_self_adjoint: whether it equals its conjugate transpose.
      is_positive_definite: whether it is positive definite.
      is_square: whether m and n are equal.
      name: name of the operator.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1.0, -2.0], [3.0, 4.0]])
    >>> tf.Session().run([operator.matvec([1.0, 10.0]), operator.determinant()])
    [array([-19.,  43.], dtype=float32), np.float32(10.0)]
    """

    def __init__(
        self,
        matrix: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        self._given = matrix
        with name_scope(name, type(self).__name__, [matrix]):
            self._matrix = floating_tensor(matrix, "matrix", 2)
        super().__init__(
            self._matrix.dtype,
            graph_parents=[self._matrix],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Tensor:
        return ops.shape(self._matrix)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return ops.matmul(self._matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _to_dense(self) -> Tensor:
        return self._matrix


class LinearOperatorLowerTriangular(LinearOperator):
    """A lower triangular matrix.

    Args:
      tril: float or complex [..., n, n]; what is above the diagonal is ignored.
      is_non_singular: whether there is an inverse: whether no diagonal element is 0.
      is_self_adjoint: whether it equals its conjugate transpose.
      is_positive_definite: whether it is positive definite.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: `is_square` is False.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 4.0]])
    >>> tf.Session().run([operator.to_dense(), operator.solvevec([2.0, 9.0])])
    [array([[2., 0.],
           [1., 4.]], dtype=float32), array([1., 2.], dtype=float32)]
    """

    def __init__(
        self,
        tril: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        is_square = always(is_square, "a lower triangular operator is always square")
        self._given = tril
        with name_scope(name, type(self).__name__, [tril]):
            given = floating_tensor(tril, "tril", 2)
            given.shape[-1].assert_is_compatible_with(given.shape[-2])
            self._tril = ops.matrix_band_part(given, -1, 0)
            self._diag = ops.matrix_diag_part(self._tril)
        super().__init__(
            self._tril.dtype,
            graph_parents=[self._tril],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )

    def _shape(self) -> TensorShape:
        return self._tril.shape

    def _shape_tensor(self) -> Tensor:
        return ops.shape(self._tril)

    def _assert_non_singular(self) -> Operation:
        return assert_no_zeros(self._diag, "Singular operator: the diagonal contained zeros.")

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return ops.matmul(self._tril, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _determinant(self) -> Tensor:
        return ops.reduce_prod(self._diag, [-1])

    def _log_abs_determinant(self) -> Tensor:
        return ops.cast(ops.reduce_sum(ops.log(ops.abs(self._diag)), [-1]), self.dtype)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        tril, rhs = shapes.same_batches([self._tril, shapes.adjoint_if(adjoint_arg, rhs)])
        return ops.matrix_triangular_solve(tril, rhs, lower=True, adjoint=adjoint)

    def _to_dense(self) -> Tensor:
        return self._tril

    def _diag_part(self) -> Tensor:
        return self._diag


@algebra.cholesky.register(LinearOperator)
def dense_cholesky(operator: LinearOperator) -> LinearOperatorLowerTriangular:
    """Make the Cholesky factor of an operator of any structure."""
    return LinearOperatorLowerTriangular(
        ops.cholesky(operator.to_dense()), is_non_singular=True, is_square=True
    )
