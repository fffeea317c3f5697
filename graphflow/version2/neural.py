"""Layers of neural networks with TensorFlow 2's signatures."""

from __future__ import annotations

from typing import Any

from graphflow import ops
from graphflow.core.graph import Tensor


def dropout(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Set random elements to zero and scale the others up.

    Args:
      x: float tensor.
      rate: the probability of a zero: a number in [0, 1) or a scalar tensor.
      noise_shape: the shape of the random choices, which are broadcast to `x`.
      seed: with the graph's seed, what makes them repeatable.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.nn.dropout([1.0, 4.0], 0.0)))
    [1. 4.]
    """
    return ops.dropout(x, rate=rate, noise_shape=noise_shape, seed=seed, name=name)


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Return mean and variance along axes.

    Args:
      x: float tensor.
      axes: the axes.
      shift: without effect, as in TensorFlow.
      keepdims: whether the axes stay, with length 1.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.nn.moments([[1.0, 3.0, 8.0]], [1])))
    (array([4.], dtype=float32), array([8.666667], dtype=float32))
    """
    return ops.moments(x, axes, shift=shift, name=name, keepdims=keepdims)


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Return weighted mean and variance along axes.

    Args:
      x: float tensor.
      axes: the axes.
      frequency_weights: what each element counts; it broadcasts with `x`.
      keepdims: whether the axes stay, with length 1.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(*session.run(tf.compat.v2.nn.weighted_moments([1.0, 4.0], [0], [1.0, 2.0])))
    3.0 2.0
    """
    return ops.weighted_moments(x, axes, frequency_weights, name=name, keepdims=keepdims)


def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: str | None = None
) -> Tensor:
    """Return the cross entropy between distributions; gradients go to the labels as well.

    Args:
      labels: float tensor: the probabilities of the classes.
      logits: float tensor of the same shape: unscaled logarithms of the predicted ones.
      axis: the axis of the classes.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> loss = tf.compat.v2.nn.softmax_cross_entropy_with_logits([[0.0, 1.0]], [[4.0, 1.0]])
    >>> with tf.Session() as session:
    ...     print(session.run(loss).round(4))
    [3.0486]
    """
    return ops.softmax_cross_entropy_with_logits_v2(labels, logits, axis=axis, name=name)


def sparse_softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, name: str | None = None
) -> Tensor:
    """Return the cross entropy of predictions given the numbers of the true classes.

    Args:
      labels: int tensor of the shape of `logits` but for its last axis.
      logits: float tensor [..., classes].
      name: a name for the operations.

    >>> import graphflow as tf
    >>> loss = tf.compat.v2.nn.sparse_softmax_cross_entropy_with_logits([1], [[4.0, 1.0]])
    >>> with tf.Session() as session:
    ...     print(session.run(loss).round(4))
    [3.0486]
    """
    return ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Return the cross entropy of independent yes-or-no predictions.

    Args:
      labels: float tensor of probabilities.
      logits: float tensor of the same shape.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> loss = tf.compat.v2.nn.sigmoid_cross_entropy_with_logits([1.0], [-3.0])
    >>> with tf.Session() as session:
    ...     print(session.run(loss).round(4))
    [3.0486]
    """
    return ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def crelu(features: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """Concatenate the positive parts of a tensor and of its negative.

    Args:
      features: tensor of real numbers.
      axis: along which axis.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.nn.crelu([1.0, -4.0])))
    [1. 0. 0. 4.]
    """
    return ops.crelu(features, name=name, axis=axis)


def embedding_lookup(
    params: Any, ids: Any, max_norm: Any = None, name: str | None = None
) -> Tensor:
    """Take rows of a table, or of one in consecutive parts.

    Args:
      params: a tensor or variable [rows, ...], or a list of parts of one.
      ids: int tensor of row numbers.
      max_norm: rows that are longer are shortened to this.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> rows = tf.compat.v2.nn.embedding_lookup(tf.constant([[1], [4], [8]]), [2, 0])
    >>> with tf.Session() as session:
    ...     print(session.run(rows))
    [[8]
     [1]]
    """
    return ops.embedding_lookup(params, ids, "div", name=name, max_norm=max_norm)


def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Convolve images.

    Args:
      input: float [batch, height, width, channels], or as `data_format` says.
      filters: float [height, width, channels, out_channels].
      strides: one int, or 2 or 4.
      padding: "SAME", "VALID" or a list of how much before and after each axis.
      data_format: "NHWC" or "NCHW".
      dilations: the distance of the filter's elements: one int, or 2 or 4; 1 by default.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.constant([1.0, 2.0, 4.0]), [1, 1, 3, 1])
    >>> edges = tf.reshape(tf.constant([-1.0, 1.0]), [1, 2, 1, 1])
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.nn.conv2d(image, edges, 1, "VALID")).ravel())
    [1. 2.]
    """
    return ops.conv2d(
        input,
        filters,
        strides,
        padding,
        data_format=data_format,
        dilations=(1, 1, 1, 1) if dilations is None else dilations,
        name=name,
    )
