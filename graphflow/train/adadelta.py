"""Adadelta (Zeiler, 2012)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class AdadeltaOptimizer(Optimizer):
    """Adadelta: steps in proportion to those before, and to the gradients before.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      rho: decay of the averages, likewise.
      epsilon: keeps the division stable, likewise.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> step = tf.train.AdadeltaOptimizer(1.0, 0.5, 0.5).minimize(tf.reduce_sum(w * [4.0, -1.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w).round(4))
    [0.0299 3.7071]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon
        self._numbers: list[Any] = []

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _prepare(self) -> None:
        values = {"lr": self._lr, "rho": self._rho, "epsilon": self._epsilon}
        self._numbers = [
            convert_to_tensor(self._call_if_callable(value), name=name)
            for name, value in values.items()
        ]

    def _states(self, var: Any) -> list[Any]:
        return [var, self.get_slot(var, "accum"), self.get_slot(var, "accum_update")]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        numbers = [ops.cast(number, var.dtype.base_dtype) for number in self._numbers]
        return ops.apply_update("ApplyAdadelta", self._states(var), [*numbers, grad])

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        numbers = [ops.cast(number, var.dtype.base_dtype) for number in self._numbers]
        others = [*numbers, grad.values, grad.indices]
        return ops.apply_update("SparseApplyAdadelta", self._states(var), others)
