"""Kronecker products of operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import Dimension, TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.composition import (
    checked_list,
    combined,
    joined_batch,
    parents_of,
)
from graphflow.linear_operators.dense import dense_cholesky
from graphflow.linear_operators.hints import Hint, hints_of, inherited
from graphflow.linear_operators.inversion import general_inverse


class LinearOperatorKronecker(LinearOperator):
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

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        self._operators = checked_list(operators)
        product_of = "the Kronecker product of {0} operators is always {0}"
        super().__init__(
            self._operators[0].dtype,
            graph_parents=parents_of(self._operators),
            is_non_singular=inherited(
                is_non_singular,
                self._operators,
                "is_non_singular",
                product_of.format("non-singular"),
            ),
            is_self_adjoint=inherited(
                is_self_adjoint,
                self._operators,
                "is_self_adjoint",
                product_of.format("self-adjoint"),
            ),
            is_positive_definite=self._positive_definite(is_positive_definite),
            is_square=inherited(
                is_square, self._operators, "is_square", product_of.format("square")
            ),
            name=name or "_x_".join(operator.name for operator in self._operators),
        )

    def _positive_definite(self, hint: Hint) -> Hint:
        # Without self-adjointness the product of positive definite operators may not be one.
        if not all(operator.is_self_adjoint for operator in self._operators):
            return hint
        return inherited(
            hint,
            self._operators,
            "is_positive_definite",
            "the Kronecker product of self-adjoint positive definite operators is always one",
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors."""
        return self._operators

    def _shape(self) -> TensorShape:
        batch = shapes.joined_shape([operator.batch_shape for operator in self._operators])
        rows = columns = Dimension(1)
        for operator in self._operators:
            rows = rows * operator.range_dimension
            columns = columns * operator.domain_dimension
        return batch.concatenate([rows, columns])

    def _shape_tensor(self) -> Tensor:
        rows = [operator.range_dimension_tensor() for operator in self._operators]
        columns = [operator.domain_dimension_tensor() for operator in self._operators]
        sizes = ops.stack([combined(ops.multiply, rows), combined(ops.multiply, columns)])
        return ops.concat([joined_batch(self._operators), sizes], 0)

    def _assert_non_singular(self) -> Operation:
        if not self._all_square():
            return super()._assert_non_singular()
        return ops.group(*(operator.assert_non_singular() for operator in self._operators))

    def _all_square(self) -> bool:
        """Whether all factors are known to be square."""
        return all(operator.is_square for operator in self._operators)

    def _assert_self_adjoint(self) -> Operation:
        if not self._all_square():
            return super()._assert_self_adjoint()
        return ops.group(*(operator.assert_self_adjoint() for operator in self._operators))

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
        powers = [
            ops.pow(operator.determinant(), self._multiplicity(operator))
            for operator in self._operators
        ]
        return combined(ops.multiply, powers)

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_square():
            return super()._log_abs_determinant()
        logarithms = [
            operator.log_abs_determinant() * self._multiplicity(operator)
            for operator in self._operators
        ]
        return combined(ops.add, logarithms)

    def _multiplicity(self, operator: LinearOperator) -> Tensor:
        """How often each eigenvalue of a factor is a factor of one of the product."""
        times = ops.floordiv(self.domain_dimension_tensor(), operator.domain_dimension_tensor())
        return ops.cast(times, self.dtype)

    def _trace(self) -> Tensor:
        if not self._all_square():
            return super()._trace()
        return combined(ops.multiply, [operator.trace() for operator in self._operators])

    def _diag_part(self) -> Tensor:
        if not self._all_square():
            return super()._diag_part()
        return combined(_flat_outer, [operator.diag_part() for operator in self._operators])

    def _to_dense(self) -> Tensor:
        dense = combined(_dense_product, [operator.to_dense() for operator in self._operators])
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
