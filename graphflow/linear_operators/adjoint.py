"""Operators that are the adjoints of others."""

from __future__ import annotations

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator, checked_operator
from graphflow.linear_operators.hints import Hint, shared


class LinearOperatorAdjoint(LinearOperator):
    """The adjoint of an operator: its conjugate transpose.

    Args:
      operator: the operator.
      is_non_singular: whether there is an inverse, by default what is known of `operator`; so with
        the other hints.
      is_self_adjoint: whether it equals its adjoint.
      is_positive_definite: whether it is positive definite.
      is_square: whether it is square.
      name: name of the operator, by default that of `operator` with `_adjoint`.

    Raises:
      ValueError: a hint contradicts what is known of `operator`.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.Session().run(tf.linalg.LinearOperatorAdjoint(operator).to_dense())
    array([[1., 3.],
           [2., 4.]], dtype=float32)
    """

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        self._operator = checked_operator(operator)
        super().__init__(
            operator.dtype,
            graph_parents=operator.graph_parents,
            is_non_singular=shared(is_non_singular, operator, "is_non_singular"),
            is_self_adjoint=shared(is_self_adjoint, operator, "is_self_adjoint"),
            is_positive_definite=shared(is_positive_definite, operator, "is_positive_definite"),
            is_square=shared(is_square, operator, "is_square"),
            name=name or f"{operator.name}_adjoint",
        )

    @property
    def operator(self) -> LinearOperator:
        """The operator of which this is the adjoint."""
        return self._operator

    def _shape(self) -> TensorShape:
        shape = self._operator.shape
        if shape.ndims is None:
            return shape
        return shape[:-2].concatenate([shape[-1], shape[-2]])

    def _shape_tensor(self) -> Tensor:
        shape = self._operator.shape_tensor()
        return ops.concat([shape[:-2], [shape[-1], shape[-2]]], 0)

    def _assert_non_singular(self) -> Operation:
        return self._operator.assert_non_singular()

    def _assert_positive_definite(self) -> Operation:
        return self._operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Operation:
        return self._operator.assert_self_adjoint()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        result: Tensor = self._operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)
        return result

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        result: Tensor = self._operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)
        return result

    def _determinant(self) -> Tensor:
        return ops.conj(self._operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self._operator.log_abs_determinant()

    def _to_dense(self) -> Tensor:
        return shapes.adjoint(self._operator.to_dense())

    def _diag_part(self) -> Tensor:
        return ops.conj(self._operator.diag_part())

    def _trace(self) -> Tensor:
        return ops.conj(self._operator.trace())


@algebra.adjoint.register(LinearOperator)
def _(operator: LinearOperator) -> LinearOperator:
    return LinearOperatorAdjoint(operator)


@algebra.adjoint.register(LinearOperatorAdjoint)
def _(operator: LinearOperatorAdjoint) -> LinearOperator:
    return operator.operator
