"""Who says by what a loss is multiplied."""

from __future__ import annotations

import abc
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.variables.variable import Variable


class LossScaleManager(abc.ABC):
    """Base class: says the scale of a loss, and changes it after each step."""

    @abc.abstractmethod
    def get_loss_scale(self) -> Any:
        """Return the present scale, a float32 scalar: a tensor or variable."""

    @abc.abstractmethod
    def update_loss_scale(self, finite_grads: Any) -> Operation:
        """Return the operation that changes the scale after a step.

        Args:
          finite_grads: whether all gradients of the step are finite, a bool scalar.
        """


class FixedLossScaleManager(LossScaleManager):
    """A scale that stays.

    Args:
      loss_scale: a number of at least 1.

    Raises:
      ValueError: it is less.
    """

    def __init__(self, loss_scale: float) -> None:
        if loss_scale < 1:
            raise ValueError(f"loss_scale must be at least 1: {loss_scale}")
        self._scale = convert_to_tensor(loss_scale, dtype=as_dtype("float32"))

    def get_loss_scale(self) -> Tensor:
        """Return the scale, a float32 scalar."""
        return self._scale

    def update_loss_scale(self, finite_grads: Any) -> Operation:
        """Return an operation that does nothing.

        Args:
          finite_grads: any value.
        """
        return ops.no_op()


class ExponentialUpdateLossScaleManager(LossScaleManager):
    """A scale that rises after some finite steps, and falls after some that were not.

    Args:
      init_loss_scale: the first one.
      incr_every_n_steps: after how many finite steps in a row it rises.
      decr_every_n_nan_or_inf: after how many others it falls, in a row or not.
      incr_ratio: by what it is multiplied when it rises.
      decr_ratio: by what it is multiplied when it falls, but not to less than 1.

    >>> import graphflow as tf
    >>> manager = ExponentialUpdateLossScaleManager(8.0, 2, 1, incr_ratio=4.0, decr_ratio=0.5)
    >>> is_finite = tf.placeholder(tf.bool, [])
    >>> update = manager.update_loss_scale(is_finite)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for value in (True, True, False):
    ...         sess.run(update, {is_finite: value})
    ...         print(sess.run(manager.get_loss_scale()))
    8.0
    32.0
    16.0
    """

    def __init__(
        self,
        init_loss_scale: float,
        incr_every_n_steps: int,
        decr_every_n_nan_or_inf: int = 2,
        incr_ratio: float = 2,
        decr_ratio: float = 0.8,
    ) -> None:
        self._incr_every = incr_every_n_steps
        self._decr_every = decr_every_n_nan_or_inf
        self._incr_ratio = incr_ratio
        self._decr_ratio = decr_ratio
        self._scale = Variable(
            init_loss_scale, name="loss_scale", dtype=as_dtype("float32"), trainable=False
        )
        self._good_steps = Variable(0, name="good_steps", trainable=False)
        self._bad_steps = Variable(0, name="bad_steps", trainable=False)

    def get_loss_scale(self) -> Any:
        """Return the variable with the present scale, a float32 scalar."""
        return self._scale

    def update_loss_scale(self, finite_grads: Any) -> Operation:
        """Return the operation that changes the scale after a step.

        Args:
          finite_grads: whether all gradients of the step are finite, a bool scalar.
        """
        scale, good, bad = (
            convert_to_tensor(variable)
            for variable in (self._scale, self._good_steps, self._bad_steps)
        )
        rises = ops.logical_and(finite_grads, ops.greater_equal(good + 1, self._incr_every))
        is_bad = ops.logical_not(finite_grads)
        falls = ops.logical_and(is_bad, ops.greater_equal(bad + 1, self._decr_every))
        raised = scale * self._incr_ratio
        raised = ops.where(ops.is_finite(raised), raised, scale)
        lowered = ops.maximum(scale * self._decr_ratio, 1.0)
        new_scale = ops.where(rises, raised, ops.where(falls, lowered, scale))
        goes_on = ops.logical_not(ops.logical_or(rises, falls))
        none = ops.zeros_like(good)
        new_good = ops.where(ops.logical_and(goes_on, finite_grads), good + 1, none)
        new_bad = ops.where(goes_on, bad + ops.cast(is_bad, bad.dtype), none)
        return ops.group(
            self._scale.assign(new_scale),
            self._good_steps.assign(new_good),
            self._bad_steps.assign(new_bad),
        )
