"""`tensorflow.python.ops.inplace_ops`: here they return new tensors, and their inputs stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor


def alias_inplace_update(x: Any, i: Any, v: Any) -> Tensor:
    """Return a tensor with some of its rows replaced.

    Args:
      x: the tensor.
      i: the index of the row, a vector of indices, or None for all of `x`.
      v: the row or rows, of the dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(alias_inplace_update([[1, 2], [3, 4]], 1, [5, 6]))
    array([[1, 2],
           [5, 6]], dtype=int32)
    """
    return _changed(x, i, v, ops.tensor_scatter_update, lambda old, new: ops.identity(new))


def alias_inplace_add(x: Any, i: Any, v: Any) -> Tensor:
    """Return a tensor with something added to some of its rows.

    Args:
      x: the tensor.
      i: the index of the row, a vector of indices, or None for all of `x`.
      v: the row or rows, of the dtype of `x`.
    """
    return _changed(x, i, v, ops.tensor_scatter_add, ops.add)


def alias_inplace_sub(x: Any, i: Any, v: Any) -> Tensor:
    """Return a tensor with something taken from some of its rows.

    Args:
      x: the tensor.
      i: the index of the row, a vector of indices, or None for all of `x`.
      v: the row or rows, of the dtype of `x`.
    """
    return _changed(x, i, v, ops.tensor_scatter_sub, ops.subtract)


inplace_update, inplace_add, inplace_sub = (
    alias_inplace_update,
    alias_inplace_add,
    alias_inplace_sub,
)


def _changed(
    x: Any, i: Any, v: Any, scatter: Callable[..., Any], combine: Callable[..., Any]
) -> Tensor:
    x = convert_to_tensor(x)
    v = convert_to_tensor(v, x.dtype)
    if i is None:
        return combine(x, v)  # type: ignore[no-any-return]
    indices = ops.cast(i, int32)
    if indices.shape.ndims == 0:
        indices, v = indices[None], v[None]
    return scatter(x, indices[:, None], v)  # type: ignore[no-any-return]


def empty_like(x: Any, init: bool | None = None) -> Tensor:
    """Return a tensor of zeros like another.

    Args:
      x: the other tensor.
      init: accepted; without it the elements would be any numbers, here they are zeros.
    """
    del init
    return ops.zeros_like(x)
