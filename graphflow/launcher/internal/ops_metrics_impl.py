"""`tensorflow.python.ops.metrics_impl`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import add_to_collections
from graphflow.core.dtypes import int32, int64
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.losses.weights import squeeze_weights
from graphflow.metrics.ranked import mean_average_precision
from graphflow.metrics.thresholds import counts_at_thresholds
from graphflow.metrics.variables import matched, metric_variable as _metric_variable

# The counts have short names there.
_KINDS = {
    "tp": "true_positives",
    "fn": "false_negatives",
    "tn": "true_negatives",
    "fp": "false_positives",
}


def metric_variable(
    shape: Any, dtype: Any, validate_shape: bool = True, name: str | None = None
) -> Any:
    """Return a local variable, at first zero, that a metric adds up in.

    Args:
      shape: its shape.
      dtype: its dtype.
      validate_shape: whether values of other shapes are refused.
      name: its name, by default "Variable".
    """
    return _metric_variable(shape, dtype, name, validate_shape)


def _remove_squeezable_dimensions(
    predictions: Any, labels: Any, weights: Any
) -> tuple[Tensor, Any, Any]:
    """Return the three without a last axis of size 1 that one has too many.

    Args:
      predictions: a tensor.
      labels: a tensor, or None.
      weights: a tensor, or None.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        return matched(predictions, labels, weights)
    return predictions, None, None if weights is None else squeeze_weights(weights, predictions)


def _safe_scalar_div(numerator: Any, denominator: Any, name: str) -> Tensor:
    """Return a quotient, 0 where the denominator is 0.

    Args:
      numerator: floats [...].
      denominator: floats of the same dtype.
      name: the operation's name.
    """
    return ops.div_no_nan(numerator, denominator, name=name)


def _safe_div(numerator: Any, denominator: Any, name: str) -> Tensor:
    """Return a quotient, 0 where the denominator is not positive.

    Args:
      numerator: numbers [...].
      denominator: numbers of the same shape and dtype.
      name: the operation's name.
    """
    quotient = ops.truediv(numerator, denominator)
    zero = ops.zeros_like(quotient)
    return ops.where(ops.greater(denominator, ops.zeros_like(denominator)), quotient, zero, name)


def _confusion_matrix_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    includes: Sequence[str] | None = None,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Count, at each threshold, right and wrong predictions.

    Args:
      labels: [...], read as bool.
      predictions: numbers [...] from 0 to 1.
      thresholds: n numbers.
      weights: numbers that broadcast to `labels`, or None.
      includes: which counts, of "tp", "fn", "tn" and "fp"; all by default.

    Returns:
      The counts, float32 [n], by these names, and the operations that add the predictions.

    Raises:
      ValueError: `includes` has other names.
    """
    chosen = tuple(_KINDS) if includes is None else tuple(includes)
    if unknown := [name for name in chosen if name not in _KINDS]:
        raise ValueError(f"includes may name {', '.join(_KINDS)}, not {unknown[0]!r}")
    kinds = [_KINDS[name] for name in chosen]
    values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, kinds)
    return dict(zip(chosen, values, strict=True)), dict(zip(chosen, updates, strict=True))


def _aggregate_variable(v: Any, collections: Any) -> Any:
    """Return a variable's value, added to collections.

    Args:
      v: the variable.
      collections: the collection, or collections; None for none.
    """
    return _aggregate_across_replicas(collections, lambda _, value: ops.identity(value), v)


def _aggregate_across_replicas(
    metrics_collections: Any, metric_value_fn: Callable[..., Any], *args: Any
) -> Any:
    """Return a metric's value, added to collections; there is one replica.

    Args:
      metrics_collections: the collection, or collections; None for none.
      metric_value_fn: called with None, for the distribution, and the arguments.
      *args: the metric's variables.
    """
    value = metric_value_fn(None, *args)
    if metrics_collections:
        add_to_collections(metrics_collections, value)
    return value


def _streaming_sparse_average_precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the mean of the average precision of the k best predictions.

    Args:
      labels: int64, dense or sparse, [..., number of labels], the true classes.
      predictions_idx: integers [..., k], the predicted classes, the best first.
      weights: a scalar, or numbers [...].
      metrics_collections: collections that the value is added to.
      updates_collections: collections that the update is added to.
      name: the operation's name.
    """
    collections = (metrics_collections, updates_collections)
    with name_scope(name, "average_precision", (labels, predictions_idx, weights)) as scope:
        ids = labels.values if isinstance(labels, SparseTensor) else labels
        most, predicted = (ops.reduce_max(ops.cast(x, int64)) for x in (ids, predictions_idx))
        classes = ops.cast(ops.maximum(most, predicted) + 1, int32)
        return mean_average_precision(labels, predictions_idx, classes, weights, collections, scope)
