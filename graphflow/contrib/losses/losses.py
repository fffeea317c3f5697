"""Losses of predictions or logits."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.losses.weighting import (
    add_loss,
    compute_weighted_loss,
    fitted_weights,
    present,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of `|predictions - labels|`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      weights: as for `compute_weighted_loss`.
      scope: name scope of the operations, "absolute_difference" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.
    """
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]):
        predictions, labels = _as_floats(predictions, labels)
        return compute_weighted_loss(ops.abs(predictions - labels), weights)


def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of `(predictions - labels) ** 2`.

    Args:
      predictions: the predictions.
      labels: what they should be, of the same shape.
      weights: as for `compute_weighted_loss`.
      scope: name scope of the operations, "mean_squared_error" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.contrib.losses.mean_squared_error([[1.0], [5.0]], [[3.0], [2.0]], [1.0, 4.0])
    >>> print(tf.Session().run(loss))
    20.0
    """
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]):
        predictions, labels = _as_floats(predictions, labels)
        return compute_weighted_loss(ops.squared_difference(predictions, labels), weights)


def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the negative log likelihood of labels of 0 and 1.

    Args:
      predictions: probabilities.
      labels: 0 or 1, of the same shape.
      weights: as for `compute_weighted_loss`.
      epsilon: added to the probabilities, so that their logarithm is finite.
      scope: name scope of the operations, "log_loss" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.
    """
    with name_scope(scope, "log_loss", [predictions, labels, weights]):
        predictions, labels = _as_floats(predictions, labels)
        hit = labels * ops.log(predictions + epsilon)
        miss = (1 - labels) * ops.log(1 - predictions + epsilon)
        return compute_weighted_loss(-hit - miss, weights)


def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Tensor:
    """Return `max(0, 1 - sign * logits)` for each logit, with sign -1 for label 0 and 1 for 1.

    Args:
      logits: the logits.
      labels: 0 or 1, of the same shape.
      scope: name scope of the operations, "hinge_loss" by default.

    Returns:
      A tensor like `logits`: the losses, which enter no collection.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.contrib.losses.hinge_loss([0.5, 3.0, -2.0], [1, 0, 0])))
    [0.5 4.  0. ]
    """
    with name_scope(scope, "hinge_loss", [logits, labels]):
        logits, labels = _as_floats(logits, labels)
        return ops.relu(1 - (2 * labels - 1) * logits)


def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """Return the weighted mean of 1 minus the scalar products of unit vectors.

    Args:
      predictions: unit vectors along `axis`.
      labels: unit vectors along `axis`, of the same shape.
      axis: the axis.
      weights: as for `compute_weighted_loss`.
      scope: name scope of the operations, "cosine_distance" by default.
      dim: old name of `axis`.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ, or there is no axis.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("cosine_distance needs an axis")
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]):
        predictions, labels = _as_floats(predictions, labels)
        products = ops.reduce_sum(predictions * labels, [axis])
        return compute_weighted_loss(1 - products, weights)


def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return how much differences within an example differ from those of its labels.

    For each example it is twice the variance of `predictions - labels` over all elements.

    Args:
      predictions: [batch, ...].
      labels: what they should be, of the same shape.
      weights: a scalar, or weights of examples or elements.
      scope: name scope of the operations, "mean_pairwise_squared_error" by default.

    Returns:
      The sum over the examples, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.contrib.losses.mean_pairwise_squared_error([[4.0, 5.0]], [[1.0, 6.0]])
    >>> print(tf.Session().run(loss))
    8.0
    """
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        predictions, labels = _as_floats(predictions, labels)
        differences: Any = ops.cast(predictions - labels, "float32")
        weights = fitted_weights(differences, weights)
        axes = list(range(1, differences.shape.ndims))
        count = ops.reduce_sum(present(differences, weights), axes)
        squares = ops.reduce_sum(ops.square(differences), axes)
        squared_sum = ops.square(ops.reduce_sum(differences, axes))
        terms: Any = 2.0 * ops.div_no_nan(squares, count, name="value")
        terms -= 2.0 * ops.div_no_nan(squared_sum, ops.square(count), name="value")
        # Weights of elements multiply the loss of their example, each on its own.
        loss: Tensor = ops.reduce_sum(terms * ops.reduce_sum(weights, axes), name="value")
        add_loss(loss)
        return loss


def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the cross entropies of independent classes.

    Args:
      logits: [batch, classes].
      multi_class_labels: probabilities, of the same shape.
      weights: as for `compute_weighted_loss`.
      label_smoothing: by how much labels are moved towards 1/2.
      scope: name scope of the operations, "sigmoid_cross_entropy_loss" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.
    """
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]):
        logits = convert_to_tensor(logits)
        labels: Any = ops.cast(multi_class_labels, logits.dtype.base_dtype)
        _check_shapes(logits, labels)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = ops.sigmoid_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights)


def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Return the weighted mean of the cross entropies of classes of which one is right.

    Args:
      logits: [batch, classes].
      onehot_labels: probabilities, of the same shape.
      weights: a scalar, or [batch].
      label_smoothing: by how much labels are moved towards 1 / classes.
      scope: name scope of the operations, "softmax_cross_entropy_loss" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> loss = tf.contrib.losses.softmax_cross_entropy([[3.0, 3.0]], [[0, 1]])
    >>> print(tf.Session().run(loss))
    0.6931472
    """
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]):
        logits = convert_to_tensor(logits)
        labels: Any = ops.cast(onehot_labels, logits.dtype.base_dtype)
        _check_shapes(logits, labels)
        if label_smoothing > 0:
            classes = ops.cast(ops.shape(labels)[1], logits.dtype.base_dtype)
            labels = labels * (1 - label_smoothing) + label_smoothing / classes
        losses = ops.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights)


def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """Return the weighted mean of the cross entropies of classes given by number.

    Args:
      logits: [batch, classes].
      labels: int [batch] or [batch, 1].
      weights: a scalar, [batch] or [batch, 1].
      scope: name scope of the operations, "sparse_softmax_cross_entropy_loss" by default.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.
    """
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]):
        labels = convert_to_tensor(labels)
        if labels.shape.ndims == 2:
            labels = ops.squeeze(labels, [1])
        labels = ops.reshape(labels, [-1])
        losses = ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights)


def _as_floats(predictions: Any, labels: Any) -> tuple[Any, Any]:
    """Predictions and labels as float32, of one shape."""
    if labels is None:
        raise ValueError(f"the loss needs labels{at_user_line()}")
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    _check_shapes(predictions, labels)
    return ops.cast(predictions, "float32"), ops.cast(labels, "float32")


def _check_shapes(predictions: Tensor, labels: Tensor) -> None:
    if not predictions.shape.is_compatible_with(labels.shape):
        raise ValueError(
            f"predictions of shape {predictions.shape} and labels of shape {labels.shape} must be "
            f"of one shape{at_user_line()}"
        )
