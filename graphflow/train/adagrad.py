"""Adagrad (Duchi et al., 2011)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class AdagradOptimizer(Optimizer):
    """Adagrad: `accum += grad**2; var -= learning_rate * grad / sqrt(accum)`.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      initial_accumulator_value: what the accumulators begin with, a positive number.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> step = tf.train.AdagradOptimizer(0.5, 9.0).minimize(tf.reduce_sum(w * [4.0, -4.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w))
    [0.6 3.4]
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._learning_rate_tensor: Any = None
        self._update_slots = True

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._constant_slot(var, self._initial_accumulator_value, "accumulator", self._name)

    def _prepare(self) -> None:
        rate = self._call_if_callable(self._learning_rate)
        self._learning_rate_tensor = convert_to_tensor(rate, name="learning_rate")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return ops.apply_adagrad(
            var,
            self.get_slot(var, "accumulator"),
            ops.cast(self._learning_rate_tensor, var.dtype.base_dtype),
            grad,
            use_locking=self._use_locking,
            update_slots=self._update_slots,
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return ops.sparse_apply_adagrad(
            var,
            self.get_slot(var, "accumulator"),
            ops.cast(self._learning_rate_tensor, var.dtype.base_dtype),
            grad.values,
            grad.indices,
            use_locking=self._use_locking,
            update_slots=self._update_slots,
        )
