"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._static import normalized_axis

__all__ = ["norm", "normalize"]


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Compute norms of vectors or of matrices.

    Args:
      tensor: floating or complex; integers have the norms of order 1 and infinity only.
      ord: the order. For vectors "euclidean" (the same as 2), `np.inf` or any positive number p,
        the p-th root of the sum of p-th powers of absolute values. For matrices "euclidean" or
        "fro" (Frobenius: as of a vector), 1 (largest sum of absolute values in a column), `np.inf`
        (in a row) or 2 (largest singular value).
      axis: an integer, the axis of vectors; a pair of integers, the axes of matrices (rows first);
        None for one vector of all elements.
      keepdims: whether to keep these axes, of size 1.
      name: name scope of the operations.
      keep_dims: deprecated name of `keepdims`.

    Returns:
      A tensor of the dtype of `tensor`, real for all orders but the Euclidean one.

    Raises:
      ValueError: there is no such order, or no such axis.

    >>> import graphflow as tf
    >>> session = tf.Session()
    >>> session.run(tf.norm([[3.0, 4.0], [5.0, 12.0]], axis=1))
    array([ 5., 13.], dtype=float32)
    >>> session.run(tf.norm([[3.0, -4.0], [5.0, 12.0]], 1, axis=[0, 1]))
    np.float32(16.0)
    >>> session.run(tf.norm([[3.0, -4.0], [5.0, 12.0]], np.inf, axis=[-2, -1], keepdims=True))
    array([[17.]], dtype=float32)
    """
    keepdims = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    axes = _axes(axis)
    pair = axes if axes is not None and len(axes) == 2 else None
    _check_order(ord, pair is not None)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if ord == 2 and pair is not None:
            return _spectral_norm(tensor, pair, keepdims)
        result = _norm(tensor, ord, axes, pair)
        return result if keepdims else ops.squeeze(result, axes)


def _norm(tensor: Tensor, ord: Any, axes: list[int] | None, pair: list[int] | None) -> Tensor:
    """Any norm but the spectral one, with the axes kept."""
    if ord in ("euclidean", "fro", 2):
        return ops.sqrt(ops.reduce_sum(tensor * ops.conj(tensor), axes, keepdims=True))
    sizes = ops.abs(tensor)
    if pair is not None:
        summed, compared = pair if ord == 1 else pair[::-1]
        return ops.reduce_max(ops.reduce_sum(sizes, summed, keepdims=True), compared, keepdims=True)
    if ord == 1:
        return ops.reduce_sum(sizes, axes, keepdims=True)
    if ord == np.inf:
        return ops.reduce_max(sizes, axes, keepdims=True)
    return ops.pow(ops.reduce_sum(ops.pow(sizes, ord), axes, keepdims=True), 1.0 / ord)


def _axes(axis: Any) -> list[int] | None:
    """The axes of vectors (one) or of matrices (two)."""
    if axis is None:
        return None
    if isinstance(axis, (int, np.integer)):
        return [int(axis)]
    if isinstance(axis, (list, tuple)) and len(axis) == 2 and axis[0] != axis[1]:
        return [int(axis[0]), int(axis[1])]
    raise ValueError(f"axis must be None, an integer or two different ones, not {axis!r}")


def _check_order(ord: Any, is_matrix: bool) -> None:
    if is_matrix:
        if isinstance(ord, Tensor) or ord not in ("euclidean", "fro", 1, 2, np.inf):
            raise ValueError(f"matrices have norms euclidean, fro, 1, 2 and np.inf, not {ord!r}")
        return
    is_number = isinstance(ord, (int, float, np.integer, np.floating)) and ord > 0
    if not is_number and not (isinstance(ord, str) and ord == "euclidean"):
        raise ValueError(f"vectors have norms euclidean and of positive numbers, not {ord!r}")


def _spectral_norm(tensor: Tensor, axes: list[int], keepdims: bool) -> Tensor:
    """The largest singular values."""
    order, inverse = _axes_last(tensor, axes)
    values = ops.svd(ops.transpose(tensor, order), compute_uv=False)
    largest = ops.reduce_max(values, -1)
    return ops.transpose(largest[..., None, None], inverse) if keepdims else largest


def _axes_last(tensor: Tensor, axes: list[int]) -> tuple[Any, Any]:
    """The order of axes that brings two of them to the end, and the order that undoes it."""
    rank = tensor.shape.rank
    if rank is not None:
        pair = [normalized_axis(axis, rank) for axis in axes]
        order = [*(axis for axis in range(rank) if axis not in pair), *pair]
        return order, np.argsort(order)
    run_rank = ops.rank(tensor)
    run_pair = ops.floormod(ops.add_v2(ops.constant(axes, "int32"), run_rank), run_rank)
    others = ops.setdiff1d(ops.range(run_rank), run_pair)[0]
    run_order = ops.concat([others, run_pair], 0)
    return run_order, ops.invert_permutation(run_order)


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Divide a tensor by its norm.

    Args:
      tensor: floating or complex.
      ord: the order of the norm, as for `tf.norm`.
      axis: the axis of vectors, the pair of axes of matrices, or None, as for `tf.norm`.
      name: name scope of the operations.

    Returns:
      The quotient, and the norms with their axes kept, of size 1.

    Raises:
      ValueError: there is no such order, or no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.normalize([[3.0, 4.0], [0.0, 2.0]], axis=1))
    (array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32), array([[5.],
           [2.]], dtype=float32))
    """
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        size = norm(tensor, ord, axis, keepdims=True)
        size = ops.cast(size, tensor.dtype.base_dtype)
        return ops.divide(tensor, size), size
