"""The losses that a graph collects, and their sum."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import add_to_collection, get_collection
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys


def add_loss(loss: Tensor, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Add a loss to a collection.

    Args:
      loss: a tensor.
      loss_collection: the collection; None for none.

    >>> import graphflow as tf
    >>> tf.losses.add_loss(tf.constant(1.5, name="own"))
    >>> [loss.name for loss in tf.losses.get_losses()]
    ['own:0']
    """
    if loss_collection:
        add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """Return the losses of a collection.

    Args:
      scope: only those whose names match this regular expression at their beginning.
      loss_collection: the collection.

    >>> import graphflow as tf
    >>> loss = tf.losses.mean_squared_error([1.0, 4.0], [2.0, 4.5], scope="fit")
    >>> tf.losses.get_losses("fit") == [loss], tf.losses.get_losses("other")
    (True, [])
    """
    return get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """Return the losses that regularizers added.

    Args:
      scope: only those whose names match this regular expression at their beginning.

    >>> import graphflow as tf
    >>> w = tf.get_variable("w", [2], regularizer=tf.nn.l2_loss)
    >>> [loss.name for loss in tf.losses.get_regularization_losses()]
    ['w/Regularizer/L2Loss:0']
    """
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """Return the sum of the losses that regularizers added.

    Args:
      scope: only those whose names match this regular expression at their beginning.
      name: the name of the sum.

    Returns:
      A scalar; zero if there are none.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.losses.get_regularization_loss()))
    0.0
    """
    losses = get_regularization_losses(scope)
    return ops.add_n(losses, name=name) if losses else ops.constant(0.0)


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """Return the sum of all collected losses.

    Args:
      add_regularization_losses: whether those of regularizers count.
      name: the name of the sum.
      scope: only losses whose names match this regular expression at their beginning.

    Returns:
      A scalar.

    Raises:
      ValueError: there are no losses.

    >>> import graphflow as tf
    >>> loss = tf.losses.absolute_difference([1.0, 4.0], [2.0, 7.0])
    >>> other = tf.losses.absolute_difference(3.0, 2.5)
    >>> print(tf.Session().run(tf.losses.get_total_loss()))
    2.5
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return ops.add_n(losses, name=name)
