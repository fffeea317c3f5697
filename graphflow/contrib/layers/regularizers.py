"""Regularizers: functions of weights whose value is added to the loss."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope

Regularizer: TypeAlias = Callable[..., Tensor | None]


def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """Return a function that is `scale` times the sum of the absolute values of weights.

    Args:
      scale: a floating number; 0.0 for no regularization.
      scope: name scope of the operations, "l1_regularizer" by default.

    Returns:
      A function of weights, whose value is a scalar; None where `scale` is 0.0.

    Raises:
      ValueError: `scale` is negative or an integer.

    >>> import graphflow as tf
    >>> penalty = tf.contrib.layers.l1_regularizer(0.5)(tf.constant([[1.0, -3.0], [2.0, 0.0]]))
    >>> print(penalty.op.name, tf.Session().run(penalty))
    l1_regularizer 3.0
    """
    if _is_zero(scale, "scale"):
        return _nothing

    def l1(weights: Any, name: str | None = None) -> Tensor:
        del name
        with name_scope(scope, "l1_regularizer", [weights]) as inner:
            weights = convert_to_tensor(weights)
            size = ops.reduce_sum(ops.abs(weights))
            return ops.multiply(_factor(scale, weights), size, name=inner)

    return l1


def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """Return a function that is `scale` times half the sum of the squares of weights.

    Args:
      scale: a floating number; 0.0 for no regularization.
      scope: name scope of the operations, "l2_regularizer" by default.

    Returns:
      A function of weights, whose value is a scalar; None where `scale` is 0.0.

    Raises:
      ValueError: `scale` is negative or an integer.

    >>> import graphflow as tf
    >>> penalty = tf.contrib.layers.l2_regularizer(0.5)(tf.constant([[1.0, -3.0], [2.0, 0.0]]))
    >>> print(penalty.op.name, tf.Session().run(penalty))
    l2_regularizer 3.5
    """
    if _is_zero(scale, "scale"):
        return _nothing

    def l2(weights: Any) -> Tensor:
        with name_scope(scope, "l2_regularizer", [weights]) as inner:
            weights = convert_to_tensor(weights)
            return ops.multiply(_factor(scale, weights), ops.l2_loss(weights), name=inner)

    return l2


def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> Regularizer:
    """Return the sum of an `l1_regularizer` and an `l2_regularizer`.

    Args:
      scale_l1: the factor of the absolute values.
      scale_l2: the factor of half the squares.
      scope: name scope of the operations, "l1_l2_regularizer" by default.

    Returns:
      A function of weights, whose value is a scalar.

    Raises:
      ValueError: a factor is negative or an integer.

    >>> import graphflow as tf
    >>> penalty = tf.contrib.layers.l1_l2_regularizer(1.0, 0.5)(tf.constant([1.0, -3.0]))
    >>> print(tf.Session().run(penalty))
    6.5
    """
    for name, scale in (("scale_l1", scale_l1), ("scale_l2", scale_l2)):
        if isinstance(scale, numbers.Integral):
            raise ValueError(f"{name} must be a floating number, not {scale!r}")
    both = [l1_regularizer(scale_l1), l2_regularizer(scale_l2)]
    summed: Regularizer = sum_regularizer(both, scope or "l1_l2_regularizer")
    return summed


def sum_regularizer(
    regularizer_list: Sequence[Regularizer | None], scope: str | None = None
) -> Any:
    """Return the sum of regularizers.

    Args:
      regularizer_list: the regularizers; None counts as no regularization.
      scope: name scope of the operations, "sum_regularizer" by default.

    Returns:
      A function of weights, whose value is a scalar, or None if there is nothing to add; None in
      place of the function if the list has no regularizers.
    """
    regularizers = [item for item in regularizer_list if item is not None]
    if not regularizers:
        return None

    def summed(weights: Any) -> Tensor | None:
        with name_scope(scope, "sum_regularizer", [weights]) as inner:
            terms = [item(weights) for item in regularizers]
            present = [term for term in terms if term is not None]
            return ops.add_n(present, name=inner) if present else None

    return summed


def apply_regularization(
    regularizer: Regularizer, weights_list: Sequence[Any] | None = None
) -> Tensor:
    """Return the sum of the penalties of several weights, and add it to the regularization losses.

    Args:
      regularizer: a function of weights, whose value is a scalar or None.
      weights_list: the weights; by default the collection `GraphKeys.WEIGHTS`.

    Returns:
      A scalar.

    Raises:
      ValueError: there are no weights, or a penalty is no scalar.

    >>> import graphflow as tf
    >>> weights = [tf.constant([3.0]), tf.constant([[1.0, 2.0]])]
    >>> penalty = tf.contrib.layers.l1_regularizer(0.5)
    >>> total = tf.contrib.layers.apply_regularization(penalty, weights)
    >>> print(tf.Session().run(total), total in tf.get_collection('regularization_losses'))
    3.0 True
    """
    graph = get_default_graph()
    if not weights_list:
        weights_list = graph.get_collection(GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("there are no weights to regularize")
    with name_scope("get_regularization_penalty", values=weights_list) as scope:
        found = [regularizer(weights) for weights in weights_list]
        penalties = [ops.constant(0.0) if item is None else item for item in found]
        for penalty in penalties:
            if penalty.shape.ndims != 0:
                raise ValueError(f"a regularizer must return a scalar, not {penalty!r}")
        total = ops.add_n(penalties, name=scope)
    graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total


def _is_zero(scale: Any, name: str) -> bool:
    """Check a factor, and tell whether it switches the regularizer off."""
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} must be a floating number, not {scale!r}")
    if not isinstance(scale, numbers.Real):
        return False
    if scale < 0.0:
        raise ValueError(f"{name} must not be negative, it is {scale}")
    return scale == 0.0


def _nothing(_: Any) -> None:
    return None


def _factor(scale: Any, weights: Tensor) -> Tensor:
    return convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
