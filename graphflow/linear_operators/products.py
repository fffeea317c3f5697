"""The structures of products of operators."""

from __future__ import annotations

import graphflow.ops as ops
from graphflow.linear_operators import shapes
from graphflow.linear_operators.algebra import register_product
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.block_diag import LinearOperatorBlockDiag
from graphflow.linear_operators.circulant import (
    LinearOperatorCirculant,
    LinearOperatorCirculant2D,
    LinearOperatorCirculant3D,
)
from graphflow.linear_operators.combined import joined_batch_tensor
from graphflow.linear_operators.composition import LinearOperatorComposition
from graphflow.linear_operators.dense import LinearOperatorLowerTriangular
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.hints import commuting_hints, product_is_non_singular
from graphflow.linear_operators.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from graphflow.linear_operators.zeros import LinearOperatorZeros, zeros_like


@register_product(LinearOperator, LinearOperator)
def _composed(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    is_square = left.is_square and right.is_square
    return LinearOperatorComposition(
        [left, right],
        is_non_singular=product_is_non_singular(left, right) if is_square else None,
        is_square=True if is_square else None,
    )


# -- identities and zeros --------------------------------------------------------------------------


@register_product(LinearOperatorIdentity, LinearOperator)
def _identity_first(left: LinearOperatorIdentity, right: LinearOperator) -> LinearOperator:
    return right if _keeps_batch(right, left) else _composed(left, right)


@register_product(LinearOperator, LinearOperatorIdentity)
def _identity_last(left: LinearOperator, right: LinearOperatorIdentity) -> LinearOperator:
    return left if _keeps_batch(left, right) else _composed(left, right)


@register_product(LinearOperatorIdentity, LinearOperatorIdentity)
def _identities(left: LinearOperatorIdentity, right: LinearOperatorIdentity) -> LinearOperator:
    return left if _keeps_batch(left, right) else _identity_first(left, right)


@register_product(LinearOperatorScaledIdentity, LinearOperatorIdentity)
def _scaled_and_identity(
    left: LinearOperatorScaledIdentity, right: LinearOperatorIdentity
) -> LinearOperator:
    return _identity_last(left, right)


def _keeps_batch(operator: LinearOperator, identity: LinearOperator) -> bool:
    """Whether the product with an identity has the batch shape of the other factor."""
    if identity.batch_shape.ndims == 0:
        return True
    batch = operator.batch_shape
    joined = shapes.joined_shape([batch, identity.batch_shape])
    return batch.is_fully_defined() and joined.is_fully_defined() and joined == batch


@register_product(LinearOperatorZeros, LinearOperator)
@register_product(LinearOperator, LinearOperatorZeros)
@register_product(LinearOperatorZeros, LinearOperatorZeros)
@register_product(LinearOperatorIdentity, LinearOperatorZeros)
@register_product(LinearOperatorZeros, LinearOperatorIdentity)
def _zeros(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    rows, columns = left.range_dimension_tensor(), right.domain_dimension_tensor()
    return zeros_like(left, rows, columns, joined_batch_tensor([left, right]))


# -- diagonals -------------------------------------------------------------------------------------


@register_product(LinearOperatorScaledIdentity, LinearOperatorScaledIdentity)
def _scaled_identities(
    left: LinearOperatorScaledIdentity, right: LinearOperatorScaledIdentity
) -> LinearOperator:
    return LinearOperatorScaledIdentity(
        left.domain_dimension_tensor(),
        left.multiplier * right.multiplier,
        **commuting_hints(left, right),
    )


@register_product(LinearOperatorDiag, LinearOperatorDiag)
def _diagonals(left: LinearOperatorDiag, right: LinearOperatorDiag) -> LinearOperator:
    return LinearOperatorDiag(left.diag * right.diag, **commuting_hints(left, right))


@register_product(LinearOperatorScaledIdentity, LinearOperatorDiag)
def _scaled_diagonal(
    left: LinearOperatorScaledIdentity, right: LinearOperatorDiag
) -> LinearOperator:
    diag = shapes.as_columns(left.multiplier) * right.diag
    return LinearOperatorDiag(diag, **commuting_hints(left, right))


@register_product(LinearOperatorDiag, LinearOperatorScaledIdentity)
def _diagonal_scaled(
    left: LinearOperatorDiag, right: LinearOperatorScaledIdentity
) -> LinearOperator:
    return _scaled_diagonal(right, left)


@register_product(LinearOperatorDiag, LinearOperatorLowerTriangular)
def _scaled_rows(left: LinearOperatorDiag, right: LinearOperatorLowerTriangular) -> LinearOperator:
    return LinearOperatorLowerTriangular(
        shapes.as_columns(left.diag) * right.to_dense(),
        is_non_singular=product_is_non_singular(left, right),
    )


@register_product(LinearOperatorLowerTriangular, LinearOperatorDiag)
def _scaled_columns(
    left: LinearOperatorLowerTriangular, right: LinearOperatorDiag
) -> LinearOperator:
    return LinearOperatorLowerTriangular(
        left.to_dense() * ops.expand_dims(right.diag, -2),
        is_non_singular=product_is_non_singular(left, right),
    )


# -- equal structures ------------------------------------------------------------------------------


@register_product(LinearOperatorCirculant, LinearOperatorCirculant)
@register_product(LinearOperatorCirculant2D, LinearOperatorCirculant2D)
@register_product(LinearOperatorCirculant3D, LinearOperatorCirculant3D)
def _circulants(left: LinearOperatorCirculant, right: LinearOperatorCirculant) -> LinearOperator:
    same_block = left.block_shape.is_fully_defined() and left.block_shape == right.block_shape
    if left.block_depth > 1 and not same_block:
        return _composed(left, right)
    spectra = [left.spectrum, right.spectrum]
    if spectra[0].dtype.base_dtype is not spectra[1].dtype.base_dtype:
        spectra = [left._complex_spectrum(), right._complex_spectrum()]
    return left.with_spectrum(spectra[0] * spectra[1], commuting_hints(left, right))


@register_product(LinearOperatorBlockDiag, LinearOperatorBlockDiag)
def _block_diagonals(
    left: LinearOperatorBlockDiag, right: LinearOperatorBlockDiag
) -> LinearOperator:
    left_sizes, right_sizes = (
        [block.domain_dimension.value for block in operator.operators] for operator in (left, right)
    )
    if None in left_sizes or left_sizes != right_sizes:
        return _composed(left, right)
    blocks = [
        first.matmul(second) for first, second in zip(left.operators, right.operators, strict=True)
    ]
    return LinearOperatorBlockDiag(
        blocks, is_non_singular=product_is_non_singular(left, right), is_square=True
    )
