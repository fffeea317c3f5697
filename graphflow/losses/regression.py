"""Losses of predicted numbers: how far they are from the true ones."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.losses.collected import add_loss
from graphflow.losses.weighted import Reduction, compute_weighted_loss, num_present
from graphflow.losses.weights import assert_broadcastable


def check_given(**arguments: Any) -> None:
    """Check that no argument is None.

    Args:
      **arguments: from names to values.

    Raises:
      ValueError: one is None.
    """
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None{at_user_line()}")


def _numbers(labels: Any, predictions: Any) -> tuple[Tensor, Tensor]:
    """Predictions and labels as float32; their shapes must agree."""
    predictions = ops.cast(predictions, float32)
    labels = ops.cast(labels, float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return predictions, labels


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the loss `|predictions - labels|`.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: as for `tf.losses.compute_weighted_loss`.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or predictions are None.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.losses.absolute_difference([1.0, 4.0], [2.0, 6.0])))
    1.5
    """
    check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", (predictions, labels, weights)) as scope:
        predictions, labels = _numbers(labels, predictions)
        losses = ops.abs(ops.subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the loss `(predictions - labels)²`.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: as for `tf.losses.compute_weighted_loss`.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or predictions are None.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.losses.mean_squared_error([1.0, 4.0], [2.0, 7.0])))
    5.0
    """
    check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", (predictions, labels, weights)) as scope:
        predictions, labels = _numbers(labels, predictions)
        losses = ops.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return a loss that is quadratic for errors up to `delta` and linear beyond.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: as for `tf.losses.compute_weighted_loss`.
      delta: where it becomes linear.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or predictions are None.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.losses.huber_loss([1.0, 4.0], [1.5, 7.0], reduction="none"))
    array([0.125, 2.5  ], dtype=float32)
    """
    check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _numbers(labels, predictions)
        error = ops.abs(ops.subtract(predictions, labels))
        quadratic = ops.minimum(error, delta)
        linear = ops.subtract(error, quadratic)
        half = convert_to_tensor(0.5, dtype=quadratic.dtype)
        losses = ops.add(
            ops.multiply(half, ops.multiply(quadratic, quadratic)), ops.multiply(delta, linear)
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the cross entropy of probabilities: `-l·log(p) - (1 - l)·log(1 - p)`.

    Args:
      labels: numbers from 0 to 1, [...].
      predictions: probabilities [...].
      weights: as for `tf.losses.compute_weighted_loss`.
      epsilon: added to what the logarithms are taken of.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or predictions are None.

    >>> import graphflow as tf
    >>> loss = tf.losses.log_loss([1.0, 0.0], [0.5, 0.75])
    >>> print(f"{tf.Session().run(loss):.4f}")
    1.0397
    """
    check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _numbers(labels, predictions)
        losses = -ops.multiply(labels, ops.log(predictions + epsilon)) - ops.multiply(
            (1 - labels), ops.log(1 - predictions + epsilon)
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """Return the loss `1 - labels · predictions` of vectors of length 1.

    Args:
      labels: numbers [...], unit vectors along `axis`.
      predictions: the same.
      axis: the axis of the vectors.
      weights: as for `tf.losses.compute_weighted_loss`; the axis has size 1 there.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.
      dim: the former name of `axis`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or the axis, labels or predictions are missing.

    >>> import graphflow as tf
    >>> a, b = [[0.6, 0.8]], [[1.0, 0.0]]
    >>> print(f"{tf.Session().run(tf.losses.cosine_distance(a, b, axis=1)):.4f}")
    0.4000
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    check_given(axis=axis, labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _numbers(labels, predictions)
        products = ops.multiply(predictions, labels)
        losses = 1 - ops.reduce_sum(products, axis=[axis], keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """Return how far differences between elements of a prediction are from the true differences.

    For each item of the batch it is the mean, over all pairs of elements, of the squared difference
    of `predictions - labels` at the two.

    Args:
      labels: numbers [batch, ...].
      predictions: numbers [batch, ...].
      weights: a scalar, or [batch, 1, ...].
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.

    Returns:
      float32, a scalar: the sum over the batch.

    Raises:
      ValueError: shapes do not fit, or labels or predictions are None.

    >>> import graphflow as tf
    >>> loss = tf.losses.mean_pairwise_squared_error([[0.0, 0.0, 0.0]], [[1.0, 2.0, 4.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    4.6667
    """
    check_given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        weights = ops.cast(weights, float32)
        labels = ops.cast(labels, float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            predictions, labels = _numbers(labels, predictions)
            difference = ops.subtract(predictions, labels)
            axes = ops.range(1, ops.rank(difference))
            squares = ops.reduce_sum(ops.square(difference), axis=axes, keepdims=True)
            count = num_present(difference, weights, per_batch=True)
            first = 2.0 * ops.div_no_nan(squares, ops.maximum(count - 1, 0), name="value")
            total = ops.reduce_sum(difference, axis=axes, keepdims=True)
            pairs = ops.maximum(ops.multiply(count, count - 1), 0)
            second = 2.0 * ops.div_no_nan(ops.square(total), pairs, name="value")
            loss = ops.reduce_sum(ops.multiply(first - second, weights))
            is_any = ops.greater(ops.reduce_sum(count), 0)
            mean = ops.where(is_any, loss, ops.zeros_like(loss), name="value")
        add_loss(mean, loss_collection)
        return mean
