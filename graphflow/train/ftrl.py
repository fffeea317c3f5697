"""Ftrl: follow the regularized leader (McMahan et al., 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class FtrlOptimizer(Optimizer):
    """Ftrl-Proximal, for large sparse models, whose unimportant weights become exactly zero.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      learning_rate_power: how the rate of a weight falls with its squared gradients, at most 0.
      initial_accumulator_value: what the sums of squares begin with, at least 0.
      l1_regularization_strength: how strongly weights are pulled to zero, at least 0.
      l2_regularization_strength: how strongly weights are kept small, at least 0.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.
      accum_name: the name of the slot of squares, by default `name`.
      linear_name: the name of the other slot, by default `name`.
      l2_shrinkage_regularization_strength: the strength of a penalty that only counts where there
        is a gradient, at least 0.

    Raises:
      ValueError: a number is out of its range.

    >>> import graphflow as tf
    >>> w = tf.Variable([0.0, 0.0])
    >>> optimizer = tf.train.FtrlOptimizer(0.5, initial_accumulator_value=9.0)
    >>> step = optimizer.minimize(tf.reduce_sum(w * [4.0, -4.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w))
    [-0.4  0.4]
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        at_least_0 = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for argument, value in at_least_0.items():
            if value < 0:
                raise ValueError(f"{argument} must be at least 0: {value}")
        if learning_rate_power > 0:
            raise ValueError(f"learning_rate_power must be at most 0: {learning_rate_power}")
        self._learning_rate = learning_rate
        self._power = learning_rate_power
        self._initial = initial_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._shrinkage = l2_shrinkage_regularization_strength
        self._accum_name = accum_name or name
        self._linear_name = linear_name or name
        self._numbers: list[Any] = []

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._constant_slot(var, self._initial, "accum", self._accum_name)
            self._zeros_slot(var, "linear", self._linear_name)

    def _prepare(self) -> None:
        rate = convert_to_tensor(self._call_if_callable(self._learning_rate), name="learning_rate")
        l1 = convert_to_tensor(self._l1, name="l1_regularization_strength")
        l2 = convert_to_tensor(self._l2, name="l2_regularization_strength")
        shrinkage = (
            [convert_to_tensor(self._shrinkage, name="l2_shrinkage_regularization_strength")]
            if self._shrinkage > 0
            else []
        )
        power = convert_to_tensor(self._power, name="learning_rate_power")
        self._numbers = [rate, l1, l2, *shrinkage, power]

    def _update_with(self, kind: str, var: Any, gradient: Sequence[Any]) -> Any:
        kind += "V2" if self._shrinkage > 0 else ""
        numbers = [ops.cast(number, var.dtype.base_dtype) for number in self._numbers]
        states = [var, self.get_slot(var, "accum"), self.get_slot(var, "linear")]
        return ops.apply_update(kind, states, [*gradient, *numbers], use_locking=self._use_locking)

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return self._update_with("ApplyFtrl", var, [grad])

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return self._update_with("SparseApplyFtrl", var, [grad.values, grad.indices])
