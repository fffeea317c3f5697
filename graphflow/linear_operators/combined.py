"""What operators share that are made of several others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import shapes
from graphflow.linear_operators.base import LinearOperator, checked_operator
from graphflow.linear_operators.hints import Hints


class CombinedOperator(LinearOperator):
    """An operator made of others of one dtype, whose batch shapes broadcast.

    Args:
      operators: the others, as `checked_list` returns them.
      hints: the hints.
      name: name of the operator, by default those of the others with `_sign` between.
    """

    _sign: ClassVar[str]

    def __init__(
        self, operators: Sequence[LinearOperator], hints: Hints, name: str | None = None
    ) -> None:
        self._operators = list(operators)
        super().__init__(
            operators[0].dtype,
            graph_parents=[parent for each in operators for parent in each.graph_parents],
            name=name or self._sign.join(operator.name for operator in operators),
            **hints,
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The operators that this one is made of."""
        return self._operators

    def _joined_batch(self) -> TensorShape:
        return shapes.joined_shape([operator.batch_shape for operator in self._operators])

    def _joined_batch_tensor(self) -> Tensor:
        return joined_batch_tensor(self._operators)

    def _all_square(self) -> bool:
        """Whether all operators are known to be square."""
        return all(operator.is_square for operator in self._operators)

    def _fold(
        self,
        combine: Callable[[Any, Any], Tensor],
        value: Callable[[LinearOperator], Tensor],
    ) -> Tensor:
        """Combine a value of each operator, such as its trace."""
        return reduce(combine, [value(operator) for operator in self._operators])

    def _assert_each(self, assertion: Callable[[LinearOperator], Operation]) -> Operation:
        return ops.group(*map(assertion, self._operators))


def checked_list(operators: Sequence[LinearOperator]) -> list[LinearOperator]:
    """Check that there are operators, of one dtype.

    Raises:
      ValueError: there are none.
      TypeError: one is no operator, or the dtypes differ.
    """
    operators = [checked_operator(operator) for operator in operators]
    if not operators:
        raise ValueError("operators must hold one operator or more, but is empty")
    if len({operator.dtype for operator in operators}) > 1:
        named = ", ".join(f"{operator.name}: {operator.dtype.name}" for operator in operators)
        raise TypeError(f"operators must have one dtype, got {named}")
    return operators


def joined_batch_tensor(operators: Sequence[LinearOperator]) -> Tensor:
    """The batch shape that those of operators broadcast to, as a tensor."""
    return shapes.joined_shape_tensor([operator.batch_shape_tensor() for operator in operators])
