"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class MomentumOptimizer(Optimizer):
    """Momentum: `accum = momentum * accum + grad; var -= learning_rate * accum`.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      momentum: likewise.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.
      use_nesterov: whether to use Nesterov's variant (Sutskever et al., 2013).

    >>> import graphflow as tf
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.MomentumOptimizer(0.25, 0.5).minimize(2.0 * w)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for _ in range(2):
    ...         sess.run(step)
    ...         print(sess.run(w))
    0.5
    -0.25
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov
        self._learning_rate_tensor: Any = None
        self._momentum_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        rate = self._call_if_callable(self._learning_rate)
        self._learning_rate_tensor = convert_to_tensor(rate, name="learning_rate")
        momentum = self._call_if_callable(self._momentum)
        self._momentum_tensor = convert_to_tensor(momentum, name="momentum")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return ops.apply_momentum(
            var,
            self.get_slot(var, "momentum"),
            ops.cast(self._learning_rate_tensor, var.dtype.base_dtype),
            grad,
            ops.cast(self._momentum_tensor, var.dtype.base_dtype),
            use_locking=self._use_locking,
            use_nesterov=self._use_nesterov,
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return ops.sparse_apply_momentum(
            var,
            self.get_slot(var, "momentum"),
            ops.cast(self._learning_rate_tensor, var.dtype.base_dtype),
            grad.values,
            grad.indices,
            ops.cast(self._momentum_tensor, var.dtype.base_dtype),
            use_locking=self._use_locking,
            use_nesterov=self._use_nesterov,
        )
