"""Products of operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import shapes
from graphflow.linear_operators.base import LinearOperator, check_operators
from graphflow.linear_operators.hints import Hint, inherited


class LinearOperatorComposition(LinearOperator):
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
        for left, right in zip(self._operators, self._operators[1:], strict=False):
            check_operators(left, right)
        super().__init__(
            self._operators[0].dtype,
            graph_parents=parents_of(self._operators),
            is_non_singular=inherited(
                is_non_singular,
                self._operators,
                "is_non_singular",
                "the composition of non-singular operators is always non-singular",
            ),
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name or "_o_".join(operator.name for operator in self._operators),
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors, the one that applies last first."""
        return self._operators

    def _shape(self) -> TensorShape:
        batch = shapes.joined_shape([operator.batch_shape for operator in self._operators])
        first, last = self._operators[0], self._operators[-1]
        return batch.concatenate([first.range_dimension, last.domain_dimension])

    def _shape_tensor(self) -> Tensor:
        first, last = self._operators[0], self._operators[-1]
        sizes = [first.range_dimension_tensor(), last.domain_dimension_tensor()]
        return ops.concat([joined_batch(self._operators), ops.stack(sizes)], 0)

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

    def _all_square(self) -> bool:
        """Whether all factors are known to be square."""
        return all(operator.is_square for operator in self._operators)

    def _determinant(self) -> Tensor:
        if not self._all_square():
            return super()._determinant()
        return combined(ops.multiply, [operator.determinant() for operator in self._operators])

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_square():
            return super()._log_abs_determinant()
        return combined(ops.add, [operator.log_abs_determinant() for operator in self._operators])

    def _to_dense(self) -> Tensor:
        *others, last = self._operators
        dense = last.to_dense()
        for operator in reversed(others):
            dense = operator.matmul(dense)
        return dense


# -- lists of operators ----------------------------------------------------------------------------


def checked_list(operators: Sequence[LinearOperator]) -> list[LinearOperator]:
    """Check a list of operators of one dtype.

    Raises:
      ValueError: the list is empty.
      TypeError: the dtypes differ.
    """
    operators = list(operators)
    if not operators:
        raise ValueError("operators must hold one operator or more, but is empty")
    dtypes = {operator.dtype for operator in operators}
    if len(dtypes) > 1:
        named = ", ".join(f"{operator.name}: {operator.dtype.name}" for operator in operators)
        raise TypeError(f"operators must have one dtype, got {named}")
    return operators


def parents_of(operators: Sequence[LinearOperator]) -> list[Any]:
    """The graph parents of all operators."""
    return [parent for operator in operators for parent in operator.graph_parents]


def joined_batch(operators: Sequence[LinearOperator]) -> Tensor:
    """The batch shape that those of the operators broadcast to, as a tensor."""
    return shapes.joined_shape_tensor([operator.batch_shape_tensor() for operator in operators])


def combined(function: Callable[[Any, Any], Tensor], tensors: Sequence[Tensor]) -> Tensor:
    """Combine tensors one after the other."""
    return reduce(function, tensors)
