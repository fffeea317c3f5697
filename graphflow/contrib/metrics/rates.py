"""Rates of errors over all runs so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.metrics import counts, thresholds as at
from graphflow.metrics.variables import collected
from graphflow.variables.scope import variable_scope

Metric: TypeAlias = tuple[Any, Any]


def streaming_false_positive_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of false labels that are predicted to be true; 0 if there are none.

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
    with variable_scope(name, "false_positive_rate", [predictions, labels, weights]):
        wrong = counts.false_positives(labels, predictions, weights)
        right = counts.true_negatives(labels, predictions, weights)
        return _rate(wrong, right, ops.div_no_nan, metrics_collections, updates_collections)


def streaming_false_negative_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true labels that are predicted to be false; 0 if there are none.

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
    with variable_scope(name, "false_negative_rate", [predictions, labels, weights]):
        wrong = counts.false_negatives(labels, predictions, weights)
        right = counts.true_positives(labels, predictions, weights)
        return _rate(wrong, right, ops.div_no_nan, metrics_collections, updates_collections)


def streaming_false_positive_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of false labels that are predicted to be true, at each threshold.

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
    with variable_scope(name, "false_positive_rate_at_thresholds", [predictions, labels, weights]):
        wrong, right = _at_thresholds(
            labels, predictions, thresholds, weights, "false_positives", "true_negatives"
        )
        return _rate(wrong, right, _with_epsilon, metrics_collections, updates_collections)


def streaming_false_negative_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the share of true labels that are predicted to be false, at each threshold.

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
    with variable_scope(name, "false_negative_rate_at_thresholds", [predictions, labels, weights]):
        wrong, right = _at_thresholds(
            labels, predictions, thresholds, weights, "false_negatives", "true_positives"
        )
        return _rate(wrong, right, _with_epsilon, metrics_collections, updates_collections)


def _at_thresholds(
    labels: Any, predictions: Any, thresholds: Any, weights: Any, *kinds: str
) -> list[Metric]:
    """For each kind of count, value and update."""
    values, updates = at.counts_at_thresholds(labels, predictions, thresholds, weights, kinds)
    return list(zip(values, updates, strict=True))


def _with_epsilon(part: Any, whole: Any) -> Any:
    return part / (1e-7 + whole)


def _rate(
    wrong: Metric,
    right: Metric,
    divide: Callable[[Any, Any], Any],
    metrics_collections: Any,
    updates_collections: Any,
) -> Metric:
    value, update = (divide(w, w + r) for w, r in zip(wrong, right, strict=True))
    return collected(value, update, metrics_collections, updates_collections)


def f1_score(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Return the harmonic mean of precision and recall, at the threshold where it is best.

    Args:
      labels: true or false.
      predictions: numbers from 0 to 1, of the same shape.
      weights: None, or weights that broadcast with the others.
      num_thresholds: how many thresholds are tried, three or more.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: the variable scope.

    Returns:
      The value over all runs so far, and the operation that takes one more run into account.
    """
    with variable_scope(name, "f1", [labels, predictions, weights]):
        tried = at.even_thresholds(num_thresholds)
        precision = at.precision_at_thresholds(labels, predictions, tried, weights)
        recall = at.recall_at_thresholds(labels, predictions, tried, weights)
        value, update = (
            ops.reduce_max(2.0 * p * r / (p + r + 1e-7))
            for p, r in zip(precision, recall, strict=True)
        )
        return collected(value, update, metrics_collections, updates_collections)
