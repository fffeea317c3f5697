"""Adam (Kingma and Ba, 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.train.optimizer import Optimizer


class AdamOptimizer(Optimizer):
    """Adam: steps scaled by running moments of the gradient.

    In step t, with `rate_t = learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t)`::

        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad**2
        var -= rate_t * m / (sqrt(v) + epsilon)

    With a sparse gradient the moments of all rows decay, as in TensorFlow.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      beta1: decay of the first moment, likewise.
      beta2: decay of the second moment, likewise.
      epsilon: keeps the division stable, likewise.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> step = tf.train.AdamOptimizer(0.25).minimize(tf.reduce_sum(w * [2.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w).round(4))
    [0.75 3.25]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._beta1_t: Any = None
        self._beta2_t: Any = None
        self._epsilon_t: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        graph = get_default_graph()
        return (
            self._get_non_slot_variable("beta1_power", graph),
            self._get_non_slot_variable("beta2_power", graph),
        )

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        # The accumulators belong beside the first variable, whatever the order of the list.
        first = min(var_list, key=lambda var: str(var.name))
        self._create_non_slot_variable(self._call_if_callable(self._beta1), "beta1_power", first)
        self._create_non_slot_variable(self._call_if_callable(self._beta2), "beta2_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = convert_to_tensor(self._call_if_callable(self._lr), name="learning_rate")
        self._beta1_t = convert_to_tensor(self._call_if_callable(self._beta1), name="beta1")
        self._beta2_t = convert_to_tensor(self._call_if_callable(self._beta2), name="beta2")
        self._epsilon_t = convert_to_tensor(self._call_if_callable(self._epsilon), name="epsilon")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        beta1_power, beta2_power = self._get_beta_accumulators()
        dtype = var.dtype.base_dtype
        return ops.apply_adam(
            var,
            self.get_slot(var, "m"),
            self.get_slot(var, "v"),
            ops.cast(beta1_power, dtype),
            ops.cast(beta2_power, dtype),
            ops.cast(self._lr_t, dtype),
            ops.cast(self._beta1_t, dtype),
            ops.cast(self._beta2_t, dtype),
            ops.cast(self._epsilon_t, dtype),
            grad,
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        dtype = var.dtype.base_dtype
        beta1_power, beta2_power = (ops.cast(p, dtype) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = (
            ops.cast(t, dtype) for t in (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        )
        rate = rate * ops.sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._decay_and_add(var, "m", beta1, grad.values * (1 - beta1), grad.indices)
        squares = grad.values * grad.values
        v = self._decay_and_add(var, "v", beta2, squares * (1 - beta2), grad.indices)
        change = ops.assign_sub(
            var, rate * m / (ops.sqrt(v) + epsilon), use_locking=self._use_locking
        )
        return ops.group(change, m, v)

    def _decay_and_add(
        self, var: Any, name: str, beta: Any, values: Tensor, indices: Tensor
    ) -> Any:
        slot = self.get_slot(var, name)
        decayed = ops.assign(slot, slot * beta, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            return ops.scatter_add(slot, indices, values, use_locking=self._use_locking)

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        graph = get_default_graph()
        with graph.control_dependencies(update_ops):
            beta1_power, beta2_power = self._get_beta_accumulators()
            with graph.colocate_with(beta1_power):
                update_beta1 = beta1_power.assign(
                    beta1_power * self._beta1_t, use_locking=self._use_locking
                )
                update_beta2 = beta2_power.assign(
                    beta2_power * self._beta2_t, use_locking=self._use_locking
                )
        return ops.group(*update_ops, update_beta1, update_beta2, name=name_scope)
