"""What is known of operators: hints that users give, and hints that follow from the structure.

A hint is True, False, or None where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor

if TYPE_CHECKING:
    from graphflow.linear_operators.base import LinearOperator

Hint = bool | None


class Hints(TypedDict):
    """All hints, as arguments of a constructor."""

    is_non_singular: Hint
    is_self_adjoint: Hint
    is_positive_definite: Hint
    is_square: Hint


DTYPES = ("float16", "float32", "float64", "complex64", "complex128")


def always(hint: Hint, message: str) -> bool:
    """Return True for a property that an operator has by its structure.

    Raises:
      ValueError: the hint says that it has not.
    """
    if hint is not None and not hint:
        raise ValueError(message)
    return True


def never(hint: Hint, message: str) -> bool:
    """Return False for a property that an operator cannot have.

    Raises:
      ValueError: the hint says that it has it.
    """
    if hint:
        raise ValueError(message)
    return False


def inherited(hint: Hint, operators: Sequence[LinearOperator], attribute: str, whole: str) -> Hint:
    """Return True for a property that an operator has if all its parts have it, else the hint.

    Args:
      hint: the hint.
      operators: the parts.
      attribute: the name of the property.
      whole: what the operator is to its parts, for the error.

    Raises:
      ValueError: all parts have it, and the hint says that the operator has not.
    """
    if all(getattr(operator, attribute) for operator in operators):
        kind = attribute.removeprefix("is_").replace("_", "-")
        return always(hint, f"the {whole} of {kind} operators is always {kind}")
    return hint


def shared(hint: Hint, operator: LinearOperator, attribute: str) -> Hint:
    """Return a property that an operator has exactly if another one has it.

    Raises:
      ValueError: the hint contradicts what is known of the other.
    """
    known: Hint = getattr(operator, attribute)
    if hint is not None and known is not None and bool(hint) is not bool(known):
        raise ValueError(f"{attribute}={hint} contradicts {attribute}={known} of {operator.name}")
    return known if hint is None else hint


def product_is_non_singular(left: LinearOperator, right: LinearOperator) -> Hint:
    """Whether the product of square operators has an inverse."""
    if left.is_non_singular and right.is_non_singular:
        return True
    if left.is_non_singular is False or right.is_non_singular is False:
        return False
    return None


def commuting_hints(left: LinearOperator, right: LinearOperator) -> Hints:
    """The hints of the product of square operators whose order does not matter."""
    self_adjoint = True if left.is_self_adjoint and right.is_self_adjoint else None
    positive = left.is_positive_definite and right.is_positive_definite and self_adjoint
    return {
        "is_non_singular": product_is_non_singular(left, right),
        "is_self_adjoint": self_adjoint,
        "is_positive_definite": True if positive else None,
        "is_square": True,
    }


def hints_of(operator: LinearOperator, is_non_singular: Hint = None) -> Hints:
    """The hints of an operator, for another one that has the same properties.

    Args:
      operator: the operator.
      is_non_singular: a hint to take in place of its own.
    """
    return {
        "is_non_singular": is_non_singular or operator.is_non_singular,
        "is_self_adjoint": operator.is_self_adjoint,
        "is_positive_definite": operator.is_positive_definite,
        "is_square": operator.is_square,
    }


# -- arguments -------------------------------------------------------------------------------------


def floating_tensor(value: Any, name: str, rank: int) -> Tensor:
    """Convert an argument to a floating or complex tensor.

    Args:
      value: the argument.
      name: its name.
      rank: how many axes it must have at least.

    Raises:
      TypeError: it has another dtype.
      ValueError: it has too few axes.
    """
    tensor = convert_to_tensor(value, name=name)
    if tensor.dtype.base_dtype not in map(as_dtype, DTYPES):
        raise TypeError(f"{name} must be one of {', '.join(DTYPES)}, not {tensor.dtype.name}")
    if tensor.shape.ndims is not None and tensor.shape.ndims < rank:
        raise ValueError(f"{name} must have rank {rank} or more, its shape is {tensor.shape}")
    return tensor


# -- assertions ------------------------------------------------------------------------------------


def assert_no_zeros(x: Tensor, message: str) -> Operation:
    """Assert that no element is zero."""
    size = ops.abs(x)
    return ops.assert_less(ops.zeros_like(size), size, message=message)


def assert_real(x: Tensor, message: str) -> Operation:
    """Assert that the imaginary parts are zero."""
    if not x.dtype.is_complex:
        return ops.no_op()
    imaginary = ops.imag(x)
    return ops.assert_equal(ops.zeros_like(imaginary), imaginary, message=message)


def assert_positive_real_part(x: Tensor, message: str) -> Operation:
    """Assert that the real parts are positive."""
    return ops.assert_positive(ops.real(x), message=message)
