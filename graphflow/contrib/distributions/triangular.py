"""Matrices that are made of vectors, and sums of exponentials with weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.linear_operators.shapes import size_of


def fill_triangular(x: Any, upper: bool = False, name: str | None = None) -> Tensor:
    """Return triangular matrices with given elements.

    The rows of an upper triangle are filled clockwise from the first one; a lower triangle is what
    one sees when that one is turned by half a turn.

    Args:
      x: a tensor [..., n (n + 1) / 2].
      upper: whether the triangle is the upper one.
      name: name scope of the operations.

    Returns:
      A tensor [..., n, n].

    Raises:
      ValueError: there is no triangle with so many elements, or it is not known how many there are.

    >>> import graphflow as tf
    >>> tf.Session().run(fill_triangular([1, 2, 3, 4, 5, 6]))
    array([[4, 0, 0],
           [6, 5, 0],
           [3, 2, 1]], dtype=int32)
    """
    with name_scope(name, "fill_triangular", [x]):
        x = convert_to_tensor(x, name="x")
        size = size_of(x, -1)
        if not isinstance(size, int):
            raise ValueError(f"the last axis of {x!r} must be known")
        n = (math.isqrt(8 * size + 1) - 1) // 2
        if n * (n + 1) // 2 != size:
            raise ValueError(f"there is no triangle of {size} elements: 1, 3, 6, 10, ... would do")
        parts = [x, ops.reverse(x[..., n:], [-1])] if upper else [x[..., n:], ops.reverse(x, [-1])]
        shape = ops.concat([ops.shape(x)[:-1], [n, n]], 0)
        square = ops.reshape(ops.concat(parts, -1), shape)
        square.set_shape(x.shape[:-1].concatenate([n, n]))
        return ops.matrix_band_part(square, 0, -1) if upper else ops.matrix_band_part(square, -1, 0)


def fill_triangular_inverse(x: Any, upper: bool = False, name: str | None = None) -> Tensor:
    """Return the elements that `fill_triangular` made triangular matrices of.

    Args:
      x: a tensor [..., n, n].
      upper: whether the triangle is the upper one.
      name: name scope of the operations.

    Returns:
      A tensor [..., n (n + 1) / 2].

    Raises:
      ValueError: the size of the matrices is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(fill_triangular_inverse([[4, 0, 0], [6, 5, 0], [3, 2, 1]]))
    array([1, 2, 3, 4, 5, 6], dtype=int32)
    """
    with name_scope(name, "fill_triangular_inverse", [x]):
        x = convert_to_tensor(x, name="x")
        n = size_of(x, -1)
        if not isinstance(n, int):
            raise ValueError(f"the last axis of {x!r} must be known")
        size = n * (n + 1) // 2
        x = ops.matrix_band_part(x, 0, -1) if upper else ops.matrix_band_part(x, -1, 0)
        flat = ops.reshape(x, ops.concat([ops.shape(x)[:-2], [n * n]], 0))
        flat.set_shape(x.shape[:-2].concatenate([n * n]))
        there, back = flat, ops.reverse(flat, [-1])
        if not upper:
            there, back = back, there
        # All but the first n elements were put in two places, of which one was set to 0.
        twice = there[..., n:size] + back[..., : size - n]
        return ops.concat([there[..., :n], twice], -1)


def tridiag(
    below: Any = None, diag: Any = None, above: Any = None, name: str | None = None
) -> Tensor:
    """Return matrices with the given diagonals.

    Args:
      below: a tensor [..., n - 1], the diagonal below the main one; None for 0.
      diag: a tensor [..., n], the main diagonal; None for 0.
      above: a tensor [..., n - 1], the diagonal above the main one; None for 0.
      name: name scope of the operations.

    Returns:
      A tensor [..., n, n].

    Raises:
      ValueError: all are None.

    >>> import graphflow as tf
    >>> tf.Session().run(tridiag([1.0], [2.0, 3.0], [4.0]))
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """

    def shifted(vector: Any, side: int) -> Tensor:
        vector = convert_to_tensor(vector)
        rank = vector.shape.ndims
        if rank is None:
            raise ValueError(f"the rank of {vector!r} must be known")
        rows = ops.matrix_diag(vector)
        before = [[0, 0]] * (rank - 1)
        edges = [[1, 0], [0, 1]] if side < 0 else [[0, 1], [1, 0]]
        return ops.pad(rows, [*before, *edges])

    with name_scope(name, "tridiag", [below, diag, above]):
        parts = []
        if below is not None:
            parts.append(shifted(below, -1))
        if diag is not None:
            parts.append(ops.matrix_diag(convert_to_tensor(diag)))
        if above is not None:
            parts.append(shifted(above, 1))
        if not parts:
            raise ValueError("give at least one of below, diag and above")
        return ops.add_n(parts)


def matrix_diag_transform(
    matrix: Any, transform: Callable[[Tensor], Any] | None = None, name: str | None = None
) -> Tensor:
    """Return matrices whose diagonals went through a function.

    Args:
      matrix: a tensor [..., n, n].
      transform: the function, None for none.
      name: name scope of the operations.

    >>> import graphflow as tf
    >>> tf.Session().run(matrix_diag_transform([[-2.0, 3.0], [4.0, -5.0]], tf.square))
    array([[ 4.,  3.],
           [ 4., 25.]], dtype=float32)
    """
    with name_scope(name, "matrix_diag_transform", [matrix]):
        given = convert_to_tensor(matrix, name="matrix")
        if transform is None:
            return given
        return ops.matrix_set_diag(given, transform(ops.matrix_diag_part(given)))


def reduce_weighted_logsumexp(
    logx: Any,
    w: Any = None,
    axis: Any = None,
    keep_dims: bool = False,
    return_sign: bool = False,
    name: str | None = None,
) -> Any:
    """Return log|sum(w * exp(logx))| without overflow.

    Args:
      logx: floating, the logarithms.
      w: floating, the weights, of any sign; None for 1.
      axis: the axes to sum over, all if None.
      keep_dims: whether these remain, with length 1.
      return_sign: whether to return the sign of the sum too.
      name: name scope of the operations.

    Returns:
      The logarithm, or a pair of it and the sign.

    >>> import graphflow as tf
    >>> value, sign = reduce_weighted_logsumexp([1000.0, 1000.0], [1.0, -3.0], return_sign=True)
    >>> tf.Session().run([tf.round(1e3 * (value - 1000.0)), sign])
    [np.float32(693.0), np.float32(-1.0)]
    """
    with name_scope(name, "reduce_weighted_logsumexp", [logx, w]):
        logx = convert_to_tensor(logx, name="logx")
        if w is None:
            total = ops.reduce_logsumexp(logx, axis, keep_dims)
            return (total, ops.ones_like(total)) if return_sign else total
        w = convert_to_tensor(w, dtype=logx.dtype.base_dtype, name="w")
        logs = logx + ops.log(ops.abs(w))
        largest = ops.reduce_max(logs, axis, keepdims=True)
        largest = ops.where_v2(ops.is_inf(largest), ops.zeros_like(largest), largest)
        largest = ops.stop_gradient(largest)
        scaled = ops.sign(w) * ops.exp(logs - largest)
        total = ops.reduce_sum(scaled, axis, keepdims=keep_dims)
        if not keep_dims:
            largest = ops.squeeze(largest, axis)
        value = largest + ops.log(ops.abs(total))
        return (value, ops.sign(total)) if return_sign else value
