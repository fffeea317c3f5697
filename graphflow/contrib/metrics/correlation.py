"""Counts, covariances and correlations over all runs so far."""

from __future__ import annotations

from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.losses.weights import broadcast_weights
from graphflow.metrics.variables import collected, metric_variable
from graphflow.variables.scope import variable_scope

Metric: TypeAlias = tuple[Any, Any]


def count(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the number of values, or the sum of their weights.

    Args:
      values: a tensor.
      weights: None, or weights that broadcast with the values.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    with variable_scope(name, "count", [values, weights]):
        total = metric_variable([], "float32", name="count")
        values = convert_to_tensor(values)
        update = ops.assign_add(total, _number_of(values, _fitted(values, weights)))
        return collected(ops.identity(total), update, metrics_collections, updates_collections)


def streaming_covariance(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the unbiased covariance of predictions and labels.

    Args:
      predictions: numbers.
      labels: numbers, of the same shape.
      weights: None, or how often each pair counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope, "covariance" by default.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account; no
      numbers with less than two pairs.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    >>> _, update = tf.contrib.metrics.streaming_covariance(x, y)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update, {x: [1.0, 3.0], y: [2.0, 8.0]}))
    6.0
    """
    with variable_scope(name, "covariance", [predictions, labels, weights]):
        x = ops.cast(predictions, "float32")
        y = ops.cast(labels, "float32")
        x.shape.assert_is_compatible_with(y.shape)
        fitted = _fitted(x, weights)
        number = _number_of(x, fitted)
        total = metric_variable([], "float32", name="count")
        comoment = metric_variable([], "float32", name="comoment")
        counted: Any = ops.assign_add(total, number)
        # How far the old mean is from that of the batch, which the joined comoment needs.
        mean_x, off_x = _moved("mean_prediction", x, fitted, number, counted)
        mean_y, off_y = _moved("mean_label", y, fitted, number, counted)
        products: Any = (x - mean_x) * (y - mean_y)
        inner = ops.reduce_sum(products if fitted is None else products * fitted)
        between = off_x * off_y * ops.div_no_nan((counted - number) * number, counted)
        moved = ops.assign_add(comoment, inner + between)
        return collected(
            _unbiased(comoment, total), _unbiased(moved, counted), metrics_collections,
            updates_collections,
        )  # fmt: skip


def _fitted(values: Any, weights: Any) -> Any:
    return None if weights is None else ops.cast(broadcast_weights(weights, values), "float32")


def _number_of(values: Any, weights: Any) -> Any:
    return ops.cast(ops.size(values), "float32") if weights is None else ops.reduce_sum(weights)


def _moved(name: str, values: Any, weights: Any, number: Any, counted: Any) -> tuple[Any, Any]:
    """Move the mean of all values; return that of the batch, and how far the old one was off."""
    mean = metric_variable([], "float32", name=name)
    total = ops.reduce_sum(values if weights is None else values * weights)
    of_batch = ops.div_no_nan(total, number)
    change: Any = ops.div_no_nan((of_batch - mean) * number, counted)
    moved: Any = ops.assign_add(mean, change)
    return of_batch, moved - change - of_batch


def _unbiased(comoment: Any, number: Any) -> Any:
    enough = ops.greater(number, 1.0)
    return ops.where(enough, ops.truediv(comoment, number - 1.0), float("nan"))


def streaming_pearson_correlation(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the correlation of predictions and labels, from -1 to 1.

    Args:
      predictions: numbers.
      labels: numbers, of the same shape.
      weights: None, or how often each pair counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope, "pearson_r" by default.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.

    Raises:
      ValueError: the shapes differ.
    """
    with variable_scope(name, "pearson_r", [predictions, labels, weights]):
        both = streaming_covariance(predictions, labels, weights, name="covariance")
        of_x = streaming_covariance(predictions, predictions, weights, name="variance_predictions")
        of_y = streaming_covariance(labels, labels, weights, name="variance_labels")
        value, update = (
            ops.truediv(c, ops.sqrt(x) * ops.sqrt(y), name=label)
            for c, x, y, label in zip(both, of_x, of_y, ("pearson_r", "update_op"), strict=True)
        )
        return collected(value, update, metrics_collections, updates_collections)
