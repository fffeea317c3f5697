"""Linear operators that stretch vectors of independent numbers."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.distributions.parameters import checked
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.dense import LinearOperatorLowerTriangular
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from graphflow.linear_operators.shapes import broadcast_with, dynamic_shape


def full_loc(loc: Tensor | None, scale: LinearOperator) -> Tensor:
    """Return the means of loc + scale @ z, with z around 0, for each member of the batch.

    Args:
      loc: a tensor [..., k], None for 0.
      scale: an operator [..., k, k].
    """
    rows = scale.shape_tensor()[:-1]
    static = scale.shape[:-1]
    if loc is not None:
        return broadcast_with(loc, rows, static)
    zeros = ops.zeros(rows, scale.dtype)
    zeros.set_shape(static)
    return zeros


def covariance_of(scale: LinearOperator) -> Tensor:
    """Return the covariances [..., k, k] of scale @ z, with independent z of variance 1.

    Args:
      scale: an operator [..., k, k].
    """
    if isinstance(scale, LinearOperatorDiag):
        return ops.matrix_diag(ops.square(scale.diag_part()))
    dense = scale.to_dense()
    return ops.matmul(dense, dense, transpose_b=True)


def variance_of(scale: LinearOperator) -> Tensor:
    """Return the diagonals of `covariance_of`.

    Args:
      scale: an operator [..., k, k].
    """
    if isinstance(scale, LinearOperatorDiag):
        return ops.square(scale.diag_part())
    return ops.reduce_sum(ops.square(scale.to_dense()), -1)


def _identity(loc: Any) -> LinearOperatorIdentity:
    if loc is None:
        raise ValueError("how many elements a vector has must follow from loc or the scale")
    loc = convert_to_tensor(loc, name="loc")
    return LinearOperatorIdentity(dynamic_shape(loc)[-1], dtype=loc.dtype.base_dtype)


def diagonal_scale(
    loc: Any, diag: Any, multiplier: Any, is_checked: bool, is_positive: bool = False
) -> LinearOperator:
    """Return the operator of a diagonal to which a multiple of the identity is added.

    Args:
      loc: the means, which tell the size if nothing else does.
      diag: floating [..., k], the diagonal; None for 1, or for the multiple alone.
      multiplier: floating, is added to the diagonal.
      is_checked: whether the run checks the diagonal.
      is_positive: whether it must be positive, else not 0.

    Raises:
      ValueError: nothing tells the size.
    """
    hints: dict[str, Any] = {
        "is_non_singular": True,
        "is_self_adjoint": True,
        "is_positive_definite": is_positive or None,
    }

    def valid(tensor: Tensor) -> Any:
        if not is_checked:
            return tensor
        zero = ops.zeros([], tensor.dtype.base_dtype)
        check = ops.assert_less if is_positive else ops.assert_none_equal
        return checked(tensor, check(zero, tensor, message="the scale must have no 0"))

    if diag is not None:
        diag = convert_to_tensor(diag, name="scale_diag")
        if multiplier is not None:
            diag = diag + ops.expand_dims(convert_to_tensor(multiplier, diag.dtype.base_dtype), -1)
        return LinearOperatorDiag(valid(diag), **hints)
    identity = _identity(loc)
    if multiplier is None:
        return identity
    multiplier = convert_to_tensor(multiplier, identity.dtype, name="scale_identity_multiplier")
    size = identity.domain_dimension_tensor()
    return LinearOperatorScaledIdentity(size, valid(multiplier), **hints)


def triangular_scale(loc: Any, scale_tril: Any, is_checked: bool) -> LinearOperator:
    """Return the operator of a lower triangular matrix.

    Args:
      loc: the means, which tell the size if nothing else does.
      scale_tril: floating [..., k, k]; None for the identity.
      is_checked: whether the run checks that the diagonal has no 0.

    Raises:
      ValueError: nothing tells the size.
    """
    if scale_tril is None:
        return _identity(loc)
    scale_tril = convert_to_tensor(scale_tril, name="scale_tril")
    if is_checked:
        diag = ops.matrix_diag_part(scale_tril)
        zero = ops.zeros([], diag.dtype.base_dtype)
        text = "the diagonal of scale_tril must have no 0"
        scale_tril = checked(scale_tril, ops.assert_none_equal(diag, zero, message=text))
    return LinearOperatorLowerTriangular(scale_tril, is_non_singular=True)
