"""The losses of `tf.contrib.legacy_seq2seq`, over lists of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope


def sequence_loss_by_example(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross entropy of each sequence of a batch.

    Args:
      logits: for each step, floating [batch, classes].
      targets: for each step, int32 or int64 [batch], the true classes.
      weights: for each step, floating [batch], what the predictions count.
      average_across_timesteps: whether to divide by the sum of the weights of each sequence.
      softmax_loss_function: called as `f(labels=..., logits=...)`, returns the losses [batch] of a
        step; by default the sparse softmax cross entropy.
      name: the name scope of the operations.

    Returns:
      Floating [batch].

    Raises:
      ValueError: the lists are of different lengths.

    >>> import graphflow as tf
    >>> logits = [tf.constant([[0.0, 0.0]]), tf.constant([[0.0, 1.0]])]
    >>> targets, weights = [[0], [1]], [[1.0], [0.5]]
    >>> print(tf.Session().run(
    ...     tf.contrib.legacy_seq2seq.sequence_loss_by_example(logits, targets, weights)
    ... ))  # (log(2) + log(1 + exp(-1)) / 2) / 1.5
    [0.56652...]
    """
    if not len(targets) == len(logits) == len(weights):
        raise ValueError(
            "there must be one target and weight for each step: there are "
            f"{len(logits)} logits, {len(targets)} targets, {len(weights)} weights{at_user_line()}"
        )
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        loss = softmax_loss_function or _sparse_loss
        losses = [
            ops.multiply(loss(labels=target, logits=logit), weight)
            for logit, target, weight in zip(logits, targets, weights, strict=True)
        ]
        total = ops.add_n(losses)
        if not average_across_timesteps:
            return total
        # The little bit keeps sequences finite that have no weight at all.
        size: Any = ops.add_n([convert_to_tensor(weight) for weight in weights])
        return ops.realdiv(total, size + 1e-12, name="truediv")


def _sparse_loss(labels: Any, logits: Any) -> Tensor:
    return ops.sparse_softmax_cross_entropy_with_logits(
        labels=ops.reshape(labels, [-1]), logits=logits
    )


def sequence_loss(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the weighted cross entropy of a batch of sequences.

    Args:
      logits: for each step, floating [batch, classes].
      targets: for each step, int32 or int64 [batch], the true classes.
      weights: for each step, floating [batch], what the predictions count.
      average_across_timesteps: whether to divide by the sum of the weights of each sequence.
      average_across_batch: whether to divide by the size of the batch.
      softmax_loss_function: called as `f(labels=..., logits=...)`, returns the losses [batch] of a
        step; by default the sparse softmax cross entropy.
      name: the name scope of the operations.

    Returns:
      Floating, a scalar.

    Raises:
      ValueError: the lists are of different lengths.

    >>> import graphflow as tf
    >>> logits = [tf.constant([[0.0, 0.0], [0.0, 1.0]])]
    >>> loss = tf.contrib.legacy_seq2seq.sequence_loss(logits, [[0, 1]], [[1.0, 1.0]])
    >>> print(tf.Session().run(loss))  # the mean of log(2) and log(1 + exp(-1))
    0.503204...
    """
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = ops.reduce_sum(
            sequence_loss_by_example(
                logits,
                targets,
                weights,
                average_across_timesteps=average_across_timesteps,
                softmax_loss_function=softmax_loss_function,
            )
        )
        if not average_across_batch:
            return cost
        batch_size = ops.shape(targets[0])[0]
        return ops.realdiv(cost, ops.cast(batch_size, cost.dtype), name="truediv")
