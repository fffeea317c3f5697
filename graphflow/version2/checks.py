"""Assertions with TensorFlow 2's signatures: a message comes where data came before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphflow import ops
from graphflow.core.graph import Operation, Tensor


def assert_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that all elements are equal.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_equal([1, 4], [1, 4]))
    """
    return ops.assert_equal(x, y, summarize=summarize, message=message, name=name)


def assert_none_equal(
    x: Any,
    y: Any,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that no elements are equal.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      summarize: how many elements to show of each.
      message: what to say if it fails.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_none_equal([1, 4], [4, 1]))
    """
    return ops.assert_none_equal(x, y, summarize=summarize, message=message, name=name)


def assert_greater(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that each element is greater than the other.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_greater([2, 4], [1, 3]))
    """
    return ops.assert_greater(x, y, summarize=summarize, message=message, name=name)


def assert_greater_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that each element is at least the other.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_greater_equal([2, 4], [1, 4]))
    """
    return ops.assert_greater_equal(x, y, summarize=summarize, message=message, name=name)


def assert_less(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that each element is less than the other.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_less([1, 3], [2, 4]))
    """
    return ops.assert_less(x, y, summarize=summarize, message=message, name=name)


def assert_less_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that each element is at most the other.

    Args:
      x: tensor of numbers.
      y: tensor of the same dtype that broadcasts with it.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_less_equal([1, 4], [2, 4]))
    """
    return ops.assert_less_equal(x, y, summarize=summarize, message=message, name=name)


def assert_negative(
    x: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that every element is negative.

    Args:
      x: tensor of numbers.
      message: what to say if it fails.
      summarize: how many elements to show.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_negative([-1, -4]))
    """
    return ops.assert_negative(x, summarize=summarize, message=message, name=name)


def assert_positive(
    x: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that every element is positive.

    Args:
      x: tensor of numbers.
      message: what to say if it fails.
      summarize: how many elements to show.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_positive([1, 4]))
    """
    return ops.assert_positive(x, summarize=summarize, message=message, name=name)


def assert_non_negative(
    x: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that no element is negative.

    Args:
      x: tensor of numbers.
      message: what to say if it fails.
      summarize: how many elements to show.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_non_negative([0, 4]))
    """
    return ops.assert_non_negative(x, summarize=summarize, message=message, name=name)


def assert_non_positive(
    x: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that no element is positive.

    Args:
      x: tensor of numbers.
      message: what to say if it fails.
      summarize: how many elements to show.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      InvalidArgumentError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_non_positive([0, -4]))
    """
    return ops.assert_non_positive(x, summarize=summarize, message=message, name=name)


def assert_rank(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Check that a tensor has a rank: now if it is known, else in a run.

    Args:
      x: any tensor.
      rank: int scalar, the rank.
      message: what to say if it fails.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      ValueError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_rank([[1, 4]], 2))
    """
    return ops.assert_rank(x, rank, message=message, name=name)


def assert_rank_at_least(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Check that a tensor has at least a rank: now if it is known, else in a run.

    Args:
      x: any tensor.
      rank: int scalar, the least rank.
      message: what to say if it fails.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      ValueError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_rank_at_least([[1, 4]], 1))
    """
    return ops.assert_rank_at_least(x, rank, message=message, name=name)


def assert_rank_in(
    x: Any, ranks: Iterable[Any], message: str | None = None, name: str | None = None
) -> Operation:
    """Check that the rank of a tensor is one of several: now if it is known, else in a run.

    Args:
      x: any tensor.
      ranks: the ranks that it may have.
      message: what to say if it fails.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    Raises:
      ValueError: it is known to be false when the graph is built.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_rank_in([[1, 4]], (1, 2)))
    """
    return ops.assert_rank_in(x, ranks, message=message, name=name)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Check in a run that elements differ by at most `atol + rtol * |y|`.

    Args:
      x: float tensor.
      y: tensor of the same dtype that broadcasts with it.
      rtol: the relative tolerance; ten times the precision of the dtype by default.
      atol: the absolute one, with the same default.
      message: what to say if it fails.
      summarize: how many elements to show of each.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(tf.compat.v2.debugging.assert_near([1.0, 4.0], [1.0, 4.1], atol=0.2))
    """
    return ops.assert_near(
        x, y, rtol=rtol, atol=atol, summarize=summarize, message=message, name=name
    )


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Tensor:
    """Check that a tensor is a scalar, and return it.

    Args:
      tensor: anything convertible to a tensor.
      message: what to say if it fails.
      name: a name for the operations.

    Raises:
      ValueError: it has another rank.

    >>> import graphflow as tf
    >>> tf.compat.v2.debugging.assert_scalar(4).shape
    TensorShape([])
    """
    return ops.assert_scalar(tensor, name=name, message=message)


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Tensor:
    """Return a tensor, checked in a run to have neither infinities nor NaN.

    Args:
      x: float tensor.
      message: what to say if it has.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.debugging.assert_all_finite([1.0, 4.0], "bad step")))
    [1. 4.]
    """
    return ops.verify_tensor_all_finite(x, message, name=name)
