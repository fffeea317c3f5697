"""`tensorflow.python.ops.linalg.linear_operator_addition`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.scopes import name_scope
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.dense import (
    LinearOperatorFullMatrix,
    LinearOperatorLowerTriangular,
)
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)

_IDENTITIES = (LinearOperatorIdentity, LinearOperatorScaledIdentity)
_DIAGONALS = (*_IDENTITIES, LinearOperatorDiag)
_TRIANGLES = (*_DIAGONALS, LinearOperatorLowerTriangular)
_ALL = (*_TRIANGLES, LinearOperatorFullMatrix)


def add_operators(
    operators: Sequence[LinearOperator],
    operator_name: str | None = None,
    addition_tiers: Any = None,
    name: str | None = None,
) -> list[LinearOperator]:
    """Add linear operators, those of the simplest structure first.

    Args:
      operators: identities, diagonal, lower triangular and full matrices with the same dimensions
        and batch shapes that broadcast.
      operator_name: the name of a sum, by default made of those of its parts.
      addition_tiers: must be None.
      name: a name for the operations.

    Returns:
      A list of one operator, of the simplest structure that the sum has.

    Raises:
      NotImplementedError: `addition_tiers` is given.
      TypeError: an operator is of another class.
      ValueError: there is no operator, or their dimensions differ.

    >>> import graphflow as tf
    >>> parts = [tf.linalg.LinearOperatorDiag([1.0, 2.0]), tf.linalg.LinearOperatorIdentity(2)]
    >>> (total,) = add_operators(parts)
    >>> tf.Session().run(total.to_dense()).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    if addition_tiers is not None:
        raise NotImplementedError("add_operators: addition_tiers")
    _check(operators)
    pending = list(operators)
    with name_scope(name or "add_operators", values=_parents(operators)):
        for kinds, add in _SUMS:
            chosen = [operator for operator in pending if isinstance(operator, kinds)]
            if len(chosen) < 2:
                continue
            total = chosen[0]
            for operator in chosen[1:]:
                total = _sum(total, operator, add, operator_name)
            pending = [total, *(one for one in pending if not isinstance(one, kinds))]
    return pending


def _check(operators: Sequence[LinearOperator]) -> None:
    if not operators:
        raise ValueError("there is no operator to add")
    shape = operators[0].shape
    for operator in operators:
        if not isinstance(operator, _ALL):
            raise TypeError(f"cannot add an operator of class {type(operator).__name__}")
        if not operator.shape[-2:].is_compatible_with(shape[-2:]):
            raise ValueError(
                f"operators of different dimensions: {operators[0].name} {shape} and "
                f"{operator.name} {operator.shape}"
            )


def _parents(operators: Sequence[LinearOperator]) -> list[Any]:
    return [parent for operator in operators for parent in operator.graph_parents or ()]


def _sum(
    one: LinearOperator,
    two: LinearOperator,
    add: Callable[..., LinearOperator],
    name: str | None,
) -> LinearOperator:
    is_definite = one.is_positive_definite and two.is_positive_definite
    hints = {
        "is_non_singular": True if is_definite else None,
        "is_self_adjoint": one.is_self_adjoint and two.is_self_adjoint,
        "is_positive_definite": is_definite,
        "name": name or f"Add/{one.name}__{two.name}/",
    }
    with name_scope("Add", values=_parents([one, two])):
        return add(one, two, **hints)


def _multiplier(operator: LinearOperator) -> Any:
    if isinstance(operator, LinearOperatorScaledIdentity):
        return operator.multiplier
    return ops.ones(operator.batch_shape_tensor(), dtype=operator.dtype)


def _add_identities(one: LinearOperator, two: LinearOperator, **hints: Any) -> LinearOperator:
    return LinearOperatorScaledIdentity(
        one.range_dimension_tensor(), _multiplier(one) + _multiplier(two), **hints
    )


def _add_diagonals(one: LinearOperator, two: LinearOperator, **hints: Any) -> LinearOperator:
    return LinearOperatorDiag(one.diag_part() + two.diag_part(), **hints)


def _add_dense(one: LinearOperator, two: LinearOperator) -> Any:
    if isinstance(one, _DIAGONALS):
        return one.add_to_tensor(two.to_dense())
    return two.add_to_tensor(one.to_dense())


def _add_triangles(one: LinearOperator, two: LinearOperator, **hints: Any) -> LinearOperator:
    return LinearOperatorLowerTriangular(_add_dense(one, two), **hints)


def _add_matrices(one: LinearOperator, two: LinearOperator, **hints: Any) -> LinearOperator:
    return LinearOperatorFullMatrix(_add_dense(one, two), **hints)


# Which classes are added how, the simplest first.
_SUMS: tuple[tuple[tuple[type, ...], Callable[..., LinearOperator]], ...] = (
    (_IDENTITIES, _add_identities),
    (_DIAGONALS, _add_diagonals),
    (_TRIANGLES, _add_triangles),
    (_ALL, _add_matrices),
)
