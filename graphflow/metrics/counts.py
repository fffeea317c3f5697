"""Metrics of yes and no: how often each was predicted rightly and wrongly, precision, recall."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import bool as bool_dtype, float32
from graphflow.core.graph import Tensor
from graphflow.metrics.variables import collected, matched, metric_variable
from graphflow.variables.scope import variable_scope


def _count(
    name: str | None,
    kind: str,
    labels: Any,
    predictions: Any,
    weights: Any,
    wanted: tuple[bool, bool],
    collections: tuple[Any, Any],
) -> tuple[Tensor, Tensor]:
    """Count the elements whose label and prediction are as wanted."""
    with variable_scope(name, kind, (predictions, labels, weights)):
        predictions, labels, weights = matched(
            ops.cast(predictions, bool_dtype), ops.cast(labels, bool_dtype), weights
        )
        count = metric_variable([], float32, "count")
        is_counted = ops.logical_and(
            ops.equal(labels, wanted[0]), ops.equal(predictions, wanted[1])
        )
        values = ops.cast(is_counted, float32)
        if weights is not None:
            check = ops.assert_rank_in(weights, (0, ops.rank(values)))
            with control_dependencies([check]):
                values = ops.multiply(values, ops.cast(weights, float32))
        value = ops.identity(count)
        return collected(value, ops.assign_add(count, ops.reduce_sum(values)), *collections)


def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many elements so far are true and predicted to be.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The number, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0, 1, 0, 1, 0]
    >>> value, update = tf.metrics.true_positives(labels, predictions)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    4.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(name, "true_positives", labels, predictions, weights, (True, True), collections)


def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many elements so far are false and predicted to be.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The number, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0, 1, 0, 1, 0]
    >>> value, update = tf.metrics.true_negatives(labels, predictions)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    3.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(name, "true_negatives", labels, predictions, weights, (False, False), collections)


def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many elements so far are false and predicted to be true.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The number, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0, 1, 0, 1, 0]
    >>> value, update = tf.metrics.false_positives(labels, predictions)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    2.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(name, "false_positives", labels, predictions, weights, (False, True), collections)


def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many elements so far are true and predicted to be false.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The number, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels, predictions = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0, 1, 0, 1, 0]
    >>> value, update = tf.metrics.false_negatives(labels, predictions)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    1.0
    """
    collections = (metrics_collections, updates_collections)
    return _count(name, "false_negatives", labels, predictions, weights, (True, False), collections)


def _ratio(
    name: str | None,
    kind: str,
    labels: Any,
    predictions: Any,
    weights: Any,
    other: Any,
    collections: tuple[Any, Any],
) -> tuple[Tensor, Tensor]:
    """The true positives, divided by their number and that of another kind."""
    with variable_scope(name, kind, (predictions, labels, weights)):
        predictions, labels, weights = matched(
            ops.cast(predictions, bool_dtype), ops.cast(labels, bool_dtype), weights
        )
        first, first_update = true_positives(labels, predictions, weights)
        second, second_update = other(labels, predictions, weights)

        def divided(part: Tensor, rest: Tensor, name: str) -> Tensor:
            whole = ops.add(part, rest)
            return ops.where(
                ops.greater(whole, 0), ops.div(part, whole), ops.zeros_like(whole), name=name
            )

        value = divided(first, second, "value")
        return collected(value, divided(first_update, second_update, "update_op"), *collections)


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of what was predicted to be true is so far, from 0 to 1.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      A float32 scalar, 0 if there are none, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.precision([1, 1, 1, 0, 0, 1], [1, 0, 1, 1, 0, 1])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.75
    """
    collections = (metrics_collections, updates_collections)
    return _ratio(name, "precision", labels, predictions, weights, false_positives, collections)


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of what is true was predicted to be so far, from 0 to 1.

    Args:
      labels: [...], read as bool.
      predictions: [...], read as bool.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      A float32 scalar, 0 if there are none, and the operation that adds the predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.recall([1, 1, 1, 0, 0, 1], [1, 0, 1, 1, 0, 1])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.75
    """
    collections = (metrics_collections, updates_collections)
    return _ratio(name, "recall", labels, predictions, weights, false_negatives, collections)
