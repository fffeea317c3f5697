"""Products of tensors, summed over chosen axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = ["tensordot"]

Axes = list[int]


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Multiply two tensors and sum over pairs of axes.

    Args:
      a: floating or complex.
      b: of the same dtype.
      axes: how many of the last axes of `a` are paired with the first ones of `b`; or two lists
        (or a tensor [2, k]) of the axes of `a` and of those of `b` that belong together.
      name: the operation's name.

    Returns:
      A tensor with the other axes of `a`, then those of `b`.

    Raises:
      ValueError: the lists differ in length, or an axis does not exist.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tensordot([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0], axes=1))
    array([12., 34.], dtype=float32)
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        axes_a, axes_b = _pairs_of_axes(a, axes)
        left, free_a, static_a = _as_matrix(a, axes_a, contracted_last=True)
        right, free_b, static_b = _as_matrix(b, axes_b, contracted_last=False)
        product = ops.matmul(left, right)
        if isinstance(free_a, list) and isinstance(free_b, list):
            return ops.reshape(product, [*free_a, *free_b], name=scope)
        shape = ops.concat([_shape_tensor(free_a), _shape_tensor(free_b)], 0)
        result = ops.reshape(product, shape, name=scope)
        if static_a is not None and static_b is not None:
            result.set_shape([*static_a, *static_b])
        return result


def _shape_tensor(free: list[int] | Tensor) -> Tensor:
    return convert_to_tensor(free, dtype="int32")


def _pairs_of_axes(a: Tensor, axes: Any) -> tuple[Axes | Tensor, Axes | Tensor]:
    """Return the axes of a and of b that belong together, as lists where they are known."""
    if isinstance(axes, (int, np.integer)):
        return _last_and_first(a, int(axes))
    if isinstance(axes, Tensor):
        known = axes.constant_value()
        if known is None:
            return axes[0], axes[1]
        if known.ndim == 0:
            return _last_and_first(a, int(known))
        axes = known
    if len(axes) != 2:
        raise ValueError(f"axes must be a number or two lists, one for a and one for b: {axes!r}")
    axes_a, axes_b = (np.ravel(item).astype(int).tolist() for item in axes)
    if len(axes_a) != len(axes_b):
        raise ValueError(
            f"axes pairs {len(axes_a)} axes of a with {len(axes_b)} axes of b: {axes!r}"
        )
    return axes_a, axes_b


def _last_and_first(a: Tensor, count: int) -> tuple[Axes | Tensor, Axes | Tensor]:
    if count < 0:
        raise ValueError(f"axes must not be negative, it is {count}")
    first = list(range(count))
    rank = a.shape.ndims
    if rank is None:
        last = ops.range(ops.subtract(ops.rank(a), count), ops.rank(a), dtype="int32")
        return last, first
    if count > rank:
        raise ValueError(f"axes is {count}, but a has shape {a.shape} of rank {rank}")
    return list(range(rank - count, rank)), first


def _as_matrix(
    tensor: Tensor, axes: Axes | Tensor, contracted_last: bool
) -> tuple[Tensor, list[int] | Tensor, Sequence[int | None] | None]:
    """Bring the contracted axes together and flatten both groups of axes.

    Returns:
      The matrix, the shape of the free axes, and what is statically known of it.
    """
    dims = tensor.shape.as_tuple()
    if dims is None or isinstance(axes, Tensor):
        return (*_as_matrix_dynamically(tensor, axes, contracted_last), None)
    rank = len(dims)
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"axis {axis} does not exist in {tensor!r} of rank {rank}")
    contracted = [axis % rank for axis in axes]
    free = [axis for axis in range(rank) if axis not in contracted]
    order = free + contracted if contracted_last else contracted + free
    if order != list(range(rank)):
        tensor = ops.transpose(tensor, order)
    free_sizes = [dims[axis] for axis in free]
    sizes = [size for size in free_sizes if size is not None]
    inner = [size for axis in contracted if (size := dims[axis]) is not None]
    if len(sizes) == len(free) and len(inner) == len(contracted):
        groups = [int(np.prod(sizes, dtype=np.int64)), int(np.prod(inner, dtype=np.int64))]
        shape = groups if contracted_last else groups[::-1]
        is_matrix = rank == 2 and len(free) == 1
        return tensor if is_matrix else ops.reshape(tensor, shape), sizes, sizes
    current = ops.shape(tensor)
    split = len(free) if contracted_last else len(contracted)
    first, second = current[:split], current[split:]
    free_shape = first if contracted_last else second
    matrix = ops.reshape(tensor, ops.stack([ops.reduce_prod(first), ops.reduce_prod(second)]))
    return matrix, free_shape, free_sizes


def _as_matrix_dynamically(
    tensor: Tensor, axes: Axes | Tensor, contracted_last: bool
) -> tuple[Tensor, Tensor]:
    rank, shape = ops.rank(tensor), ops.shape(tensor)
    axes = convert_to_tensor(axes, dtype="int32", name="axes")
    axes = ops.where(ops.greater_equal(axes, 0), axes, ops.add_v2(axes, rank))
    free = ops.setdiff1d(ops.range(rank), axes)[0]
    free_shape = ops.gather(shape, free)
    groups = [ops.reduce_prod(free_shape), ops.reduce_prod(ops.gather(shape, axes))]
    if contracted_last:
        return _permuted(tensor, [free, axes], groups), free_shape
    return _permuted(tensor, [axes, free], groups[::-1]), free_shape


def _permuted(tensor: Tensor, order: list[Tensor], sizes: list[Tensor]) -> Tensor:
    return ops.reshape(ops.transpose(tensor, ops.concat(order, 0)), ops.stack(sizes))
