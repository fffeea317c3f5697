"""The heads of `tf.contrib.estimator`: functions with an order of arguments of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphflow.estimator.class_heads import BinaryClassHead, MultiClassHead, MultiLabelHead
from graphflow.estimator.heads import Head
from graphflow.estimator.multi_head import MultiHead
from graphflow.estimator.regression_heads import (
    LogisticRegressionHead,
    PoissonRegressionHead,
    RegressionHead,
)
from graphflow.losses.weighted import Reduction

_MEAN = Reduction.SUM_OVER_BATCH_SIZE


def binary_classification_head(
    weight_column: Any = None,
    thresholds: Sequence[float] | None = None,
    label_vocabulary: Sequence[str] | None = None,
    loss_reduction: str = _MEAN,
    loss_fn: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Head:
    """Return a head of two classes, see `tf.estimator.BinaryClassHead`.

    Args:
      weight_column: see there.
      thresholds: see there.
      label_vocabulary: see there.
      loss_reduction: see there.
      loss_fn: see there.
      name: see there.

    >>> binary_classification_head(name="spam").logits_dimension
    1
    """
    head = BinaryClassHead(
        weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
    )
    return head.with_trapezoids()


def multi_class_head(
    n_classes: int,
    weight_column: Any = None,
    label_vocabulary: Sequence[str] | None = None,
    loss_reduction: str = _MEAN,
    loss_fn: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Head:
    """Return a head of three or more classes, see `tf.estimator.MultiClassHead`.

    Args:
      n_classes: see there.
      weight_column: see there.
      label_vocabulary: see there.
      loss_reduction: see there.
      loss_fn: see there.
      name: see there.
    """
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name)


def multi_label_head(
    n_classes: int,
    weight_column: Any = None,
    thresholds: Sequence[float] | None = None,
    label_vocabulary: Sequence[str] | None = None,
    loss_reduction: str = _MEAN,
    loss_fn: Callable[..., Any] | None = None,
    classes_for_class_based_metrics: Sequence[Any] | None = None,
    name: str | None = None,
) -> Head:
    """Return a head of any number of classes at once, see `tf.estimator.MultiLabelHead`.

    Args:
      n_classes: see there.
      weight_column: see there.
      thresholds: see there.
      label_vocabulary: see there.
      loss_reduction: see there.
      loss_fn: see there.
      classes_for_class_based_metrics: see there.
      name: see there.
    """
    head = MultiLabelHead(
        n_classes, weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn,
        classes_for_class_based_metrics, name,
    )  # fmt: skip
    return head.with_trapezoids()


def regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = _MEAN,
    loss_fn: Callable[..., Any] | None = None,
    inverse_link_fn: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Head:
    """Return a head of numbers, see `tf.estimator.RegressionHead`.

    Args:
      weight_column: see there.
      label_dimension: see there.
      loss_reduction: see there.
      loss_fn: see there.
      inverse_link_fn: see there.
      name: see there.
    """
    return RegressionHead(
        label_dimension, weight_column, loss_reduction, loss_fn, inverse_link_fn, name
    )


def poisson_regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = _MEAN,
    compute_full_loss: bool = True,
    name: str | None = None,
) -> Head:
    """Return a head of counts, see `tf.estimator.PoissonRegressionHead`.

    Args:
      weight_column: see there.
      label_dimension: see there.
      loss_reduction: see there.
      compute_full_loss: see there.
      name: see there.
    """
    return PoissonRegressionHead(
        label_dimension, weight_column, loss_reduction, compute_full_loss, name
    )


def logistic_regression_head(
    weight_column: Any = None, loss_reduction: str = _MEAN, name: str | None = None
) -> Head:
    """Return a head of rates, see `tf.estimator.LogisticRegressionHead`.

    Args:
      weight_column: see there.
      loss_reduction: see there.
      name: see there.
    """
    return LogisticRegressionHead(weight_column, loss_reduction, name)


def multi_head(heads: Sequence[Head], head_weights: Sequence[float] | None = None) -> Head:
    """Return a head that is made of several, see `tf.estimator.MultiHead`.

    Args:
      heads: see there.
      head_weights: see there.
    """
    return MultiHead(heads, head_weights)
