"""Losses of predicted classes."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.losses.regression import check_given
from graphflow.losses.weighted import Reduction, compute_weighted_loss
from graphflow.losses.weights import drop_last_axis_of_weights, remove_squeezable_dimensions


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the loss `max(0, 1 - s·logits)`, where `s` is -1 for the label 0 and 1 for 1.

    Args:
      labels: zeros and ones [...].
      logits: numbers [...], positive for 1.
      weights: as for `tf.losses.compute_weighted_loss`.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      float32, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or logits are None.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.losses.hinge_loss([1.0, 0.0], [0.25, 1.5], reduction="none"))
    array([0.75, 2.5 ], dtype=float32)
    """
    check_given(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", (logits, labels, weights)) as scope:
        logits = ops.cast(logits, float32)
        labels = ops.cast(labels, float32)
        logits.shape.assert_is_compatible_with(labels.shape)
        ones = ops.ones_like(labels)
        signs = ops.subtract(2 * labels, ones)
        losses = ops.relu(ops.subtract(ones, ops.multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the cross entropy of independent classes.

    Args:
      multi_class_labels: numbers from 0 to 1, [batch, classes].
      logits: float [batch, classes].
      weights: as for `tf.losses.compute_weighted_loss`.
      label_smoothing: how far the labels are moved to 1/2, from 0 to 1.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      The dtype of `logits`, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or logits are None.

    >>> import graphflow as tf
    >>> loss = tf.losses.sigmoid_cross_entropy([[1.0, 0.0]], [[2.0, -3.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.0878
    """
    check_given(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(
        scope, "sigmoid_cross_entropy_loss", (logits, multi_class_labels, weights)
    ) as scope:
        logits = convert_to_tensor(logits)
        labels = ops.cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = ops.sigmoid_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the cross entropy of classes that exclude each other.

    No gradient flows into the labels.

    Args:
      onehot_labels: numbers [batch, classes], 1 for the true class.
      logits: float [batch, classes].
      weights: a scalar, or [batch].
      label_smoothing: how far the labels are moved to the uniform distribution, from 0 to 1.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      The dtype of `logits`, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or logits are None.

    >>> import graphflow as tf
    >>> loss = tf.losses.softmax_cross_entropy([[1, 0, 0]], [[2.0, 1.0, -1.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.3490
    """
    check_given(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", (logits, onehot_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = ops.cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            num_classes = ops.cast(ops.shape(labels)[-1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / num_classes
        labels = ops.stop_gradient(labels, name="labels_stop_gradient")
        losses = ops.softmax_cross_entropy_with_logits_v2(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Return the cross entropy of classes that exclude each other, given the true class's number.

    Args:
      labels: integer [batch, ...] or [batch, ..., 1], the true classes.
      logits: float [batch, ..., classes].
      weights: a scalar, [batch, ...] or [batch, ..., 1].
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      The dtype of `logits`, a scalar unless `reduction` keeps the shape.

    Raises:
      ValueError: shapes do not fit, or labels or logits are None.

    >>> import graphflow as tf
    >>> loss = tf.losses.sparse_softmax_cross_entropy([0], [[2.0, 1.0, -1.0]])
    >>> print(f"{tf.Session().run(loss):.4f}")
    0.3490
    """
    check_given(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as scope:
        labels, logits = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
        weights = drop_last_axis_of_weights(weights, labels)
        losses = ops.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)
