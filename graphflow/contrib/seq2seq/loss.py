"""The loss of sequences."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope

_RANKS = {
    "logits": (3, "[batch, time, classes]"),
    "targets": (2, "[batch, time]"),
    "weights": (2, "[batch, time]"),
}


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross entropy of sequences.

    To average is to divide the sum along an axis by the sum of the weights; to sum is to divide it
    by the number of weights that are not zero.  What would be divided by zero is zero.  An axis for
    which neither is asked stays.  To average along one axis and to sum along the other would depend
    on the order, and is refused.

    Args:
      logits: floating [batch, time, classes].
      targets: int32 or int64 [batch, time], the true classes.
      weights: floating [batch, time], what each prediction counts; 0 for padding.
      average_across_timesteps: whether to average along the time.
      average_across_batch: whether to average along the batch.
      sum_over_timesteps: whether to sum along the time.
      sum_over_batch: whether to sum along the batch.
      softmax_loss_function: called as `f(labels=..., logits=...)` with flattened tensors, returns
        the loss of each; by default the sparse softmax cross entropy.
      name: the name scope of the operations.

    Returns:
      Floating, a scalar, or [batch], [time] or [batch, time] for the axes that stay.

    Raises:
      ValueError: ranks do not fit, or the loss is to be averaged and summed.

    >>> import graphflow as tf
    >>> logits = tf.constant([[[0.0, 0.0], [0.0, 1.0], [5.0, 7.0]]])
    >>> loss = tf.contrib.seq2seq.sequence_loss(logits, [[0, 1, 0]], [[1.0, 1.0, 0.0]])
    >>> print(tf.Session().run(loss))  # the mean of log(2) and log(1 + exp(-1))
    0.503204...
    """
    given = {"logits": logits, "targets": targets, "weights": weights}
    tensors = {key: convert_to_tensor(value, name=key) for key, value in given.items()}
    for key, (rank, form) in _RANKS.items():
        if tensors[key].shape.rank != rank:
            shape = tensors[key].shape
            raise ValueError(f"{key} must be {form}, they have shape {shape}{at_user_line()}")
    averages = {"timesteps": average_across_timesteps, "batch": average_across_batch}
    totals = {"timesteps": sum_over_timesteps, "batch": sum_over_batch}
    for one, other in itertools.product(averages, totals):
        if averages[one] and totals[other]:
            raise ValueError(
                f"average_across_{one} and sum_over_{other} exclude each other: set one of them to "
                f"False{at_user_line()}"
            )
    logits, targets, weights = tensors.values()
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        losses = _weighted_losses(logits, targets, weights, softmax_loss_function)
        if average_across_timesteps and average_across_batch:
            return _quotient(losses, weights, None, count=False)
        if sum_over_timesteps and sum_over_batch:
            return _quotient(losses, weights, None, count=True)
        losses = ops.reshape(losses, ops.shape(logits)[:2])
        if average_across_timesteps or average_across_batch:
            return _quotient(losses, weights, 0 if average_across_batch else 1, count=False)
        if sum_over_timesteps or sum_over_batch:
            return _quotient(losses, weights, 0 if sum_over_batch else 1, count=True)
        return losses


def _weighted_losses(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    softmax_loss_function: Callable[..., Any] | None,
) -> Tensor:
    """The losses times the weights, in one vector."""
    flat_logits = ops.reshape(logits, [-1, ops.shape(logits)[2]])
    flat_targets = ops.reshape(targets, [-1])
    loss = softmax_loss_function or ops.sparse_softmax_cross_entropy_with_logits
    return ops.multiply(loss(labels=flat_targets, logits=flat_logits), ops.reshape(weights, [-1]))


def _quotient(losses: Tensor, weights: Tensor, axis: int | None, count: bool) -> Tensor:
    """The sum of losses, divided by the sum or the number of weights."""
    total = ops.reduce_sum(losses, axis=axis)
    if count:
        size = ops.cast(ops.count_nonzero(weights, axis=axis), losses.dtype)
    else:
        size = ops.reduce_sum(weights, axis=axis)
    return ops.div_no_nan(total, size)
