"""Measures over all runs so far, under their old names and with predictions first.

Each is a function of `tf.metrics` with its arguments in another order.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from graphflow.metrics import classes, counts, curves, means

Metric: TypeAlias = tuple[Any, Any]


def streaming_mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of all values.

    Args:
      values: numbers.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None])
    >>> mean, update = tf.contrib.metrics.streaming_mean(x)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update, {x: [3.0, 5.0]}), sess.run(update, {x: [10.0]}), sess.run(mean))
    4.0 6.0 6.0
    """
    return means.mean(values, weights, metrics_collections, updates_collections, name)


def streaming_mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of each element.

    Args:
      values: numbers.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.mean_tensor(values, weights, metrics_collections, updates_collections, name)


def streaming_accuracy(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of predictions that are right.

    Args:
      predictions: the predicted values.
      labels: the right ones, of the same shape.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.accuracy(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_precision(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true predictions that are right.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.precision(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_recall(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true labels that are predicted.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.recall(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_true_positives(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count true predictions that are right.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.true_positives(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_true_negatives(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count false predictions that are right.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.true_negatives(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_false_positives(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count true predictions that are wrong.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.false_positives(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_false_negatives(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count false predictions that are wrong.

    Args:
      predictions: true or false, of one shape with the labels.
      labels: true or false.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return counts.false_negatives(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_mean_absolute_error(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of `|predictions - labels|`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.mean_absolute_error(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_mean_squared_error(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of `(predictions - labels) ** 2`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.mean_squared_error(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_root_mean_squared_error(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the square root of the mean of `(predictions - labels) ** 2`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.root_mean_squared_error(
        labels, predictions, weights, metrics_collections, updates_collections, name
    )


def streaming_mean_relative_error(
    predictions: Any,
    labels: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of `|predictions - labels| / normalizer`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      normalizer: what differences are divided by.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.mean_relative_error(
        labels, predictions, normalizer, weights, metrics_collections, updates_collections, name
    )


def streaming_mean_cosine_distance(
    predictions: Any,
    labels: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of 1 minus the scalar products of unit vectors.

    Args:
      predictions: unit vectors.
      labels: unit vectors, of the same shape.
      dim: the axis of the vectors.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.mean_cosine_distance(
        labels, predictions, dim, weights, metrics_collections, updates_collections, name
    )


def streaming_percentage_less(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of values below a threshold.

    Args:
      values: numbers.
      threshold: a number.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return means.percentage_below(
        values, threshold, weights, metrics_collections, updates_collections, name
    )


def streaming_mean_iou(
    predictions: Any,
    labels: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean over classes of intersection / union.

    Args:
      predictions: the predicted classes.
      labels: the right classes, of the same shape.
      num_classes: the number of classes.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return classes.mean_iou(
        labels, predictions, num_classes, weights, metrics_collections, updates_collections, name
    )


def streaming_auc(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> Metric:
    """Return the area under the ROC or precision-recall curve.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      weights: None, or weights that broadcast with the others.
      num_thresholds: at how many thresholds the curve is known.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      curve: "ROC" or "PR".
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return curves.auc(
        labels, predictions, weights, num_thresholds, metrics_collections, updates_collections,
        curve, name,
    )  # fmt: skip


def streaming_specificity_at_sensitivity(
    predictions: Any,
    labels: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the specificity at the threshold with a wanted sensitivity.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      sensitivity: the wanted sensitivity.
      weights: None, or weights that broadcast with the others.
      num_thresholds: how many thresholds are tried.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return curves.specificity_at_sensitivity(
        labels, predictions, sensitivity, weights, num_thresholds, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def streaming_sensitivity_at_specificity(
    predictions: Any,
    labels: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the sensitivity at the threshold with a wanted specificity.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      specificity: the wanted specificity.
      weights: None, or weights that broadcast with the others.
      num_thresholds: how many thresholds are tried.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return curves.sensitivity_at_specificity(
        labels, predictions, specificity, weights, num_thresholds, metrics_collections,
        updates_collections, name,
    )  # fmt: skip
