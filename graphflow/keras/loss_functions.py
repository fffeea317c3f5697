"""`tf.keras.losses` as functions: the loss of each example, the mean or sum over the last axis."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int64
from graphflow.core.graph import Tensor
from graphflow.keras.settings import epsilon


def _numbers(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    y_pred = convert_to_tensor(y_pred)
    return ops.cast(y_true, y_pred.dtype), y_pred


def _at_least(x: Tensor, low: float) -> Tensor:
    return ops.maximum(x, ops.constant(low, x.dtype))


def _probabilities(x: Tensor) -> Tensor:
    return ops.clip_by_value(x, epsilon(), 1 - epsilon())  # type: ignore[no-any-return]


def _mean(x: Tensor) -> Tensor:
    return ops.reduce_mean(x, axis=-1)


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `(y_pred - y_true)²` over the last axis.

    Args:
      y_true: numbers [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.mse([[1.0, 4.0]], [[2.0, 7.0]]))
    array([5.], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return _mean(ops.squared_difference(y_pred, y_true))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `|y_pred - y_true|` over the last axis.

    Args:
      y_true: numbers [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.mae([[1.0, 4.0]], [[2.0, 7.0]]))
    array([2.], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return _mean(ops.abs(y_pred - y_true))


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `100·|(y_true - y_pred) / y_true|` over the last axis.

    Args:
      y_true: numbers [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.mape([[1.0, 4.0]], [[2.0, 6.0]]))
    array([75.], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return 100.0 * _mean(ops.abs((y_true - y_pred) / _at_least(ops.abs(y_true), epsilon())))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `(log(y_pred + 1) - log(y_true + 1))²` over the last axis.

    Args:
      y_true: numbers [..., n], negative ones count as zero.
      y_pred: float [..., n], likewise.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.msle([[1.0, 0.0]], [[1.0, 1.0]])
    >>> print(tf.Session().run(loss).round(4))
    [0.2402]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    predicted = ops.log(_at_least(y_pred, epsilon()) + 1.0)
    wanted = ops.log(_at_least(y_true, epsilon()) + 1.0)
    return _mean(ops.squared_difference(predicted, wanted))


def _signs(y_true: Tensor) -> Tensor:
    """Labels -1 and 1, also if all of them are 0 or 1."""
    is_bit = ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1))
    return ops.cond(  # type: ignore[no-any-return]
        ops.reduce_all(is_bit), lambda: 2.0 * y_true - 1.0, lambda: ops.identity(y_true)
    )


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `max(0, 1 - y_true·y_pred)` over the last axis.

    Args:
      y_true: -1 and 1, or 0 and 1, [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]))
    array([1.], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return _mean(_at_least(1.0 - _signs(y_true) * y_pred, 0.0))


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `max(0, 1 - y_true·y_pred)²` over the last axis.

    Args:
      y_true: -1 and 1, or 0 and 1, [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]))
    array([1.25], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return _mean(ops.square(_at_least(1.0 - _signs(y_true) * y_pred, 0.0)))


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Return by how much the best wrong class is less than 1 below the true one, at least 0.

    Args:
      y_true: 0 and 1, [..., classes].
      y_pred: float [..., classes].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.losses.categorical_hinge([[0.0, 1.0]], [[0.5, 0.75]]))
    array([0.75], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    right = ops.reduce_sum(y_true * y_pred, axis=-1)
    wrong = ops.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return _at_least(wrong - right + 1.0, 0.0)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Return a loss of each element, quadratic for errors up to `delta` and linear beyond.

    Args:
      y_true: numbers [...].
      y_pred: float [...].
      delta: where it becomes linear.

    >>> import graphflow as tf
    >>> tf.Session().run(huber_loss([1.0, 4.0], [1.5, 7.0]))
    array([0.125, 2.5  ], dtype=float32)
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    error = ops.abs(y_pred - y_true)
    quadratic = ops.minimum(error, delta)
    return 0.5 * quadratic * quadratic + delta * (error - quadratic)  # type: ignore[no-any-return]


def logcosh(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `log(cosh(y_pred - y_true))` over the last axis.

    Args:
      y_true: numbers [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.keras.losses.logcosh([[0.0, 1.0]], [[1.0, 1.0]])).round(4))
    [0.2169]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    error = y_pred - y_true
    return _mean(error + ops.softplus(-2.0 * error) - math.log(2.0))


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """Return the mean of `y_pred - y_true·log(y_pred)` over the last axis.

    Args:
      y_true: numbers [..., n].
      y_pred: float [..., n].

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.keras.losses.poisson([[3.0, 1.0]], [[2.0, 1.0]])).round(4))
    [0.4603]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    return _mean(y_pred - y_true * ops.log(y_pred + epsilon()))


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """Return the sum of `y_true·log(y_true / y_pred)` over the last axis.

    Args:
      y_true: probabilities [..., n].
      y_pred: probabilities [..., n].

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.keras.losses.kld([[0.5, 0.5]], [[0.25, 0.75]])).round(4))
    [0.1438]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    wanted = ops.clip_by_value(y_true, epsilon(), 1.0)
    predicted = ops.clip_by_value(y_pred, epsilon(), 1.0)
    return ops.reduce_sum(wanted * ops.log(wanted / predicted), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Return the cosine of the angle between two vectors; not negated, as in TensorFlow 1.15.

    Args:
      y_true: float [..., n].
      y_pred: float [..., n].
      axis: the axis of the vectors.

    >>> import graphflow as tf
    >>> y = tf.keras.losses.cosine_similarity([[3.0, 4.0]], [[2.0, 0.0]])
    >>> print(tf.Session().run(y).round(4))
    [0.6]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    y_true, y_pred = ops.l2_normalize(y_true, axis=axis), ops.l2_normalize(y_pred, axis=axis)
    return ops.reduce_sum(y_true * y_pred, axis=axis)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Tensor:
    """Return the mean cross entropy of independent classes over the last axis.

    Args:
      y_true: numbers from 0 to 1, [..., n].
      y_pred: probabilities [..., n].
      from_logits: whether these are logits instead.
      label_smoothing: how far the labels are moved to 1/2, from 0 to 1.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.binary_crossentropy([[1.0, 0.0]], [[0.5, 0.75]])
    >>> print(tf.Session().run(loss).round(4))
    [1.0397]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        return _mean(ops.sigmoid_cross_entropy_with_logits(labels=y_true, logits=y_pred))
    p = _probabilities(y_pred)
    likelihood = y_true * ops.log(p + epsilon()) + (1.0 - y_true) * ops.log(1.0 - p + epsilon())
    return _mean(-likelihood)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Tensor:
    """Return the cross entropy of classes that exclude each other.

    Args:
      y_true: 0 and 1, or probabilities, [..., classes].
      y_pred: probabilities [..., classes], scaled to sum to 1.
      from_logits: whether these are logits instead.
      label_smoothing: how far the labels are moved to the uniform distribution, from 0 to 1.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.75, 0.25]])
    >>> print(tf.Session().run(loss).round(4))
    [1.3863]
    """
    y_true, y_pred = _numbers(y_true, y_pred)
    if label_smoothing:
        classes = ops.cast(ops.shape(y_true)[-1], y_pred.dtype)
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    if from_logits:
        return ops.softmax_cross_entropy_with_logits_v2(labels=y_true, logits=y_pred)
    p = _probabilities(y_pred / ops.reduce_sum(y_pred, axis=-1, keepdims=True))
    return -ops.reduce_sum(y_true * ops.log(p), axis=-1)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Return the cross entropy of classes that exclude each other, given the true class's number.

    Args:
      y_true: integers [...] or [..., 1], the true classes.
      y_pred: probabilities [..., classes].
      from_logits: whether these are logits instead.
      axis: the axis of the classes.

    >>> import graphflow as tf
    >>> loss = tf.keras.losses.sparse_categorical_crossentropy([1], [[0.75, 0.25]])
    >>> print(tf.Session().run(loss).round(4))
    [1.3863]
    """
    y_pred = convert_to_tensor(y_pred)
    logits = y_pred if from_logits else ops.log(_probabilities(y_pred))
    rank = logits.shape.ndims
    if rank is not None and axis % rank != rank - 1:
        places = [place for place in range(rank) if place != axis % rank]
        logits = ops.transpose(logits, [*places, axis % rank])
    labels = ops.reshape(ops.cast(y_true, int64), ops.shape(logits)[:-1])
    return ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
