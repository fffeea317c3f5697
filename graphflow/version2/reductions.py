"""Reductions with TensorFlow 2's signatures: `keepdims` is False, and no name is deprecated."""

from __future__ import annotations

from typing import Any

from graphflow import ops
from graphflow.core.graph import Tensor


def reduce_all(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Say whether all elements along axes are True.

    Args:
      input_tensor: a bool tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_all([[True, False], [True, True]], axis=1)))
    [False  True]
    """
    return ops.reduce_all(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_any(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Say whether any element along axes is True.

    Args:
      input_tensor: a bool tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_any([[True, False], [False, False]], axis=1)))
    [ True False]
    """
    return ops.reduce_any(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_max(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the largest element along axes.

    Args:
      input_tensor: a numeric tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_max([[1, 8], [4, 2]], axis=1)))
    [8 4]
    """
    return ops.reduce_max(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_min(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the smallest element along axes.

    Args:
      input_tensor: a numeric tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_min([[1, 8], [4, 2]], axis=1)))
    [1 2]
    """
    return ops.reduce_min(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the mean along axes.

    Args:
      input_tensor: a numeric tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_mean([[1.0, 8.0], [4.0, 2.0]], axis=1)))
    [4.5 3. ]
    """
    return ops.reduce_mean(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_prod(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Multiply the elements along axes.

    Args:
      input_tensor: a numeric tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_prod([[1, 8], [4, 2]], axis=1)))
    [8 8]
    """
    return ops.reduce_prod(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_sum(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Add the elements along axes up.

    Args:
      input_tensor: a numeric tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_sum([[1, 8], [4, 2]], axis=1)))
    [9 6]
    """
    return ops.reduce_sum(input_tensor, axis=axis, keepdims=keepdims, name=name)


def reduce_logsumexp(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Return the logarithm of the sum of exponentials along axes.

    Args:
      input_tensor: a float tensor.
      axis: an axis or several; all by default.
      keepdims: whether these axes stay, with length 1.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.reduce_logsumexp([[0.0, 0.0], [4.0, 4.0]], axis=1)))
    [0.6931472 4.693147 ]
    """
    return ops.reduce_logsumexp(input_tensor, axis=axis, keepdims=keepdims, name=name)
