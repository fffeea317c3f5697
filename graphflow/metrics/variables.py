"""What all metrics share: their variables, and the collections of values and updates."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import add_to_collections
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.losses.weights import remove_squeezable_dimensions, squeeze_weights
from graphflow.variables.base import Variable, VariableAggregation, VariableSynchronization


def metric_variable(shape: Any, dtype: Any, name: str | None, validate_shape: bool = True) -> Any:
    """Return a local variable, at first zero, that a metric adds up in.

    Args:
      shape: its shape.
      dtype: its dtype.
      name: its name, by default "Variable".
      validate_shape: whether values of other shapes are refused.
    """
    return Variable(
        lambda: ops.zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        name=name,
        synchronization=VariableSynchronization.ON_READ,
        aggregation=VariableAggregation.SUM,
    )


def collected(
    value: Any, update: Any, metrics_collections: Any, updates_collections: Any
) -> tuple[Any, Any]:
    """Add a value and its update to collections, and return both.

    Args:
      value: the value.
      update: what updates it.
      metrics_collections: the collection, or collections, for the value; None for none.
      updates_collections: the same for the update.
    """
    if metrics_collections:
        add_to_collections(metrics_collections, value)
    if updates_collections:
        add_to_collections(updates_collections, update)
    return value, update


def matched(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Tensor, Any]:
    """Return predictions, labels and weights, without a last axis of size 1 that one has too many.

    Args:
      predictions: numbers.
      labels: numbers.
      weights: numbers, or None.

    Raises:
      ValueError: the shapes of predictions and labels do not fit.
    """
    labels, predictions = remove_squeezable_dimensions(labels, predictions)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return predictions, labels, None if weights is None else squeeze_weights(weights, predictions)


def same_dtype(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    """Return predictions and labels as tensors, predictions in the dtype of labels.

    Args:
      predictions: numbers.
      labels: numbers.
    """
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    return ops.cast(predictions, labels.dtype), labels
