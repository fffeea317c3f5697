"""Reflections."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import Hint, always, floating_tensor, never

_SMALLEST_SQUARE = 1e-12


class LinearOperatorHouseholder(LinearOperator):
    """The reflection at the plane through 0 that an axis is perpendicular to: I - 2 v v^H / |v|².

    Args:
      reflection_axis: float or complex [..., n], the axis v, of any length but 0.
      is_non_singular: whether there is an inverse, which is always so.
      is_self_adjoint: True, if given.
      is_positive_definite: False, if given.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: a hint is wrong.

    Source: Householder, "Unitary triangularization of a nonsymmetric matrix", 1958.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorHouseholder([0.0, 2.0])
    >>> tf.Session().run(operator.matvec([3.0, 5.0]))
    array([ 3., -5.], dtype=float32)
    """

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        self._given = reflection_axis
        with name_scope(name, type(self).__name__, [reflection_axis]):
            self._reflection_axis = floating_tensor(reflection_axis, "reflection_axis", 1)
        super().__init__(
            self._reflection_axis.dtype,
            graph_parents=[self._reflection_axis],
            is_non_singular=is_non_singular,
            is_self_adjoint=always(is_self_adjoint, "a reflection is always self-adjoint"),
            is_positive_definite=never(
                is_positive_definite, "a reflection is never positive definite"
            ),
            is_square=always(is_square, "a reflection is always square"),
            name=name,
        )

    @property
    def reflection_axis(self) -> Tensor:
        """The axis."""
        return self._reflection_axis

    def _shape(self) -> TensorShape:
        return self._reflection_axis.shape.concatenate(self._reflection_axis.shape[-1:])

    def _shape_tensor(self) -> Tensor:
        shape = ops.shape(self._reflection_axis)
        return ops.concat([shape, shape[-1:]], 0)

    def _assert_non_singular(self) -> Operation:
        return ops.no_op()

    def _assert_self_adjoint(self) -> Operation:
        return ops.no_op()

    def _unit_axis(self) -> Tensor:
        axis = self._reflection_axis
        square = ops.reduce_sum(ops.real(axis * ops.conj(axis)), -1, keepdims=True)
        return axis * ops.cast(ops.rsqrt(ops.maximum(square, _SMALLEST_SQUARE)), self.dtype)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        del adjoint
        x = shapes.adjoint_if(adjoint_arg, x)
        axis = shapes.as_columns(self._unit_axis())
        return x - 2.0 * axis * ops.matmul(axis, x, adjoint_a=True)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _determinant(self) -> Tensor:
        return ops.negative(ops.ones(self.batch_shape_tensor(), dtype=self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        return ops.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _trace(self) -> Tensor:
        size = ops.cast(self.domain_dimension_tensor(), self.dtype)
        return (size - 2.0) * ops.ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _diag_part(self) -> Tensor:
        axis = self._unit_axis()
        return 1.0 - 2.0 * axis * ops.conj(axis)

    def _to_dense(self) -> Tensor:
        axis = shapes.as_columns(self._unit_axis())
        product = -2.0 * ops.matmul(axis, axis, adjoint_b=True)
        return ops.matrix_set_diag(product, 1.0 + ops.matrix_diag_part(product))


@algebra.inverse.register(LinearOperatorHouseholder)
def _(operator: LinearOperatorHouseholder) -> LinearOperatorHouseholder:
    return operator
