"""Operators of blocks along the diagonal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import Dimension, TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.combined import CombinedOperator, checked_list
from graphflow.linear_operators.dense import dense_cholesky
from graphflow.linear_operators.hints import Hint, Hints, always, hints_of, inherited

_WHOLE = "direct sum"


class LinearOperatorBlockDiag(CombinedOperator):
    """Square operators one after the other along the diagonal, with zeros beside them.

    Args:
      operators: square operators of one dtype whose batch shapes broadcast.
      is_non_singular: whether there is an inverse; True if all operators have one; so with the next
        two hints.
      is_self_adjoint: whether it equals its adjoint.
      is_positive_definite: whether it is positive definite.
      is_square: True, if given.
      name: name of the operator, by default those of the operators joined by `_ds_`.

    Raises:
      ValueError: there are no operators, one is not square, or a hint is wrong.
      TypeError: the dtypes differ.

    >>> import graphflow as tf
    >>> matrix = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> operator = tf.linalg.LinearOperatorBlockDiag([matrix, tf.linalg.LinearOperatorIdentity(1)])
    >>> tf.Session().run(operator.to_dense())
    array([[1., 2., 0.],
           [3., 4., 0.],
           [0., 0., 1.]], dtype=float32)
    """

    _sign = "_ds_"

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = True,
        name: str | None = None,
    ) -> None:
        operators = checked_list(operators)
        for operator in operators:
            always(operator.is_square, f"{operator.name} is not square, but {operator.shape}")
        hints: Hints = {
            "is_non_singular": inherited(is_non_singular, operators, "is_non_singular", _WHOLE),
            "is_self_adjoint": inherited(is_self_adjoint, operators, "is_self_adjoint", _WHOLE),
            "is_positive_definite": inherited(
                is_positive_definite, operators, "is_positive_definite", _WHOLE
            ),
            "is_square": always(is_square, "a direct sum of square operators is always square"),
        }
        super().__init__(operators, hints, name)

    def _shape(self) -> TensorShape:
        size = sum((operator.domain_dimension for operator in self._operators), start=Dimension(0))
        return self._joined_batch().concatenate([size, size])

    def _shape_tensor(self) -> Tensor:
        size = ops.add_n([operator.domain_dimension_tensor() for operator in self._operators])
        return ops.concat([self._joined_batch_tensor(), ops.stack([size, size])], 0)

    def _assert_non_singular(self) -> Operation:
        return self._assert_each(lambda operator: operator.assert_non_singular())

    def _assert_positive_definite(self) -> Operation:
        return self._assert_each(lambda operator: operator.assert_positive_definite())

    def _assert_self_adjoint(self) -> Operation:
        return self._assert_each(lambda operator: operator.assert_self_adjoint())

    def _split(self, x: Tensor, axis: int) -> list[Tensor]:
        """Split an argument into the parts that the blocks apply to."""
        known = [operator.domain_dimension.value for operator in self._operators]
        sizes = known if None not in known else self._sizes_tensor()
        return ops.split(x, sizes, axis=axis, num=len(known))

    def _sizes_tensor(self) -> Tensor:
        return ops.stack([operator.domain_dimension_tensor() for operator in self._operators])

    def _each(
        self, x: Tensor, axis: int, apply: Callable[[LinearOperator, Tensor], Tensor]
    ) -> Tensor:
        """Apply each block to its part of an argument, which is split along an axis."""
        parts = zip(self._operators, self._split(x, axis), strict=True)
        results = [apply(operator, part) for operator, part in parts]
        return ops.concat(shapes.same_batches(results), -2)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._each(
            x,
            -1 if adjoint_arg else -2,
            lambda operator, part: operator.matmul(part, adjoint, adjoint_arg),
        )

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._each(
            rhs,
            -1 if adjoint_arg else -2,
            lambda operator, part: operator.solve(part, adjoint, adjoint_arg),
        )

    def _determinant(self) -> Tensor:
        return self._fold(ops.multiply, lambda operator: operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self._fold(ops.add, lambda operator: operator.log_abs_determinant())

    def _trace(self) -> Tensor:
        return self._fold(ops.add, lambda operator: operator.trace())

    def _diag_part(self) -> Tensor:
        columns = [shapes.as_columns(operator.diag_part()) for operator in self._operators]
        return ops.squeeze(ops.concat(shapes.same_batches(columns), -2), axis=-1)


@algebra.adjoint.register(LinearOperatorBlockDiag)
def _(operator: LinearOperatorBlockDiag) -> LinearOperatorBlockDiag:
    return LinearOperatorBlockDiag(
        [block.adjoint() for block in operator.operators], **hints_of(operator)
    )


@algebra.inverse.register(LinearOperatorBlockDiag)
def _(operator: LinearOperatorBlockDiag) -> LinearOperatorBlockDiag:
    hints = hints_of(operator, is_non_singular=True)
    return LinearOperatorBlockDiag([block.inverse() for block in operator.operators], **hints)


@algebra.cholesky.register(LinearOperatorBlockDiag)
def _(operator: LinearOperatorBlockDiag) -> LinearOperator:
    if not all(block._can_use_cholesky() for block in operator.operators):
        return dense_cholesky(operator)
    return LinearOperatorBlockDiag(
        [block.cholesky() for block in operator.operators], is_non_singular=True
    )
