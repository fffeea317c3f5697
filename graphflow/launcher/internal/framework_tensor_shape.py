"""`tensorflow.python.framework.tensor_shape`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.core.spec import (
    Dimension as Dimension,
    TensorShape as TensorShape,
    as_dimension as as_dimension,
    as_shape as as_shape,
    dimension_at_index as dimension_at_index,
    dimension_value as dimension_value,
)


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """Return a shape of unknown sizes.

    Args:
      rank: the number of dimensions, None if that is unknown too.
      **kwargs: `ndims`, the old name of `rank`.
    """
    rank = kwargs.get("ndims", rank)
    return TensorShape(None if rank is None else [None] * rank)


def scalar() -> TensorShape:
    """Return the shape of a scalar."""
    return TensorShape([])


def vector(length: Any) -> TensorShape:
    """Return the shape of a vector.

    Args:
      length: its length, or None.
    """
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """Return the shape of a matrix.

    Args:
      rows: how many rows, or None.
      cols: how many columns, or None.
    """
    return TensorShape([rows, cols])


def unknown_dims(count: int) -> Sequence[Dimension]:
    """Return unknown sizes.

    Args:
      count: how many.
    """
    return [Dimension(None) for _ in range(count)]
