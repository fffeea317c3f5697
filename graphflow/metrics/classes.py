"""Metrics that are means over classes."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32, float64, int64
from graphflow.core.graph import Tensor
from graphflow.metrics.variables import collected, metric_variable, same_dtype
from graphflow.variables.scope import variable_scope


def _flat(tensor: Any) -> Tensor:
    tensor = convert_to_tensor(tensor)
    rank = tensor.shape.ndims
    return ops.reshape(tensor, [-1]) if rank is None or rank > 1 else tensor


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean over the classes of intersection over union, for all predictions so far.

    For a class it is the number of elements that have it and are predicted to, divided by the
    number that have it or are predicted to. A class that occurs nowhere does not count.

    Args:
      labels: integers [...], the true classes.
      predictions: integers [...], the predicted classes.
      num_classes: the number of classes.
      weights: numbers [...], 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds the predictions and returns the matrix
      [num_classes, num_classes] of how often each class was taken for each.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_iou([0, 1, 1, 1], [0, 0, 1, 1], num_classes=2)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> counts = sess.run(update)
    >>> print(counts.tolist(), f"{sess.run(value):.4f}")
    [[1.0, 0.0], [1.0, 2.0]] 0.5833
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        predictions.shape.assert_is_compatible_with(labels.shape)
        counts = metric_variable([num_classes, num_classes], float64, "total_confusion_matrix")
        batch = ops.confusion_matrix(
            _flat(ops.cast(labels, int64)), _flat(ops.cast(predictions, int64)), num_classes,
            weights=None if weights is None else _flat(weights), dtype=float64,
        )  # fmt: skip
        update = ops.assign_add(counts, batch)
        value = _intersection_over_union(counts)
        return collected(value, update, metrics_collections, updates_collections)


def _intersection_over_union(counts: Any) -> Tensor:
    predicted = ops.cast(ops.reduce_sum(counts, 0), float32)
    true = ops.cast(ops.reduce_sum(counts, 1), float32)
    both = ops.cast(ops.diag_part(counts), float32)
    either = predicted + true - both
    occurring = ops.reduce_sum(ops.cast(ops.not_equal(either, 0), float32))
    ratios = ops.div(both, ops.where(ops.greater(either, 0), either, ops.ones_like(either)))
    average = ops.reduce_sum(ratios, name="mean_iou") / occurring
    return ops.where(ops.greater(occurring, 0), average, ops.zeros_like(average))


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean over the classes of how many of their elements so far are predicted right.

    Args:
      labels: integers [...], the true classes.
      predictions: integers [...], the predicted classes.
      num_classes: the number of classes; one that occurs nowhere counts as zero.
      weights: numbers [...], 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The mean, a float32 scalar, and the operation that adds the predictions and returns the
      accuracy of each class, [num_classes].

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.mean_per_class_accuracy([0, 1, 1, 1], [0, 0, 1, 0], 2)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update).round(4), f"{sess.run(value):.4f}")
    [1.     0.3333] 0.6667
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels, predictions = _flat(ops.cast(labels, int64)), _flat(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        total = metric_variable([num_classes], float32, "total")
        count = metric_variable([num_classes], float32, "count")
        predictions, labels = same_dtype(predictions, labels)
        is_right = ops.cast(ops.equal(predictions, labels), float32)
        ones = ops.ones_like(is_right)
        if weights is not None:
            weights = ops.cast(_flat(weights), float32)
            is_right, ones = is_right * weights, ones * weights
        new_total = ops.scatter_add(total, labels, ones)
        new_count = ops.scatter_add(count, labels, is_right)
        each = ops.div_no_nan(count, ops.maximum(total, 0))
        value = ops.reduce_mean(each, name="mean_accuracy")
        update = ops.div_no_nan(new_count, ops.maximum(new_total, 0), name="update_op")
        return collected(value, update, metrics_collections, updates_collections)
