"""By what a loss is multiplied, so that small gradients do not vanish in 16 bits."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.variables.variable import Variable

_FLOAT, _INT = as_dtype("float32"), as_dtype("int64")


class LossScale(abc.ABC):
    """Base class: says the scale, and changes it after each step."""

    def __init__(self) -> None:
        self._weights: list[Any] = []

    @abc.abstractmethod
    def __call__(self) -> Tensor:
        """Return the present scale, a float32 scalar."""

    @abc.abstractmethod
    def update(self, grads: Sequence[Any]) -> tuple[Operation, Any]:
        """Change the scale in the light of the gradients of a step.

        Args:
          grads: the gradients, no longer scaled.

        Returns:
          The operation, and whether the gradients are to be applied: True or a bool scalar.
        """

    @abc.abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Return the arguments of an equal one."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossScale:
        """Return one that has the arguments of another.

        Args:
          config: what `get_config` returned.
        """
        return cls(**config)

    def _add_weight(self, name: str, initial_value: Any, dtype: Any = None) -> Any:
        """Return a new variable that keeps a state."""
        variable = Variable(
            initial_value, trainable=False, name=name, dtype=dtype, use_resource=True
        )
        self._weights.append(variable)
        return variable

    def __repr__(self) -> str:
        config = ", ".join(f"{key}={value}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({config})"


class FixedLossScale(LossScale):
    """A scale that stays.

    Args:
      loss_scale_value: a number of at least 1.

    Raises:
      ValueError: it is no number, or less.
    """

    def __init__(self, loss_scale_value: float) -> None:
        super().__init__()
        if not isinstance(loss_scale_value, (int, float)) or loss_scale_value < 1:
            raise ValueError(
                f"loss_scale_value must be a number of at least 1: {loss_scale_value!r}"
            )
        self._value = float(loss_scale_value)

    def __call__(self) -> Tensor:
        """Return the present scale, a float32 scalar."""
        return convert_to_tensor(self._value, dtype=_FLOAT)

    def update(self, grads: Sequence[Any]) -> tuple[Operation, Any]:
        """Return an operation that does nothing, and True.

        Args:
          grads: any gradients.
        """
        return ops.no_op(), True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of an equal one."""
        return {"loss_scale_value": self._value}

    def __repr__(self) -> str:
        return f"FixedLossScale({self._value})"


class DynamicLossScale(LossScale):
    """A scale that falls when gradients are not finite, and rises when they long were.

    Args:
      initial_loss_scale: the first one.
      increment_period: after how many finite steps it is multiplied.
      multiplier: by what it is multiplied, or divided.

    >>> import graphflow as tf
    >>> scale = DynamicLossScale(initial_loss_scale=8.0, increment_period=2)
    >>> gradient = tf.placeholder(tf.float32, [])
    >>> update, is_finite = scale.update([gradient])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for value in (1.0, 1.0, float("inf"), float("nan")):
    ...         finite, _ = sess.run([is_finite, update], {gradient: value})
    ...         print(finite, sess.run(scale()))
    True 8.0
    True 16.0
    False 8.0
    False 4.0
    """

    def __init__(
        self,
        initial_loss_scale: float = 2**15,
        increment_period: int = 2000,
        multiplier: float = 2.0,
    ) -> None:
        super().__init__()
        self._initial = float(initial_loss_scale)
        self._period = int(increment_period)
        self._multiplier = float(multiplier)
        self._scale = self._add_weight("current_loss_scale", self._initial, _FLOAT)
        self._good_steps = self._add_weight("good_steps", 0, _INT)

    @property
    def initial_loss_scale(self) -> float:
        """The first scale."""
        return self._initial

    @property
    def increment_period(self) -> int:
        """After how many finite steps the scale is multiplied."""
        return self._period

    @property
    def multiplier(self) -> float:
        """By what it is multiplied, or divided."""
        return self._multiplier

    def __call__(self) -> Tensor:
        """Return the present scale, a float32 scalar."""
        return convert_to_tensor(self._scale)

    def update(self, grads: Sequence[Any]) -> tuple[Operation, Any]:
        """Change the scale in the light of the gradients of a step.

        Args:
          grads: the gradients, no longer scaled; those that are None do not count.

        Returns:
          The operation, and whether all gradients are finite, a bool scalar.
        """
        is_finite = all_finite(grads)
        scale, steps = convert_to_tensor(self._scale), convert_to_tensor(self._good_steps)
        raised = scale * self._multiplier
        is_ripe = ops.greater_equal(steps + 1, self._period)
        can_rise = ops.logical_and(is_ripe, ops.is_finite(raised))
        lowered = ops.maximum(scale / self._multiplier, 1.0)
        new_scale = ops.where(is_finite, ops.where(can_rise, raised, scale), lowered)
        goes_on = ops.logical_and(is_finite, ops.logical_not(is_ripe))
        new_steps = ops.where(goes_on, steps + 1, ops.zeros_like(steps))
        return ops.group(self._scale.assign(new_scale), self._good_steps.assign(new_steps)), (
            is_finite
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of an equal one."""
        return {
            "initial_loss_scale": self._initial,
            "increment_period": self._period,
            "multiplier": self._multiplier,
        }


def all_finite(grads: Sequence[Any]) -> Tensor:
    """Return whether all gradients are finite, a bool scalar.

    Args:
      grads: tensors and `IndexedSlices`; None does not count.
    """
    values = [grad.values if isinstance(grad, IndexedSlices) else grad for grad in grads]
    each = [ops.reduce_all(ops.is_finite(value)) for value in values if value is not None]
    return ops.reduce_all(ops.stack(each)) if each else ops.constant(True)


def loss_scale_of(given: Any) -> LossScale:
    """Return the scale that an argument stands for.

    Args:
      given: a `LossScale`, a number for a fixed one, or "dynamic".

    Raises:
      ValueError: it is none of these.
    """
    if isinstance(given, LossScale):
        return given
    if isinstance(given, (int, float)):
        return FixedLossScale(given)
    if given == "dynamic":
        return DynamicLossScale()
    raise ValueError(f'loss_scale must be a number, "dynamic" or a LossScale, not {given!r}')
