"""Measures over all runs so far, at thresholds and of the first k predictions."""

from __future__ import annotations

from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.metrics import means, ranked, thresholds as at

Metric: TypeAlias = tuple[Any, Any]


def streaming_precision_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true predictions that are right, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.precision_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_recall_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true labels that are predicted, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.recall_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_true_positives_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count true positives, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.true_positives_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_true_negatives_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count true negatives, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.true_negatives_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_false_positives_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count false positives, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.false_positives_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_false_negatives_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Count false negatives, at each threshold.

    Args:
      predictions: numbers from 0 to 1.
      labels: true or false, of the same shape.
      thresholds: a list of thresholds.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return at.false_negatives_at_thresholds(
        labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    )


def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of examples whose label is among their k best predictions.

    Args:
      predictions: float [batch, classes].
      labels: int [batch].
      k: how many predictions count.
      weights: None, or weights that broadcast with the labels.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    is_in: Any = ops.cast(ops.in_top_k(predictions, labels, k), "float32")
    return means.mean(
        is_in, weights, metrics_collections, updates_collections, name or f"recall_at_{k}"
    )


def streaming_sparse_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of labels that are among the k best predictions.

    Args:
      predictions: float [batch, classes].
      labels: int64 [batch, labels], also a `SparseTensor`.
      k: how many predictions count.
      class_id: the only class that counts; None for all.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return ranked.recall_at_k(
        labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name
    )


def streaming_sparse_precision_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of the k best predictions that are labels.

    Args:
      predictions: float [batch, classes].
      labels: int64 [batch, labels], also a `SparseTensor`.
      k: how many predictions count.
      class_id: the only class that counts; None for all.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return ranked.precision_at_k(
        labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name
    )


def streaming_sparse_average_precision_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the mean of the precisions at each of the k best predictions that is a label.

    Args:
      predictions: float [batch, classes].
      labels: int64 [batch, labels], also a `SparseTensor`.
      k: how many predictions count.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return ranked.average_precision_at_k(
        labels, predictions, k, weights, metrics_collections, updates_collections, name
    )


def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of the best predictions that are labels.

    Args:
      top_k_predictions: int64 [batch, k], the best predictions.
      labels: int64 [batch, labels], also a `SparseTensor`.
      class_id: the only class that counts; None for all.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return ranked.precision_at_top_k(
        labels, top_k_predictions, class_id=class_id, weights=weights,
        metrics_collections=metrics_collections, updates_collections=updates_collections,
        name=name,
    )  # fmt: skip


def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of labels that are among the best predictions.

    Args:
      labels: int64 [batch, labels], also a `SparseTensor`.
      top_k_predictions: int64 [batch, k], the best predictions.
      class_id: the only class that counts; None for all.
      weights: None, or weights that broadcast with the others.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    return ranked.recall_at_top_k(
        labels, top_k_predictions, class_id=class_id, weights=weights,
        metrics_collections=metrics_collections, updates_collections=updates_collections,
        name=name,
    )  # fmt: skip
