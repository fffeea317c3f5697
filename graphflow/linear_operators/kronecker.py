"""Kronecker products of operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import Dimension, TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.combined import CombinedOperator, checked_list
from graphflow.linear_operators.dense import dense_cholesky
from graphflow.linear_operators.hints import Hint, Hints, hints_of, inherited
from graphflow.linear_operators.inversion import general_inverse

_WHOLE = "Kronecker product"


class LinearOperatorKronecker(CombinedOperator):
    """The Kronecker product of operators: each element of the first times the second, and so on.

    Args:
      operators: operators of one dtype whose batch shapes broadcast.
      is_non_singular: whether there is an inverse; True if all operators have one; so with the
        other hints.
      is_self_adjoint: whether it equals its adjoint.
      is_positive_definite: whether it is positive definite.
      is_square: whether it is square.
      name: name of the operator, by default those of the operators joined by `_x_`.

    Raises:
      ValueError: there are no operators, or a hint is wrong.
      TypeError: the dtypes differ.

    >>> import graphflow as tf
    >>> left = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> right = tf.linalg.LinearOperatorDiag([1.0, 10.0])
    >>> tf.Session().run(tf.linalg.LinearOperatorKronecker([left, right]).to_dense())
    array([[ 1.,  0.,  2.,  0.],
           [ 0., 10.,  0., 20.],
           [ 3.,  0.,  4.,  0.],
           [ 0., 30.,  0., 40.]], dtype=float32)
    """

    _sign = "_x_"

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
        hints: Hints = {
            "is_non_singular": inherited(is_non_singular, operators, "is_non_singular", _WHOLE),
            "is_self_adjoint": inherited(is_self_adjoint, operators, "is_self_adjoint", _WHOLE),
            "is_positive_definite": is_positive_definite,
            "is_square": inherited(is_square, operators, "is_square", _WHOLE),
        }
        if all(operator.is_self_adjoint for operator in operators):
            # Without that the product of positive definite operators may not be one.
            hints["is_positive_definite"] = inherited(
                is_positive_definite, operators, "is_positive_definite", _WHOLE
            )
        super().__init__(operators, hints, name)

    def _shape(self) -> TensorShape:
        rows = columns = Dimension(1)
        for operator in self._operators:
            rows = rows * operator.range_dimension
            columns = columns * operator.domain_dimension
        return self._joined_batch().concatenate([rows, columns])

    def _shape_tensor(self) -> Tensor:
        rows = self._fold(ops.multiply, lambda operator: operator.range_dimension_tensor())
        columns = self._fold(ops.multiply, lambda operator: operator.domain_dimension_tensor())
        return ops.concat([self._joined_batch_tensor(), ops.stack([rows, columns])], 0)

    def _assert_non_singular(self) -> Operation:
        if not self._all_square():
            return super()._assert_non_singular()
        return self._assert_each(lambda operator: operator.assert_non_singular())

    def _assert_self_adjoint(self) -> Operation:
        if not self._all_square():
            return super()._assert_self_adjoint()
        return self._assert_each(lambda operator: operator.assert_self_adjoint())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._each(
            shapes.adjoint_if(adjoint_arg, x),
            lambda operator, part: operator.matmul(part, adjoint=adjoint),
            by_rows=adjoint,
        )

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._all_square():
            return super()._solve(rhs, adjoint, adjoint_arg)
        return self._each(
            shapes.adjoint_if(adjoint_arg, rhs),
            lambda operator, part: operator.solve(part, adjoint=adjoint),
            by_rows=not adjoint,
        )

    def _each(
        self, x: Tensor, apply: Callable[[LinearOperator, Tensor], Tensor], by_rows: bool
    ) -> Tensor:
        """Apply each factor along an axis of its own.

        The rows of x are split into one axis for each factor. The first axis is always the one that
        the next factor applies to; the result moves to the end. In the end the columns of x come
        first, so that a transposition brings them back.

        Args:
          x: a tensor [..., n1 n2 ..., k].
          apply: applies a factor to a matrix.
          by_rows: whether the factors' rows, not their columns, make up the rows of x.
        """
        columns = shapes.size_of(x, -1)
        for operator in self._operators:
            size = (
                operator.range_dimension_tensor() if by_rows else operator.domain_dimension_tensor()
            )
            x = self._first_axis_apart(x, size)
            x = ops.matrix_transpose(apply(operator, x))
        return ops.matrix_transpose(self._first_axis_apart(x, columns))

    @staticmethod
    def _first_axis_apart(x: Tensor, size: Tensor | int) -> Tensor:
        """Reshape the last two axes to others of the same elements, the first of a given size."""
        return ops.reshape(x, ops.concat([ops.shape(x)[:-2], ops.stack([size, -1])], 0))

    def _determinant(self) -> Tensor:
        if not self._all_square():
            return super()._determinant()
        return self._fold(
            ops.multiply,
            lambda operator: ops.pow(operator.determinant(), self._multiplicity(operator)),
        )

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_square():
            return super()._log_abs_determinant()
        return self._fold(
            ops.add,
            lambda operator: operator.log_abs_determinant() * self._multiplicity(operator),
        )

    def _multiplicity(self, operator: LinearOperator) -> Tensor:
        """How often each eigenvalue of a factor is a factor of one of the product."""
        times = ops.floordiv(self.domain_dimension_tensor(), operator.domain_dimension_tensor())
        return ops.cast(times, self.dtype)

    def _trace(self) -> Tensor:
        if not self._all_square():
            return super()._trace()
        return self._fold(ops.multiply, lambda operator: operator.trace())

    def _diag_part(self) -> Tensor:
        if not self._all_square():
            return super()._diag_part()
        return self._fold(_flat_outer, lambda operator: operator.diag_part())

    def _to_dense(self) -> Tensor:
        dense = self._fold(_dense_product, lambda operator: operator.to_dense())
        dense.set_shape(self.shape)
        return dense


def _flat_outer(left: Tensor, right: Tensor) -> Tensor:
    """The products of all elements of two vectors, those of the first element first."""
    outer = left[..., :, None] * right[..., None, :]
    return ops.reshape(outer, ops.concat([ops.shape(outer)[:-2], [-1]], 0))


def _dense_product(left: Tensor, right: Tensor) -> Tensor:
    """The Kronecker product of two matrices."""
    outer = left[..., :, None, :, None] * right[..., None, :, None, :]
    shape = ops.shape(outer)
    rows, columns = shape[-4] * shape[-3], shape[-2] * shape[-1]
    return ops.reshape(outer, ops.concat([shape[:-4], ops.stack([rows, columns])], 0))


@algebra.adjoint.register(LinearOperatorKronecker)
def _(operator: LinearOperatorKronecker) -> LinearOperatorKronecker:
    return LinearOperatorKronecker(
        [factor.adjoint() for factor in operator.operators], **hints_of(operator)
    )


@algebra.inverse.register(LinearOperatorKronecker)
def _(operator: LinearOperatorKronecker) -> LinearOperator:
    if not operator._all_square():
        return general_inverse(operator)
    hints = hints_of(operator, is_non_singular=True)
    return LinearOperatorKronecker([factor.inverse() for factor in operator.operators], **hints)


@algebra.cholesky.register(LinearOperatorKronecker)
def _(operator: LinearOperatorKronecker) -> LinearOperator:
    if not all(factor._can_use_cholesky() for factor in operator.operators):
        return dense_cholesky(operator)
    return LinearOperatorKronecker(
        [factor.cholesky() for factor in operator.operators], is_non_singular=True
    )
