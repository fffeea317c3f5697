"""Which structure the adjoint, the inverse, the Cholesky factor and products of operators have.

Each class of operators enters its rules here; all others get the general ones. So the base class
needs to know none of its subclasses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from itertools import product as pairs
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from graphflow.linear_operators.base import LinearOperator

_Rule = Callable[[Any, Any], Any]
_RuleT = TypeVar("_RuleT", bound=_Rule)
_products: dict[tuple[type, type], _Rule] = {}


def _no_operator(value: object) -> NoReturn:
    raise TypeError(f"expected a LinearOperator, got {value!r}")


@singledispatch
def adjoint(operator: Any) -> Any:
    """Return the adjoint of an operator."""
    _no_operator(operator)


@singledispatch
def inverse(operator: Any) -> Any:
    """Return the inverse of an operator."""
    _no_operator(operator)


@singledispatch
def cholesky(operator: Any) -> Any:
    """Return the lower triangular operator whose product with its adjoint is the operator."""
    _no_operator(operator)


def register_product(left: type, right: type) -> Callable[[_RuleT], _RuleT]:
    """Decorate a rule: a function of two operators that returns their product."""

    def register(rule: _RuleT) -> _RuleT:
        _products[left, right] = rule
        return rule

    return register


def product(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """Return the product of two operators, by the rule for the nearest of their base classes."""
    found = [
        (left_distance + right_distance, left_distance, _products[left_class, right_class])
        for (left_distance, left_class), (right_distance, right_class) in pairs(
            enumerate(type(left).__mro__), enumerate(type(right).__mro__)
        )
        if (left_class, right_class) in _products
    ]
    rule: _Rule = min(found, key=lambda item: item[:2])[2]
    result: LinearOperator = rule(left, right)
    return result
