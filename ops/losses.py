"""Losses of `tf.nn` that are made of other ops, and how they are averaged."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32 as _float32, int64 as _int64
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = [
    "compute_average_loss",
    "log_poisson_loss",
    "scale_regularization_loss",
    "zero_fraction",
]


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """Return how unlikely counts are if they are of Poisson distributions.

    The loss is `exp(log_input) - log_input * targets`, which leaves out a term that does not depend
    on the prediction; the full loss adds Stirling's approximation of that term, `log(targets!)`,
    for targets above 1.

    Args:
      targets: floating tensor, the counts.
      log_input: the logarithms of the predicted means, of the dtype and shape of `targets`.
      compute_full_loss: whether to add the approximation.
      name: name scope of the operations.

    Returns:
      The loss of each element, a tensor like `log_input`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.log_poisson_loss([2.0, 5.0], [0.0, 1.0]))
    array([ 1.      , -2.281718], dtype=float32)
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        if not targets.shape.is_compatible_with(log_input.shape):
            raise ValueError(
                f"targets and log_input must have the same shape: {targets.shape} and"
                f" {log_input.shape}"
            )
        loss: Any = ops.exp(log_input) - log_input * targets
        return loss + _log_factorial(targets) if compute_full_loss else loss  # type: ignore[no-any-return]


def _log_factorial(targets: Any) -> Tensor:
    """Stirling's approximation above 1, and 0 from 0 to 1."""
    half = ops.constant(0.5, dtype=targets.dtype)
    two_pi = ops.constant(2 * math.pi, dtype=targets.dtype)
    approximation = targets * ops.log(targets) - targets + half * ops.log(two_pi * targets)
    zeros = ops.zeros_like(targets)
    small = ops.logical_and(targets >= zeros, targets <= ops.ones_like(targets))
    return ops.where(small, zeros, approximation)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Return how much of a tensor is zero.

    Args:
      value: numeric tensor.
      name: name scope of the operations.

    Returns:
      A float32 scalar from 0 to 1; NaN for an empty tensor.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.nn.zero_fraction([0.0, 3.0, 0.0, -1.0, 0.0])))
    0.6
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        size: Any = ops.size(value, out_type=_int64)
        # TensorFlow counts in 32 bits if it can, by a conditional: here that gains nothing.
        nonzero = ops.count_nonzero(value, dtype=_int64)
        with name_scope("counts_to_fraction"):
            zeros: Any = ops.cast(size - nonzero, _float32)
            fraction: Tensor = zeros / ops.cast(size, _float32)
        result = ops.identity(fraction, "fraction")
        result.set_shape([])
        return result


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """Return the sum of the examples' losses, divided by the size of the batch.

    Args:
      per_example_loss: floating tensor [batch, ...].
      sample_weight: weights of the examples, broadcast with the losses; a last axis that only one
        of the two has counts as 1. Losses are weighted in float32.
      global_batch_size: what to divide by, an integer scalar; the size of the first axis by
        default, for this process is the only replica.

    Returns:
      A scalar of the dtype of the losses.

    Raises:
      ValueError: the losses are a scalar, or `global_batch_size` is none.
      TypeError: `global_batch_size` is no integer.

    >>> import graphflow as tf
    >>> loss = tf.nn.compute_average_loss([3.0, 5.0], sample_weight=[1.0, 0.2], global_batch_size=4)
    >>> print(tf.Session().run(loss))
    1.0
    """
    losses = convert_to_tensor(per_example_loss)
    dtype = losses.dtype.base_dtype
    if losses.shape.rank == 0:
        raise ValueError(f"per_example_loss has no axis of examples, it is a scalar: {losses!r}")
    if sample_weight is not None:
        losses = ops.cast(_weighted(losses, convert_to_tensor(sample_weight)), dtype)
    if global_batch_size is None:
        count = ops.shape(losses)[0]
    else:
        count = convert_to_tensor(global_batch_size)
    if not count.dtype.is_integer:
        raise TypeError(f"global_batch_size must be an integer, it is {count.dtype.name}")
    if count.shape.rank not in (None, 0):
        raise ValueError(f"global_batch_size must be a scalar, it has shape {count.shape}")
    return ops.realdiv(ops.reduce_sum(losses), ops.cast(count, dtype), name="truediv")


def _weighted(losses: Tensor, weights: Tensor) -> Tensor:
    rank, weights_rank = losses.shape.rank, weights.shape.rank
    if rank is not None and weights_rank:
        if weights_rank - rank == 1:
            weights = ops.squeeze(weights, [-1])
        elif rank - weights_rank == 1:
            weights = ops.expand_dims(weights, -1)
    return ops.multiply(ops.cast(losses, _float32), ops.cast(weights, _float32))


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """Return the sum of regularisation losses, divided by the number of replicas, which is 1.

    Args:
      regularization_loss: numeric tensor.

    Returns:
      A scalar; a floating one also for integers.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.nn.scale_regularization_loss([0.5, 0.25])))
    0.75
    """
    total: Any = ops.reduce_sum(regularization_loss)
    return total / 1  # type: ignore[no-any-return]
