"""Diagonal operators."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import (
    Hint,
    always,
    assert_no_zeros,
    assert_positive_real_part,
    assert_real,
    floating_tensor,
    hints_of,
)


class LinearOperatorDiag(LinearOperator):
    """A diagonal matrix: it scales each element of a vector.

    Args:
      diag: float or complex [..., n], the diagonal.
      is_non_singular: whether no diagonal element is 0.
      is_self_adjoint: whether the diagonal is real; True for a real dtype.
      is_positive_definite: whether all diagonal elements have positive real parts.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: `is_square` is False, or `is_self_adjoint` is for a real dtype.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorDiag([2.0, -4.0])
    >>> tf.Session().run([operator.matvec([1.0, 3.0]), operator.solvevec([1.0, 3.0])])
    [array([  2., -12.], dtype=float32), array([ 0.5 , -0.75], dtype=float32)]
    """

    def __init__(
        self,
        diag: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        is_square = always(is_square, "a diagonal operator is always square")
        self._given = diag
        with name_scope(name, type(self).__name__, [diag]):
            self._diag = floating_tensor(diag, "diag", 1)
        if not self._diag.dtype.is_complex:
            is_self_adjoint = always(
                is_self_adjoint, "a real diagonal operator is always self-adjoint"
            )
        super().__init__(
            self._diag.dtype,
            graph_parents=[self._diag],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )

    @property
    def diag(self) -> Tensor:
        """The diagonal."""
        return self._diag

    def _shape(self) -> TensorShape:
        return self._diag.shape.concatenate(self._diag.shape[-1:])

    def _shape_tensor(self) -> Tensor:
        shape = ops.shape(self._diag)
        return ops.concat([shape, shape[-1:]], 0)

    def _assert_non_singular(self) -> Operation:
        return assert_no_zeros(self._diag, "Singular operator: the diagonal contained zeros.")

    def _assert_positive_definite(self) -> Operation:
        return assert_positive_real_part(
            self._diag, "Not positive definite: diagonal elements had no positive real part."
        )

    def _assert_self_adjoint(self) -> Operation:
        return assert_real(self._diag, "Not self-adjoint: the diagonal had imaginary parts.")

    def _scale(self, adjoint: bool) -> Tensor:
        return shapes.as_columns(ops.conj(self._diag) if adjoint else self._diag)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._scale(adjoint) * shapes.adjoint_if(adjoint_arg, x)

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return (ops.conj(self._diag) if adjoint else self._diag) * x

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return shapes.adjoint_if(adjoint_arg, rhs) / self._scale(adjoint)

    def _determinant(self) -> Tensor:
        return ops.reduce_prod(self._diag, [-1])

    def _log_abs_determinant(self) -> Tensor:
        return ops.cast(ops.reduce_sum(ops.log(ops.abs(self._diag)), [-1]), self.dtype)

    def _to_dense(self) -> Tensor:
        return ops.matrix_diag(self._diag)

    def _diag_part(self) -> Tensor:
        return self._diag

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        x = shapes.broadcast_with(x, self.shape_tensor(), self.shape)
        return ops.matrix_set_diag(x, ops.matrix_diag_part(x) + self._diag)


@algebra.adjoint.register(LinearOperatorDiag)
def _(operator: LinearOperatorDiag) -> LinearOperatorDiag:
    return LinearOperatorDiag(ops.conj(operator.diag), **hints_of(operator))


@algebra.inverse.register(LinearOperatorDiag)
def _(operator: LinearOperatorDiag) -> LinearOperatorDiag:
    hints = hints_of(operator, is_non_singular=True)
    return LinearOperatorDiag(ops.reciprocal(operator.diag), **hints)


@algebra.cholesky.register(LinearOperatorDiag)
def _(operator: LinearOperatorDiag) -> LinearOperatorDiag:
    return LinearOperatorDiag(ops.sqrt(operator.diag), **hints_of(operator))
