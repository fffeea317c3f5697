"""Measures of the classification of one batch."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Tensor:
    """Return the share of predictions that are right.

    Args:
      predictions: the predicted classes: integers, strings or booleans.
      labels: the right classes, like `predictions`.
      weights: None, or weights that broadcast with them.
      name: name scope of the operations, "accuracy" by default.

    Returns:
      A float32 scalar.

    Raises:
      ValueError: dtypes differ, or the labels are no classes.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.contrib.metrics.accuracy([1, 2, 0, 1], [1, 0, 0, 1])))
    0.75
    """
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    dtype = labels.dtype.base_dtype
    if not (dtype.is_integer or dtype.name in ("bool", "string")):
        raise ValueError(
            f"labels must be integers, strings or booleans, not {dtype.name}{at_user_line()}"
        )
    if not dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            f"labels are {dtype.name} and predictions {predictions.dtype.name}: they must be of "
            f"one dtype{at_user_line()}"
        )
    with name_scope(name, "accuracy", [predictions, labels]):
        is_correct: Any = ops.cast(ops.equal(predictions, labels), "float32")
        if weights is None:
            return ops.reduce_mean(is_correct)
        correct = is_correct * weights
        total = weights * ops.ones_like(correct)
        share: Tensor = ops.divide(ops.reduce_sum(correct), ops.reduce_sum(total))
        return share
