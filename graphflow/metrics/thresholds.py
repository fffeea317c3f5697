"""Metrics of probabilities: what is predicted, and how well, at each of many thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import bool as bool_dtype, float32
from graphflow.core.graph import Tensor
from graphflow.losses.weights import broadcast_weights
from graphflow.metrics.variables import collected, matched, metric_variable
from graphflow.variables.scope import variable_scope

# For each kind, the label and the prediction that it counts.
_WANTED = {
    "true_positives": (True, True),
    "false_negatives": (True, False),
    "true_negatives": (False, False),
    "false_positives": (False, True),
}
_EPSILON = 1e-7


def counts_at_thresholds(
    labels: Any, predictions: Any, thresholds: Sequence[float], weights: Any, kinds: Sequence[str]
) -> tuple[list[Any], list[Tensor]]:
    """Count, at each threshold, right and wrong predictions, in variables named after the kinds.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`, or None.
      kinds: which counts: `true_positives` and so on.

    Returns:
      For each kind the counts so far, float32 [n], and the same with these predictions.

    Raises:
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.
    """
    predictions = convert_to_tensor(predictions)
    checks = [
        ops.assert_greater_equal(
            predictions, ops.cast(0.0, predictions.dtype), message="predictions must be in [0, 1]"
        ),
        ops.assert_less_equal(
            predictions, ops.cast(1.0, predictions.dtype), message="predictions must be in [0, 1]"
        ),
    ]
    with control_dependencies(checks):
        predictions, labels, weights = matched(
            ops.cast(predictions, float32), ops.cast(labels, bool_dtype), weights
        )
    limits = ops.expand_dims(ops.constant(list(thresholds), dtype=float32), 1)
    is_predicted = ops.greater(ops.reshape(predictions, [1, -1]), limits)
    is_true = ops.logical_and(ops.reshape(labels, [1, -1]), ops.ones_like(is_predicted))
    if weights is not None:
        weights = broadcast_weights(ops.cast(weights, float32), predictions)
        weights = ops.reshape(weights, [1, -1])
    values, updates = [], []
    for kind in kinds:
        variable = metric_variable([len(thresholds)], float32, kind)
        label, prediction = _WANTED[kind]
        found = ops.logical_and(
            is_true if label else ops.logical_not(is_true),
            is_predicted if prediction else ops.logical_not(is_predicted),
        )
        counted = ops.cast(found, float32)
        if weights is not None:
            counted = counted * weights
        values.append(variable)
        updates.append(ops.assign_add(variable, ops.reduce_sum(counted, 1)))
    return values, updates


def even_thresholds(count: int) -> list[float]:
    """Return thresholds at even distances, the outer ones just outside of 0 and 1.

    Args:
      count: how many.

    >>> even_thresholds(3)
    [-1e-07, 0.5, 1.0000001]
    """
    inner = [(i + 1) / (count - 1) for i in range(count - 2)]
    return [0.0 - _EPSILON, *inner, 1.0 + _EPSILON]


def _of_kind(
    name: str | None,
    kind: str,
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any,
    collections: tuple[Any, Any],
) -> tuple[Tensor, Tensor]:
    with variable_scope(name, kind, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, [kind])
        return collected(ops.identity(values[0]), updates[0], *collections)


def _ratio(
    name: str | None,
    kind: str,
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any,
    other: str,
    collections: tuple[Any, Any],
) -> tuple[Tensor, Tensor]:
    """At each threshold the true positives, divided by their number and that of another kind."""
    with variable_scope(name, f"{kind}_at_thresholds", (predictions, labels, weights)):
        values, updates = counts_at_thresholds(
            labels, predictions, thresholds, weights, ["true_positives", other]
        )
        value, update = (
            ops.div(first, _EPSILON + first + second, name=f"{kind}_{what}")
            for what, (first, second) in (("value", values), ("update_op", updates))
        )
        return collected(value, update, *collections)


def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many elements so far are true and predicted to be.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The numbers, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.true_positives_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    [4. 2.]
    """
    collections = (metrics_collections, updates_collections)
    return _of_kind(name, "true_positives", labels, predictions, thresholds, weights, collections)


def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many elements so far are false and predicted to be.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The numbers, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.true_negatives_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    [1. 2.]
    """
    collections = (metrics_collections, updates_collections)
    return _of_kind(name, "true_negatives", labels, predictions, thresholds, weights, collections)


def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many elements so far are false and predicted to be true.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The numbers, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.false_positives_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    [1. 0.]
    """
    collections = (metrics_collections, updates_collections)
    return _of_kind(name, "false_positives", labels, predictions, thresholds, weights, collections)


def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many elements so far are true and predicted to be false.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The numbers, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.false_negatives_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    [0. 2.]
    """
    collections = (metrics_collections, updates_collections)
    return _of_kind(name, "false_negatives", labels, predictions, thresholds, weights, collections)


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many of what was predicted to be true is.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The precisions, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.precision_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update).round(4))
    [0.8 1. ]
    """
    collections = (metrics_collections, updates_collections)
    return _ratio(
        name, "precision", labels, predictions, thresholds, weights, "false_positives", collections
    )


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return, at each threshold, how many of what is true was predicted to be.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1, taken for true above the threshold.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The recalls, float32 [n], and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 1], [0.9, 0.3, 0.6, 0.7, 0.1, 0.8]
    >>> value, update = tf.metrics.recall_at_thresholds(labels, predictions, [0.2, 0.75])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update).round(4))
    [1.  0.5]
    """
    collections = (metrics_collections, updates_collections)
    return _ratio(
        name, "recall", labels, predictions, thresholds, weights, "false_negatives", collections
    )
