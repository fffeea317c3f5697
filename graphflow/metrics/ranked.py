"""Metrics of ranked classes: how many of the k best predictions are right."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import float64, int64
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.losses.weights import broadcast_weights
from graphflow.metrics.ranked_counts import average_precisions, counted, name_at_k, spread_labels
from graphflow.metrics.variables import collected, metric_variable


def _rate_at_top_k(
    metric: str,
    other: str,
    arguments: tuple[Any, Any, int | None, int | None, Any],
    collections: tuple[Any, Any],
    name: str | None,
) -> tuple[Tensor, Tensor]:
    """The true positives, divided by their number and that of another kind."""
    labels, predictions, k, class_id, weights = arguments
    values = (predictions, labels, weights)
    with name_scope(name, name_at_k(metric, k, class_id), values) as scope:
        labels = spread_labels(labels, predictions)
        predictions = ops.cast(predictions, int64)
        first, first_update = _added("true_positive", labels, predictions, k, class_id, weights)
        second, second_update = _added(other, labels, predictions, k, class_id, weights)
        value = ops.div(first, ops.add(first, second), name=scope)
        update = ops.div(first_update, ops.add(first_update, second_update), name="update")
        return collected(value, update, *collections)


def _added(
    kind: str, labels: Any, predictions: Tensor, k: int | None, class_id: int | None, weights: Any
) -> tuple[Any, Tensor]:
    """A variable that adds up a count, and the operation that adds to it."""
    values = (predictions, labels, weights)
    with name_scope(None, name_at_k(kind, k, class_id), values) as scope:
        each = counted(kind, labels, predictions, class_id, weights)
        total = metric_variable([], float64, scope)
        return total, ops.assign_add(total, ops.reduce_sum(each), name="update")


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the true classes are among the k best predictions so far.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes; dense ones may lack
        the last axis if there is one label each.
      predictions: float [..., classes], higher for what is more likely.
      k: how many predictions count, those with the highest numbers.
      class_id: count this class only; by default all.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.

    Returns:
      The rate, a float64 scalar, nan if there is nothing to count, and the operation that adds the
      predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels = tf.constant([[2], [0]], tf.int64)
    >>> scores = [[0.1, 0.3, 0.6], [0.2, 0.5, 0.3]]
    >>> value, update = tf.metrics.recall_at_k(labels, scores, k=2)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.5
    """
    values = (predictions, labels, weights)
    with name_scope(name, name_at_k("recall", k, class_id), values) as scope:
        _, best = ops.top_k(predictions, k)
        return recall_at_top_k(
            labels, best, k, class_id, weights, metrics_collections, updates_collections, scope
        )


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the true classes are among the k best predictions so far.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes; dense ones may lack
        the last axis if there is one label each.
      predictions_idx: int64 [..., k], the predicted classes.
      k: their number, for names only.
      class_id: count this class only; by default all.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.

    Returns:
      The rate, a float64 scalar, nan if there is nothing to count, and the operation that adds the
      predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels = tf.constant([[2, 1], [0, 1]], tf.int64)
    >>> value, update = tf.metrics.recall_at_top_k(labels, [[2, 1, 0], [2, 1, 3]], k=3)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.75
    """
    return _rate_at_top_k(
        "recall", "false_negative", (labels, predictions_idx, k, class_id, weights),
        (metrics_collections, updates_collections), name,
    )  # fmt: skip


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the k best predictions so far are true classes.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes; dense ones may lack
        the last axis if there is one label each.
      predictions: float [..., classes], higher for what is more likely.
      k: how many predictions count, those with the highest numbers.
      class_id: count this class only; by default all.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.

    Returns:
      The rate, a float64 scalar, nan if there is nothing to count, and the operation that adds the
      predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels = tf.constant([[2], [0]], tf.int64)
    >>> scores = [[0.1, 0.3, 0.6], [0.2, 0.5, 0.3]]
    >>> value, update = tf.metrics.precision_at_k(labels, scores, k=2)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.25
    """
    values = (predictions, labels, weights)
    with name_scope(name, name_at_k("precision", k, class_id), values) as scope:
        _, best = ops.top_k(predictions, k)
        return precision_at_top_k(
            labels, best, k, class_id, weights, metrics_collections, updates_collections, scope
        )


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return how many of the k best predictions so far are true classes.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes; dense ones may lack
        the last axis if there is one label each.
      predictions_idx: int64 [..., k], the predicted classes.
      k: their number, for names only.
      class_id: count this class only; by default all.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.

    Returns:
      The rate, a float64 scalar, nan if there is nothing to count, and the operation that adds the
      predictions.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> labels = tf.constant([[2, 1], [0, 1]], tf.int64)
    >>> value, update = tf.metrics.precision_at_top_k(labels, [[2, 1, 0], [2, 1, 3]], k=3)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    0.5
    """
    return _rate_at_top_k(
        "precision", "false_positive", (labels, predictions_idx, k, class_id, weights),
        (metrics_collections, updates_collections), name,
    )  # fmt: skip


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of the average precision of the k best predictions.

    The average precision is the mean, over the true classes that could be among the k, of the
    precision of the predictions down to each one that is right.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes; dense ones may lack
        the last axis if there is one label each.
      predictions: float [..., classes], higher for what is more likely.
      k: how many predictions count, those with the highest numbers.
      weights: a scalar, or numbers [...]; 1 by default.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.

    Returns:
      The mean, a float64 scalar, 0 if nothing was added, and the operation that adds the
      predictions.

    Raises:
      ValueError: shapes do not fit, or k is less than 1.

    >>> import graphflow as tf
    >>> labels = tf.constant([[2, 3]], tf.int64)
    >>> scores = [[0.1, 0.2, 0.4, 0.3]]
    >>> value, update = tf.metrics.average_precision_at_k(labels, scores, k=3)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(update))
    1.0
    """
    values = (predictions, labels, weights)
    with name_scope(name, name_at_k("average_precision", k), values) as scope:
        _, best = ops.top_k(predictions, k)
        collections = (metrics_collections, updates_collections)
        classes = ops.shape(predictions)[-1]
        return mean_average_precision(labels, best, classes, weights, collections, scope)


def mean_average_precision(
    labels: Any,
    predictions_idx: Any,
    num_classes: Any,
    weights: Any,
    collections: tuple[Any, Any],
    name: str,
) -> tuple[Tensor, Tensor]:
    """Return the mean of the average precision of predicted classes, and what adds to it.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes.
      predictions_idx: integers [..., k], the predicted classes, the best first.
      num_classes: int32 scalar.
      weights: a scalar, or numbers [...]; None for 1.
      collections: the collections of values and of updates.
      name: the update's name.
    """
    each = average_precisions(labels, predictions_idx, num_classes)
    if weights is not None:
        weights = broadcast_weights(ops.cast(weights, float64), each)
        each = ops.multiply(each, weights)
    with name_scope(None, "max", (each,)) as max_scope:
        most = metric_variable([], float64, max_scope)
        batch_most = (
            ops.cast(ops.size(each, name="batch_max"), float64)
            if weights is None
            else ops.reduce_sum(weights, name="batch_max")
        )
        new_most = ops.assign_add(most, batch_most, name="update")
    with name_scope(None, "total", (each,)) as total_scope:
        total = metric_variable([], float64, total_scope)
        batch_total = ops.reduce_sum(each, name="batch_total")
        new_total = ops.assign_add(total, batch_total, name="update")
    value = ops.div_no_nan(total, ops.maximum(most, 0), name="mean")
    update = ops.div_no_nan(new_total, ops.maximum(new_most, 0), name=name)
    return collected(value, update, *collections)


def sparse_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return `tf.metrics.precision_at_k`, of which this is the former name.

    Args:
      labels: as there, like all arguments.
      predictions: float [..., classes].
      k: how many predictions count.
      class_id: count this class only.
      weights: a scalar, or numbers [...].
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.
    """
    warn_once("sparse_precision_at_k is deprecated: use precision_at_k")
    return precision_at_k(
        labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name
    )


def sparse_average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return `tf.metrics.average_precision_at_k`, of which this is the former name.

    Args:
      labels: as there, like all arguments.
      predictions: float [..., classes].
      k: how many predictions count.
      weights: a scalar, or numbers [...].
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the name scope.
    """
    warn_once("sparse_average_precision_at_k is deprecated: use average_precision_at_k")
    return average_precision_at_k(
        labels, predictions, k, weights, metrics_collections, updates_collections, name
    )
