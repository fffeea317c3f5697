"""How a loss for each element becomes one number: weights and reductions."""

from __future__ import annotations

from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.losses.collected import add_loss
from graphflow.losses.weights import assert_broadcastable, broadcast_weights


class Reduction:
    """The ways to reduce weighted losses.

    `NONE` keeps them; `SUM` adds them; the others divide the sum: `MEAN` by the sum of the weights,
    `SUM_OVER_BATCH_SIZE` by the number of losses, `SUM_BY_NONZERO_WEIGHTS` (also called
    `SUM_OVER_NONZERO_WEIGHTS`) by the number of losses whose weight is not zero.

    >>> import graphflow as tf
    >>> tf.losses.Reduction.MEAN
    'weighted_mean'
    """

    NONE: ClassVar[str] = "none"
    SUM: ClassVar[str] = "weighted_sum"
    SUM_OVER_BATCH_SIZE: ClassVar[str] = "weighted_sum_over_batch_size"
    MEAN: ClassVar[str] = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS: ClassVar[str] = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS: ClassVar[str] = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Return all reductions.

        >>> import graphflow as tf
        >>> "none" in tf.losses.Reduction.all()
        True
        """
        return (
            cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )  # fmt: skip

    @classmethod
    def validate(cls, key: str) -> None:
        """Check that there is such a reduction.

        Args:
          key: its name.

        Raises:
          ValueError: there is none.
        """
        if key not in cls.all():
            known = ", ".join(sorted(set(cls.all())))
            raise ValueError(f"Invalid Reduction Key {key!r}: give one of {known}{at_user_line()}")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Weigh losses, reduce them to one, and collect it.

    Args:
      losses: numbers [...].
      weights: a scalar, or numbers of the rank of `losses` with the same sizes or 1.
      scope: the name scope.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `tf.losses.Reduction`.

    Returns:
      A scalar of the dtype of `losses`; with `Reduction.NONE` a tensor of their shape.

    Raises:
      ValueError: the weights do not fit, or there is no such reduction.

    >>> import graphflow as tf
    >>> losses = tf.constant([[1.0, 4.0], [2.5, 8.0]])
    >>> print(tf.Session().run(tf.losses.compute_weighted_loss(losses, [[3.0], [0.0]])))
    7.5
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", (losses, weights)):
        with control_dependencies([assert_broadcastable(weights, losses)]):
            losses = convert_to_tensor(losses)
            dtype = losses.dtype
            losses = ops.cast(losses, float32)
            weights = ops.cast(weights, float32)
            weighted = ops.multiply(losses, weights)
            loss = ops.cast(_reduced(weighted, weights, reduction), dtype)
        add_loss(loss, loss_collection)
        return loss


def _reduced(losses: Tensor, weights: Tensor, reduction: str) -> Tensor:
    if reduction == Reduction.NONE:
        return losses
    total = ops.reduce_sum(losses)
    if reduction == Reduction.SUM:
        return total
    if reduction == Reduction.MEAN:
        return safe_mean(total, ops.reduce_sum(ops.ones_like(losses) * weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return safe_mean(total, _count(losses))
    return safe_mean(total, num_present(losses, weights))


def safe_mean(losses: Tensor, count: Tensor) -> Tensor:
    """Return the sum of losses divided by a count, zero if the count is.

    Args:
      losses: float [...].
      count: a float scalar.
    """
    return ops.div_no_nan(ops.reduce_sum(losses), count, name="value")


def _count(losses: Tensor) -> Tensor:
    with name_scope(None, "num_elements", values=[losses]) as scope:
        return ops.cast(ops.size(losses, name=scope), losses.dtype)


def num_present(losses: Tensor, weights: Any, per_batch: bool = False) -> Tensor:
    """Count the losses whose weight is not zero.

    Args:
      losses: float [batch, ...].
      weights: float, as for a loss.
      per_batch: whether to count for each item of the batch.

    Returns:
      float32: a scalar, or [batch, 1, ...].

    >>> import graphflow as tf
    >>> print(tf.Session().run(num_present(tf.zeros([2, 3]), [[0.0], [2.0]])))
    3.0
    """
    with name_scope(None, "num_present", (losses, weights)) as scope:
        weights = ops.cast(weights, float32)
        present = ops.where(
            ops.equal(weights, 0.0), ops.zeros_like(weights), ops.ones_like(weights)
        )
        present = broadcast_weights(present, losses)
        if not per_batch:
            return ops.reduce_sum(present, name=scope)
        axes = ops.range(1, ops.rank(present))
        return ops.reduce_sum(present, axis=axes, keepdims=True, name=scope)
