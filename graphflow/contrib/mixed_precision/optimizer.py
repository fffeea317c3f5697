"""An optimizer whose loss is scaled."""

from __future__ import annotations

from typing import Any

from graphflow.contrib.mixed_precision.managers import LossScaleManager
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Operation, Tensor
from graphflow.train.loss_scale import LossScale, all_finite
from graphflow.train.mixed_precision import MixedPrecisionLossScaleOptimizer
from graphflow.train.optimizer import Optimizer


class _Managed(LossScale):
    """The scale of a manager."""

    def __init__(self, manager: LossScaleManager) -> None:
        super().__init__()
        self._manager = manager

    def __call__(self) -> Tensor:
        return convert_to_tensor(self._manager.get_loss_scale())

    def update(self, grads: Any) -> tuple[Operation, Any]:
        is_finite = all_finite(grads)
        return self._manager.update_loss_scale(is_finite), is_finite

    def get_config(self) -> dict[str, Any]:
        return {"manager": self._manager}


class LossScaleOptimizer(MixedPrecisionLossScaleOptimizer):
    """Scales the loss of another optimizer up, and its gradients down again.

    A step whose gradients are not finite is left out.

    Args:
      opt: the other optimizer.
      loss_scale_manager: says the scale, a `LossScaleManager`.

    Raises:
      ValueError: one of them is something else.

    >>> import graphflow as tf
    >>> v, weight = tf.Variable(8.0), tf.placeholder(tf.float32, [])
    >>> manager = tf.contrib.mixed_precision.FixedLossScaleManager(4.0)
    >>> descent = tf.train.GradientDescentOptimizer(0.5)
    >>> optimizer = tf.contrib.mixed_precision.LossScaleOptimizer(descent, manager)
    >>> step = optimizer.minimize(v * weight)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for value in (3.0, float("nan")):
    ...         sess.run(step, {weight: value})
    ...         print(sess.run(v))
    6.5
    6.5
    """

    def __init__(self, opt: Optimizer, loss_scale_manager: LossScaleManager) -> None:
        if not isinstance(loss_scale_manager, LossScaleManager):
            raise ValueError(f"it takes a LossScaleManager, not {loss_scale_manager!r}")
        super().__init__(opt, _Managed(loss_scale_manager))
