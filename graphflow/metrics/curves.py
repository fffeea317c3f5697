"""Metrics of curves: what one rate is where another one changes, and the area below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import int32, int64
from graphflow.core.graph import Tensor, at_user_line
from graphflow.metrics.thresholds import counts_at_thresholds, even_thresholds
from graphflow.metrics.variables import collected
from graphflow.variables.scope import variable_scope

_KINDS = ("true_positives", "false_negatives", "true_negatives", "false_positives")
_SUMMATIONS = ("trapezoidal", "careful_interpolation", "minoring", "majoring")
_EPSILON = 1e-7


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return an approximation of the area under a curve, for all predictions so far.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1.
      weights: numbers that broadcast to `labels`; 1 by default.
      num_thresholds: at how many thresholds the curve is computed.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      curve: `ROC`, recall over the rate of false positives, or `PR`, precision over recall.
      name: the variable scope.
      summation_method: between thresholds: `trapezoidal`, a straight line; `minoring` or
        `majoring`, the lower or the upper end; `careful_interpolation`, for `PR`, a curve along
        which the numbers of true and false positives grow evenly.
      thresholds: the thresholds between 0 and 1, in place of `num_thresholds`.

    Returns:
      The area, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: curve or summation method do not exist, or shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> value, update = tf.metrics.auc([0, 0, 1, 1, 1], [0.1, 0.6, 0.4, 0.7, 0.9])
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(f"{sess.run(update):.3f}")
    0.833
    """
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be ROC or PR, not {curve!r}{at_user_line()}")
    if summation_method not in _SUMMATIONS:
        raise ValueError(
            f"summation_method must be one of {_SUMMATIONS}, not {summation_method!r}"
            f"{at_user_line()}"
        )
    if curve == "PR" and summation_method == "trapezoidal":
        warn_once("the trapezoidal rule overestimates areas of PR: use 'careful_interpolation'")
    limits = even_thresholds(num_thresholds)
    if thresholds is not None:
        limits = [limits[0], *sorted(thresholds), limits[-1]]
    with variable_scope(name, "auc", (labels, predictions, weights)):
        values, updates = counts_at_thresholds(labels, predictions, limits, weights, _KINDS)
        value = _area(values, curve, summation_method, "value")
        update = _area(updates, curve, summation_method, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def _area(counts: Sequence[Any], curve: str, method: str, name: str) -> Tensor:
    tp, fn, tn, fp = counts
    if curve == "PR" and method == "careful_interpolation":
        return _interpolated_area(tp, fp, fn)
    epsilon = 1e-6
    recall = ops.div(tp + epsilon, tp + fn + epsilon)
    if curve == "ROC":
        x, y = ops.div(fp, fp + tn + epsilon), recall
    else:
        x, y = recall, ops.div(tp + epsilon, tp + fp + epsilon)
    widths = x[:-1] - x[1:]
    if method == "minoring":
        heights = ops.minimum(y[:-1], y[1:])
    elif method == "majoring":
        heights = ops.maximum(y[:-1], y[1:])
    else:
        heights = (y[:-1] + y[1:]) / 2.0
    return ops.reduce_sum(ops.multiply(widths, heights), name=name)


def _interpolated_area(tp: Any, fp: Any, fn: Any) -> Tensor:
    """The area under precision over recall (Davis and Goadrich, 2006).

    Between two thresholds the true positives are a linear function of all positives, so that the
    integral of precision over recall has a closed form.
    """
    positives = tp + fp
    gained = tp[:-1] - tp[1:]
    slope = ops.div_no_nan(gained, ops.maximum(positives[:-1] - positives[1:], 0), name="slope")
    intercept = tp[1:] - ops.multiply(slope, positives[1:])
    ratio = ops.where(
        ops.logical_and(positives[:-1] > 0, positives[1:] > 0),
        ops.div_no_nan(positives[:-1], ops.maximum(positives[1:], 0), name="ratio"),
        ops.ones_like(positives[1:]),
    )
    increments = ops.div_no_nan(
        slope * (gained + intercept * ops.log(ratio)),
        ops.maximum(tp[1:] + fn[1:], 0),
        name="pr_auc_increment",
    )
    return ops.reduce_sum(increments, name="interpolate_pr_auc")


def _rate_where(
    name: str | None,
    kind: str,
    arguments: tuple[Any, Any, Any, int],
    rate: Callable[[Sequence[Any], str], Tensor],
    collections: tuple[Any, Any],
) -> tuple[Tensor, Tensor]:
    labels, predictions, weights, num_thresholds = arguments
    with variable_scope(name, kind, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(
            labels, predictions, even_thresholds(num_thresholds), weights, _KINDS
        )
        return collected(rate(values, "value"), rate(updates, "update_op"), *collections)


def _check_rate(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be in [0, 1], not {value}{at_user_line()}")


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the rate of true positives where that of true negatives is nearest to a number.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1.
      specificity: the wished rate of true negatives, from 0 to 1.
      weights: numbers that broadcast to `labels`; 1 by default.
      num_thresholds: how many thresholds are tried.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The rate, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: `specificity` is not from 0 to 1, or shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [0, 0, 1, 1, 1], [0.1, 0.6, 0.4, 0.7, 0.9]
    >>> value, update = tf.metrics.sensitivity_at_specificity(labels, predictions, 0.5)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(f"{sess.run(update):.4f}")
    1.0000
    """
    _check_rate("specificity", specificity)

    def rate(counts: Sequence[Any], name: str) -> Tensor:
        tp, fn, tn, fp = counts
        specificities = ops.div(tn, tn + fp + _EPSILON)
        nearest = ops.cast(ops.argmin(ops.abs(specificities - specificity), 0), int32)
        return ops.div(tp[nearest], tp[nearest] + fn[nearest] + _EPSILON, name=name)

    return _rate_where(
        name, "sensitivity_at_specificity", (labels, predictions, weights, num_thresholds), rate,
        (metrics_collections, updates_collections),
    )  # fmt: skip


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the rate of true negatives where that of true positives is nearest to a number.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1.
      sensitivity: the wished rate of true positives, from 0 to 1.
      weights: numbers that broadcast to `labels`; 1 by default.
      num_thresholds: how many thresholds are tried; of several that are as near the highest counts.
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the variable scope.

    Returns:
      The rate, a float32 scalar, and the operation that adds the predictions.

    Raises:
      ValueError: `sensitivity` is not from 0 to 1, or shapes do not fit.
      InvalidArgumentError: (in the run) a prediction is not from 0 to 1.

    >>> import graphflow as tf
    >>> labels, predictions = [0, 0, 1, 1, 1], [0.1, 0.6, 0.4, 0.7, 0.9]
    >>> value, update = tf.metrics.specificity_at_sensitivity(labels, predictions, 1.0)
    >>> sess = tf.Session()
    >>> sess.run(tf.local_variables_initializer())
    >>> print(f"{sess.run(update):.4f}")
    0.5000
    """
    _check_rate("sensitivity", sensitivity)

    def rate(counts: Sequence[Any], name: str) -> Tensor:
        tp, fn, tn, fp = counts
        distances = ops.abs(ops.div(tp, tp + fn + _EPSILON) - sensitivity)
        is_nearest = ops.equal(distances, ops.reduce_min(distances))
        # Their running count is greatest from the last one on.
        last = ops.cast(ops.argmax(ops.cumsum(ops.cast(is_nearest, int64)), 0), int32)
        return ops.div(tn[last], tn[last] + fp[last] + _EPSILON, name=name)

    return _rate_where(
        name, "specificity_at_sensitivity", (labels, predictions, weights, num_thresholds), rate,
        (metrics_collections, updates_collections),
    )  # fmt: skip
