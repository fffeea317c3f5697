"""Optimizers whose loss is scaled, so that small gradients do not vanish in 16 bits."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Operation, Tensor
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.loss_scale import LossScale, loss_scale_of
from graphflow.train.optimizer import Optimizer


class MixedPrecisionLossScaleOptimizer(DelegatingOptimizer):
    """Scales the loss of another optimizer up, and its gradients down again.

    With a `DynamicLossScale` a step whose gradients are not finite is left out.

    Args:
      opt: the other optimizer.
      loss_scale: a `LossScale`, a number for a fixed one, or "dynamic".

    Raises:
      ValueError: one of them is something else.

    >>> import graphflow as tf
    >>> v = tf.Variable(8.0)
    >>> weight = tf.placeholder(tf.float16, [])
    >>> descent = tf.train.GradientDescentOptimizer(0.5)
    >>> optimizer = tf.train.experimental.MixedPrecisionLossScaleOptimizer(descent, "dynamic")
    >>> step = optimizer.minimize(tf.cast(v, tf.float16) * weight)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for value in (1.0, float("inf"), 1.0):
    ...         sess.run(step, {weight: value})
    ...         print(sess.run(v))
    7.5
    7.5
    7.0
    """

    def __init__(self, opt: Optimizer, loss_scale: Any) -> None:
        if not isinstance(opt, Optimizer):
            raise ValueError(f"opt must be a tf.train.Optimizer, not {opt!r}")
        super().__init__(opt, False, opt.get_name())
        self._loss_scale: LossScale = loss_scale_of(loss_scale)

    def compute_gradients(self, loss: Any, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Add the gradients, computed of the scaled loss.

        Args:
          loss: the tensor to minimize.
          *args: other arguments of the other optimizer's `compute_gradients`.
          **kwargs: likewise.

        Returns:
          A list of (gradient, variable); the gradients are not scaled.
        """
        loss = convert_to_tensor(loss)
        scaled = loss * ops.cast(self._loss_scale(), loss.dtype)
        pairs = self._opt.compute_gradients(scaled, *args, **kwargs)
        inverse = 1.0 / self._loss_scale()
        return [(_times(grad, inverse), var) for grad, var in pairs]

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Add the step of the other optimizer, if the gradients are finite, and update the scale.

        Args:
          grads_and_vars: (gradient, variable) pairs.
          global_step: a variable to increment after a step that is made.
          name: the name of the returned operation.

        Returns:
          The operation of both.
        """
        pairs = list(grads_and_vars)
        update, is_wanted = self._loss_scale.update([grad for grad, _ in pairs])

        def apply() -> Operation:
            return self._opt.apply_gradients(pairs, global_step=global_step)

        step = apply() if is_wanted is True else ops.cond(is_wanted, apply, ops.no_op)
        return ops.group(step, update, name=name or self._name)

    def variables(self) -> list[Any]:
        """Return the variables of the other optimizer, and those of the scale."""
        return [*super().variables(), *self._loss_scale._weights]


def _times(grad: Any, factor: Tensor) -> Any:
    if grad is None:
        return None
    factor = ops.cast(factor, grad.dtype)
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(grad.values * factor, grad.indices, grad.dense_shape)
    return grad * factor


def enable_mixed_precision_graph_rewrite(
    opt: Optimizer, loss_scale: Any = "dynamic"
) -> MixedPrecisionLossScaleOptimizer:
    """Return an optimizer with a scaled loss.

    In TensorFlow operations on a GPU are then computed in 16 bits; there is none here, so that they
    stay as they are.

    Args:
      opt: the optimizer.
      loss_scale: see `MixedPrecisionLossScaleOptimizer`.

    Raises:
      ValueError: its loss is scaled already.
    """
    if isinstance(opt, MixedPrecisionLossScaleOptimizer):
        raise ValueError("the loss of this optimizer is scaled already")
    return MixedPrecisionLossScaleOptimizer(opt, loss_scale)


def disable_mixed_precision_graph_rewrite() -> None:
    """Undo `enable_mixed_precision_graph_rewrite` for other graphs; nothing was rewritten here."""
