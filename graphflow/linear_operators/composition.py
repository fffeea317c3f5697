"""Products of operators."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import shapes
from graphflow.linear_operators.base import LinearOperator, check_operators
from graphflow.linear_operators.combined import CombinedOperator, checked_list
from graphflow.linear_operators.hints import Hint, Hints, inherited


class LinearOperatorComposition(CombinedOperator):
    """The product of operators, which apply one after the other, the last one first.

    Args:
      operators: operators of one dtype whose sizes fit and whose batch shapes broadcast.
      is_non_singular: whether there is an inverse; True if all operators have one.
      is_self_adjoint: whether the product equals its adjoint.
      is_positive_definite: whether it is positive definite.
      is_square: whether it is square.
      name: name of the operator, by default those of the operators joined by `_o_`.

    Raises:
      ValueError: there are no operators, their sizes do not fit, or a hint is wrong.
      TypeError: the dtypes differ.

    >>> import graphflow as tf
    >>> scale = tf.linalg.LinearOperatorDiag([1.0, 10.0])
    >>> matrix = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.Session().run(tf.linalg.LinearOperatorComposition([scale, matrix]).to_dense())
    array([[ 1.,  2.],
           [30., 40.]], dtype=float32)
    """

    _sign = "_o_"

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        operators = checked_list(operators)
        for left, right in pairwise(operators):
            check_operators(left, right)
        hints: Hints = {
            "is_non_singular": inherited(
                is_non_singular, operators, "is_non_singular", "composition"
            ),
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(operators, hints, name)

    def _shape(self) -> TensorShape:
        first, last = self._operators[0], self._operators[-1]
        return self._joined_batch().concatenate([first.range_dimension, last.domain_dimension])

    def _shape_tensor(self) -> Tensor:
        first, last = self._operators[0], self._operators[-1]
        sizes = [first.range_dimension_tensor(), last.domain_dimension_tensor()]
        return ops.concat([self._joined_batch_tensor(), ops.stack(sizes)], 0)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = shapes.adjoint_if(adjoint_arg, x)
        for operator in self._operators if adjoint else reversed(self._operators):
            x = operator.matmul(x, adjoint=adjoint)
        return x

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._all_square():
            return super()._solve(rhs, adjoint, adjoint_arg)
        rhs = shapes.adjoint_if(adjoint_arg, rhs)
        for operator in reversed(self._operators) if adjoint else self._operators:
            rhs = operator.solve(rhs, adjoint=adjoint)
        return rhs

    def _determinant(self) -> Tensor:
        if not self._all_square():
            return super()._determinant()
        return self._fold(ops.multiply, lambda operator: operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_square():
            return super()._log_abs_determinant()
        return self._fold(ops.add, lambda operator: operator.log_abs_determinant())

    def _to_dense(self) -> Tensor:
        *others, last = self._operators
        dense = last.to_dense()
        for operator in reversed(others):
            dense = operator.matmul(dense)
        return dense
