"""Metrics that are means: of values, of errors, of correct predictions."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.losses.weights import (
    broadcast_weights,
    remove_squeezable_dimensions,
    squeeze_weights,
)
from graphflow.metrics.variables import collected, matched, metric_variable, same_dtype
from graphflow.variables.scope import variable_scope


def _weights_like(values: Tensor, weights: Any) -> Tensor:
    fitted = squeeze_weights(weights, values)
    return broadcast_weights(ops.cast(fitted, float32), values)


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the weighted mean of all values so far.

    Args:
      values: numbers [...].
      weights: numbers that broadcast to `values`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds `values` and returns the new mean.

    Raises:
      ValueError: the weights do not fit.

    >>> import graphflow as tf
    >>> batch = tf.placeholder(tf.float32, [2])
    >>> value, update = tf.metrics.mean(batch)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update, {batch: [1, 2]}), sess.run(update, {batch: [3, 8]}), sess.run(value))
    1.5 3.5 3.5
    """
    with variable_scope(name, "mean", (values, weights)):
        values = ops.cast(values, float32)
        total = metric_variable([], float32, "total")
        count = metric_variable([], float32, "count")
        if weights is None:
            number = ops.cast(ops.size(values), float32)
        else:
            weights = _weights_like(values, weights)
            values = ops.multiply(values, weights)
            number = ops.reduce_sum(weights)
        new_total = ops.assign_add(total, ops.reduce_sum(values))
        with control_dependencies([values]):
            new_count = ops.assign_add(count, number)
        value = ops.div_no_nan(total, ops.maximum(count, 0), name="value")
        update = ops.div_no_nan(new_total, ops.maximum(new_count, 0), name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the weighted mean of each element over all tensors so far.

    Args:
      values: numbers [...], of known shape.
      weights: numbers that broadcast to `values`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, float32 of the shape of `values`, and the operation that adds `values`.

    Raises:
      ValueError: the weights do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_tensor(tf.constant([1.0, 4.0]), [1.0, 0.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> sess.run(update)
    array([1., 0.], dtype=float32)
    """
    with variable_scope(name, "mean", (values, weights)):
        values = ops.cast(values, float32)
        total = metric_variable(values.shape, float32, "total_tensor")
        count = metric_variable(values.shape, float32, "count_tensor")
        number = ops.ones_like(values)
        if weights is not None:
            weights = _weights_like(values, weights)
            values = ops.multiply(values, weights)
            number = ops.multiply(number, weights)
        new_total = ops.assign_add(total, values)
        with control_dependencies([values]):
            new_count = ops.assign_add(count, number)
        value = ops.div_no_nan(total, ops.maximum(count, 0), name="value")
        update = ops.div_no_nan(new_total, ops.maximum(new_count, 0), name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the predictions so far are right, from 0 to 1.

    Args:
      labels: what is right, [...].
      predictions: [...].
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The accuracy, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.accuracy([3, 1, 2, 0], [3, 1, 0, 0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update), [v.name for v in tf.local_variables()])
    0.75 ['accuracy/total:0', 'accuracy/count:0']
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    predictions, labels = same_dtype(predictions, labels)
    is_right = ops.cast(ops.equal(predictions, labels), float32)
    return mean(is_right, weights, metrics_collections, updates_collections, name or "accuracy")


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the values so far are below a threshold, from 0 to 1.

    Args:
      values: numbers [...].
      threshold: the threshold.
      weights: numbers that broadcast to `values`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The share, a float32 scalar, and the operation that adds the values.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.percentage_below([1.0, 2.0, 5.0, 7.0], 6)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.75
    """
    is_below = ops.cast(ops.less(values, threshold), float32)
    name = name or "percentage_below_threshold"
    return mean(is_below, weights, metrics_collections, updates_collections, name)


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of `|predictions - labels|` so far.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds the errors.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_absolute_error([1.0, 4.0], [3.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    1.5
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    errors = ops.abs(predictions - labels)
    name = name or "mean_absolute_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of `(predictions - labels)²` so far.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds the errors.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_squared_error([1.0, 4.0], [4.0, 3.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    5.0
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    errors = ops.squared_difference(labels, predictions)
    name = name or "mean_squared_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the root of the mean of `(predictions - labels)²` so far.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The root, a float32 scalar, and the operation that adds the errors.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.root_mean_squared_error([1.0, 4.0], [2.0, 11.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    5.0
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    name = name or "root_mean_squared_error"
    value, update = mean_squared_error(labels, predictions, weights, None, None, name)
    return collected(ops.sqrt(value), ops.sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of `|predictions - labels| / normalizer` so far.

    Args:
      labels: numbers [...].
      predictions: numbers [...].
      normalizer: numbers [...]; where it is zero the error counts as zero.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds the errors.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_relative_error([1.0, 4.0], [3.0, 3.0], [4.0, 0.0])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.25
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = ops.where(
        ops.equal(normalizer, 0.0),
        ops.zeros_like(labels),
        ops.div(ops.abs(labels - predictions), normalizer),
    )
    name = name or "mean_relative_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return one minus the mean of `labels · predictions` so far, for vectors of length 1.

    Args:
      labels: numbers [...], unit vectors along `dim`.
      predictions: the same.
      dim: the axis of the vectors.
      weights: numbers that broadcast to `labels` with size 1 along `dim`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The distance, a float32 scalar, and the operation that adds the vectors.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> a, b = tf.constant([[0.6, 0.8]]), tf.constant([[1.0, 0.0]])
    >>> value, update = tf.metrics.mean_cosine_distance(a, b, 1)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(f"{sess.run(update):.4f}")
    0.4000
    """
    labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
    predictions, labels, weights = matched(predictions, labels, weights)
    products = ops.reduce_sum(ops.multiply(predictions, labels), axis=[dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    return collected(
        ops.subtract(1.0, value), ops.subtract(1.0, update), metrics_collections,
        updates_collections,
    )  # fmt: skip
