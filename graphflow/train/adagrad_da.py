"""Adagrad with dual averaging (Duchi et al., 2011)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class AdagradDAOptimizer(Optimizer):
    """Adagrad with dual averaging: for sparse linear models that need L1 or L2 penalties.

    A variable is computed anew in each step from the sums of all gradients and of their squares, so
    that rows that had no gradient for long are right when they get one.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      global_step: int64, the step of the training.
      initial_gradient_squared_accumulator_value: what the sums of squares begin with, a positive
        number.
      l1_regularization_strength: how strongly small weights are pulled to zero.
      l2_regularization_strength: how strongly weights are kept small.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    Raises:
      ValueError: `initial_gradient_squared_accumulator_value` is not positive.

    >>> import graphflow as tf
    >>> w, step = tf.Variable([0.0, 0.0]), tf.Variable(0, dtype=tf.int64, trainable=False)
    >>> optimizer = tf.train.AdagradDAOptimizer(0.5, step, 9.0)
    >>> train = optimizer.minimize(tf.reduce_sum(w * [4.0, -4.0]), step)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     _ = sess.run(train)
    ...     print(sess.run(w))
    [-0.4  0.4]
    """

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        initial = initial_gradient_squared_accumulator_value
        if initial <= 0:
            raise ValueError(
                f"initial_gradient_squared_accumulator_value must be positive: {initial}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._global_step = global_step
        self._initial = initial
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._learning_rate_tensor: Any = None
        self._step: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "gradient_accumulator", self._name)
            self._constant_slot(var, self._initial, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        rate = self._call_if_callable(self._learning_rate)
        self._learning_rate_tensor = convert_to_tensor(rate, name="learning_rate")
        self._step = ops.cast(ops.identity(self._global_step), as_dtype("int64")) + 1

    def _states(self, var: Any) -> list[Any]:
        names = ("gradient_accumulator", "gradient_squared_accumulator")
        return [var, *(self.get_slot(var, name) for name in names)]

    def _numbers(self, var: Any) -> list[Any]:
        dtype = var.dtype.base_dtype
        values = (self._learning_rate_tensor, self._l1, self._l2)
        return [*(ops.cast(value, dtype) for value in values), self._step]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return ops.apply_update("ApplyAdagradDA", self._states(var), [grad, *self._numbers(var)])

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        others = [grad.values, grad.indices, *self._numbers(var)]
        return ops.apply_update("SparseApplyAdagradDA", self._states(var), others)
