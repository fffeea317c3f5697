"""Shapes of batches of matrices: known while building where possible, else tensors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.spec import Dimension, TensorShape


def shape_constant(shape: TensorShape) -> Tensor:
    """Make an int32 vector of a fully known shape."""
    return ops.constant(shape.as_list(), dtype=int32, name="shape")


def dynamic_shape(tensor: Tensor) -> Tensor:
    """The shape of a tensor: a constant if it is known."""
    return shape_constant(tensor.shape) if tensor.shape.is_fully_defined() else ops.shape(tensor)


def dimension_of(shape: TensorShape, axis: int) -> Dimension:
    """One dimension of a shape, unknown if the rank is."""
    return Dimension(None) if shape.ndims is None else shape[axis]


def size_of(tensor: Tensor, axis: int) -> Any:
    """How long an axis is: an integer if that is known, else a scalar tensor."""
    known = dimension_of(tensor.shape, axis).value
    return ops.shape(tensor)[axis] if known is None else known


def joined_shape(shapes: Sequence[TensorShape]) -> TensorShape:
    """The shape that several broadcast to."""
    return reduce(ops.broadcast_static_shape, shapes)


def joined_shape_tensor(shapes: Sequence[Tensor]) -> Tensor:
    """Like `joined_shape`, of shapes given as tensors."""
    return reduce(ops.broadcast_dynamic_shape, shapes)


def broadcast_with(x: Tensor, shape: Tensor, static: TensorShape) -> Tensor:
    """Repeat a tensor to the shape that it and another shape broadcast to.

    Args:
      x: the tensor.
      shape: the other shape, an int32 vector.
      static: what is known of it.
    """
    joined = joined_shape([x.shape, static])
    if joined.is_fully_defined() and x.shape.is_fully_defined() and joined == x.shape:
        return x
    result = ops.broadcast_to(x, joined_shape_tensor([dynamic_shape(x), shape]))
    result.set_shape(joined)
    return result


def repeated(matrix: Tensor, batch_shape: Tensor, static: TensorShape) -> Tensor:
    """Repeat matrices so that their batch has the shape that it and `batch_shape` broadcast to.

    Args:
      matrix: a tensor [..., m, n].
      batch_shape: int32 vector.
      static: what is known of `batch_shape`.
    """
    shape = ops.concat([batch_shape, [1, 1]], 0)
    return broadcast_with(matrix, shape, static.concatenate([1, 1]))


def same_batches(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Repeat matrices so that all have the same batch shape."""
    statics = [matrix.shape[:-2] for matrix in matrices]
    if all(shape.is_fully_defined() and shape == statics[0] for shape in statics):
        return list(matrices)
    joined = joined_shape(statics)
    if joined.is_fully_defined():
        batch = shape_constant(joined)
    else:
        batch = joined_shape_tensor([ops.shape(matrix)[:-2] for matrix in matrices])
    return [repeated(matrix, batch, joined) for matrix in matrices]


def as_columns(vector: Tensor) -> Tensor:
    """Make matrices of one column each of vectors."""
    return ops.expand_dims(vector, -1)


def adjoint(matrix: Tensor) -> Tensor:
    """The conjugate transposes of matrices."""
    return ops.matrix_transpose(matrix, conjugate=True)


def adjoint_if(is_wanted: bool, matrix: Tensor) -> Tensor:
    """The conjugate transposes of matrices, if wanted."""
    return adjoint(matrix) if is_wanted else matrix


# -- sizes as arguments ----------------------------------------------------------------------------


def size_argument(value: Any, name: str, is_checked: bool = False) -> Tensor:
    """Convert an argument to an int32 scalar that is a size.

    Args:
      value: the argument.
      name: its name.
      is_checked: whether the run fails if it is negative.

    Raises:
      TypeError: it is no integer.
      ValueError: it is no scalar, or known to be negative.
    """
    return _sizes(value, name, 0, is_checked)


def sizes_argument(value: Any, name: str, is_checked: bool = False) -> Tensor:
    """Like `size_argument`, for a vector of sizes; None is the empty one."""
    return _sizes([] if value is None else value, name, 1, is_checked)


def _sizes(value: Any, name: str, rank: int, is_checked: bool) -> Tensor:
    tensor = convert_to_tensor(
        value, name=name, dtype=int32 if isinstance(value, list) else None, preferred_dtype=int32
    )
    if not tensor.dtype.is_integer:
        raise TypeError(f"{name} must be integer, not {tensor.dtype.name}")
    if tensor.shape.ndims not in (None, rank):
        kind = "a vector" if rank else "a scalar"
        raise ValueError(f"{name} must be {kind}, its shape is {tensor.shape}")
    known = tensor.constant_value()
    if known is not None and np.any(known < 0):
        raise ValueError(f"{name} must not be negative, but is {known}")
    tensor = ops.cast(tensor, int32)
    if not is_checked or known is not None:
        return tensor
    message = f"{name} must not be negative."
    with control_dependencies([ops.assert_non_negative(tensor, message=message)]):
        return ops.identity(tensor)


def known_size(tensor: Tensor) -> int | None:
    """The value of an integer scalar, None if it is not known."""
    value = tensor.constant_value()
    return None if value is None else int(value)


def known_shape(tensor: Tensor) -> TensorShape:
    """What is known of a shape given as an integer vector."""
    value = tensor.constant_value()
    if value is not None:
        return TensorShape(value.tolist())
    partial = tensor.partial_value()
    if isinstance(partial, tuple):
        return TensorShape(partial)
    rank = dimension_of(tensor.shape, 0).value
    return TensorShape(None if rank is None else [None] * rank)


def checked_rows(matrix: Tensor, num_rows: Tensor, result: Tensor) -> Tensor:
    """Return a result that fails in the run unless matrices have as many rows as they should."""
    rows = size_of(matrix, -2)
    if known_size(num_rows) is not None and isinstance(rows, int):
        return result
    message = "The argument does not have as many rows as the operator."
    with control_dependencies([ops.assert_equal(num_rows, rows, message=message)]):
        return ops.identity(result)
