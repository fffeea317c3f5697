"""Operators that are the inverses of others."""

from __future__ import annotations

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra
from graphflow.linear_operators.base import LinearOperator, checked_operator
from graphflow.linear_operators.hints import Hint, always, shared


class LinearOperatorInversion(LinearOperator):
    """The inverse of an operator, which solves where that multiplies.

    Args:
      operator: a square operator.
      is_non_singular: True, if given.
      is_self_adjoint: whether it equals its adjoint, by default what is known of `operator`; so
        with the next hint.
      is_positive_definite: whether it is positive definite.
      is_square: True, if given.
      name: name of the operator, by default that of `operator` with `_inv`.

    Raises:
      ValueError: a hint contradicts what is known of `operator`, or it is known to have no inverse.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [4.0, 8.0]])
    >>> tf.Session().run(tf.linalg.LinearOperatorInversion(operator).to_dense())
    array([[ 0.5  ,  0.   ],
           [-0.25 ,  0.125]], dtype=float32)
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
        for attribute in ("is_square", "is_non_singular"):
            always(
                getattr(operator, attribute),
                f"{operator.name} has no inverse: {attribute}=False",
            )
        super().__init__(
            operator.dtype,
            graph_parents=operator.graph_parents,
            is_non_singular=always(is_non_singular, "an inverse is always non-singular"),
            is_self_adjoint=shared(is_self_adjoint, operator, "is_self_adjoint"),
            is_positive_definite=shared(is_positive_definite, operator, "is_positive_definite"),
            is_square=always(is_square, "an inverse is always square"),
            name=name or f"{operator.name}_inv",
        )

    @property
    def operator(self) -> LinearOperator:
        """The operator of which this is the inverse."""
        return self._operator

    def _shape(self) -> TensorShape:
        return self._operator.shape

    def _shape_tensor(self) -> Tensor:
        return self._operator.shape_tensor()

    def _assert_non_singular(self) -> Operation:
        return self._operator.assert_non_singular()

    def _assert_positive_definite(self) -> Operation:
        return self._operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Operation:
        return self._operator.assert_self_adjoint()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        result: Tensor = self._operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        return result

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        result: Tensor = self._operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        return result

    def _determinant(self) -> Tensor:
        return 1.0 / self._operator.determinant()

    def _log_abs_determinant(self) -> Tensor:
        return ops.negative(self._operator.log_abs_determinant())


@algebra.inverse.register(LinearOperator)
def general_inverse(operator: LinearOperator) -> LinearOperatorInversion:
    """Make the inverse of an operator of any structure."""
    return LinearOperatorInversion(operator)


@algebra.inverse.register(LinearOperatorInversion)
def _(operator: LinearOperatorInversion) -> LinearOperator:
    return operator.operator
