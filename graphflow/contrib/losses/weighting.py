"""Weighted means of losses."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.losses import collected


def compute_weighted_loss(losses: Any, weights: Any = 1.0) -> Tensor:
    """Return the weighted sum of losses, divided by the number of those with a weight.

    Args:
      losses: a tensor [batch, ...].
      weights: a scalar, or a tensor whose shape is the beginning of that of `losses`.

    Returns:
      A scalar, also added to the collection `GraphKeys.LOSSES`.

    Raises:
      ValueError: a rank is not known.

    >>> import graphflow as tf
    >>> loss = tf.contrib.losses.compute_weighted_loss([[1.0, 3.0], [7.0, 9.0]], [2.0, 0.0])
    >>> print(tf.Session().run(loss))
    4.0
    """
    losses = convert_to_tensor(losses)
    dtype = losses.dtype.base_dtype
    losses = ops.cast(losses, "float32")
    weights = fitted_weights(losses, weights)
    total = ops.reduce_sum(losses * weights)
    count = ops.reduce_sum(present(losses, weights))
    loss: Tensor = ops.cast(ops.div_no_nan(total, count, name="value"), dtype)
    add_loss(loss)
    return loss


def fitted_weights(losses: Tensor, weights: Any) -> Tensor:
    """Return weights as float32 with as many axes as losses have; a final axis of 1 is left out.

    Args:
      losses: the losses.
      weights: the weights.

    Raises:
      ValueError: a rank is not known, or weights have more axes.
    """
    weights = ops.cast(weights, "float32")
    rank, given = losses.shape.ndims, weights.shape.ndims
    if rank is None or given is None:
        raise ValueError(
            f"the ranks of losses and weights must be known, their shapes are {losses.shape} and "
            f"{weights.shape}{at_user_line()}"
        )
    if given > 1 and weights.shape.as_list()[-1] in (1, None) and given > rank - 1:
        weights = ops.squeeze(weights, [-1])
        given -= 1
    if given > rank:
        raise ValueError(
            f"weights of shape {weights.shape} have more axes than losses of shape {losses.shape}"
            f"{at_user_line()}"
        )
    for _ in range(rank - given):
        weights = ops.expand_dims(weights, -1)
    fitted: Tensor = weights
    return fitted


def present(losses: Tensor, weights: Tensor) -> Tensor:
    """Return for each loss 1 if its weight is not zero, else 0.

    Args:
      losses: the losses.
      weights: weights that broadcast with them.
    """
    is_present = ops.cast(ops.not_equal(weights, 0.0), "float32")
    return ops.multiply(is_present, ops.ones_like(losses))


add_loss = add_arg_scope(collected.add_loss)
