"""`tf.keras.backend`: functions of tensors whose arguments have other names than in `tf`."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the sum.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.sum([[1.0, 2.0], [3.0, 8.0]], axis=1))
    array([ 3., 11.], dtype=float32)
    """
    return ops.reduce_sum(x, axis, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the product.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.prod([[1.0, 2.0], [3.0, 8.0]], axis=1))
    array([ 2., 24.], dtype=float32)
    """
    return ops.reduce_prod(x, axis, keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the greatest value.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.max([[1.0, 2.0], [3.0, 8.0]], axis=1))
    array([2., 8.], dtype=float32)
    """
    return ops.reduce_max(x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the smallest value.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.min([[1.0, 2.0], [3.0, 8.0]], axis=1))
    array([1., 3.], dtype=float32)
    """
    return ops.reduce_min(x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return whether any element is true.

    Args:
      x: bools.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.any([[True, False], [True, True]], axis=1))
    array([ True,  True])
    """
    return ops.reduce_any(x, axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return whether all elements are true.

    Args:
      x: bools.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.all([[True, False], [True, True]], axis=1))
    array([False,  True])
    """
    return ops.reduce_all(x, axis, keepdims)


def reshape(x: Any, shape: Any) -> Tensor:
    """Return the elements in another shape.

    Args:
      x: a tensor.
      shape: the shape.
    """
    return ops.reshape(x, shape)


def tile(x: Any, n: Any) -> Tensor:
    """Return copies of a tensor side by side.

    Args:
      x: a tensor.
      n: how often, for each axis.
    """
    return ops.tile(x, [n] if isinstance(n, int) else n)


def repeat(x: Any, n: int) -> Tensor:
    """Return each row of a matrix several times, along a new axis.

    Args:
      x: [samples, features].
      n: how often.

    Returns:
      A tensor [samples, n, features].

    Raises:
      ValueError: `x` is no matrix.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.keras.backend.repeat([[1, 2], [4, 8]], 2)))
    [[[1 2]
      [1 2]]
    <BLANKLINE>
     [[4 8]
      [4 8]]]
    """
    rows = convert_to_tensor(x)
    if rows.shape.rank != 2:
        raise ValueError(f"repeat takes a matrix [samples, features], not {rows!r}")
    return ops.tile(ops.expand_dims(rows, 1), ops.stack([1, n, 1]))


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """Return a tensor with one more axis of size 1.

    Args:
      x: a tensor.
      axis: where.
    """
    return ops.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Tensor:
    """Return a tensor without an axis of size 1.

    Args:
      x: a tensor.
      axis: which.
    """
    return ops.squeeze(x, [axis])


def stack(x: Any, axis: int = 0) -> Tensor:
    """Return tensors joined along a new axis.

    Args:
      x: a list of tensors.
      axis: where the new axis is.
    """
    return ops.stack(x, axis=axis)


def reverse(x: Any, axes: Any) -> Tensor:
    """Return a tensor with axes in reverse order.

    Args:
      x: a tensor.
      axes: the axis, or axes.
    """
    return ops.reverse(x, [axes] if isinstance(axes, int) else axes)


def shape(x: Any) -> Tensor:
    """Return the shape, as a tensor.

    Args:
      x: a tensor.
    """
    return ops.shape(x)


def transpose(x: Any) -> Tensor:
    """Return a tensor with its axes in reverse order.

    Args:
      x: a tensor.
    """
    return ops.transpose(x)


def pow(x: Any, a: Any) -> Tensor:
    """Return a power.

    Args:
      x: a tensor.
      a: the exponent.
    """
    return ops.pow(x, a)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Return zeros of the shape of a tensor.

    Args:
      x: a tensor.
      dtype: the dtype, by default that of `x`.
      name: the name.
    """
    return ops.zeros_like(x, dtype=dtype, name=name)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Return ones of the shape of a tensor.

    Args:
      x: a tensor.
      dtype: the dtype, by default that of `x`.
      name: the name.
    """
    return ops.ones_like(x, dtype=dtype, name=name)


def gather(reference: Any, indices: Any) -> Tensor:
    """Return items of a tensor, by their numbers.

    Args:
      reference: [n, ...].
      indices: integers [...].
    """
    return ops.gather(reference, indices)


def stop_gradient(variables: Any) -> Any:
    """Return tensors that no gradient flows into.

    Args:
      variables: a tensor, or a list of them.
    """
    if isinstance(variables, (list, tuple)):
        return [ops.stop_gradient(variable) for variable in variables]
    return ops.stop_gradient(variables)
