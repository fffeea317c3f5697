"""Relatives of Adam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.train.adam import AdamOptimizer


class LazyAdamOptimizer(AdamOptimizer):
    """Adam whose moments of a row only change when the row has a gradient.

    The arguments are those of `AdamOptimizer`.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1.0], [2.0], [3.0]])
    >>> loss = tf.reduce_sum(tf.gather(v, [2]))
    >>> step = tf.contrib.opt.LazyAdamOptimizer(0.5).minimize(loss)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v).ravel().round(3))
    [1.  2.  2.5]
    """

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        dtype = var.dtype.base_dtype
        beta1_power, beta2_power = (ops.cast(p, dtype) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = (
            ops.cast(t, dtype) for t in (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        )
        rate = rate * ops.sqrt(1 - beta2_power) / (1 - beta1_power)
        rows, values = grad.indices, grad.values
        slots = self.get_slot(var, "m"), self.get_slot(var, "v")
        m = beta1 * ops.gather(slots[0], rows) + (1 - beta1) * values
        v = beta2 * ops.gather(slots[1], rows) + (1 - beta2) * ops.square(values)
        updates = [
            ops.scatter_update(slots[0], rows, m),
            ops.scatter_update(slots[1], rows, v),
            ops.scatter_sub(var, rows, rate * m / (ops.sqrt(v) + epsilon)),
        ]
        return ops.group(*updates)


class NadamOptimizer(AdamOptimizer):
    """Adam with Nesterov's momentum (Dozat, 2016).

    The arguments are those of `AdamOptimizer`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> step = tf.contrib.opt.NadamOptimizer(0.25).minimize(tf.reduce_sum(v * [2.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v).round(3))
    [0.525 3.475]
    """

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        powers = self._get_beta_accumulators()
        dtype = var.dtype.base_dtype
        numbers = (*powers, self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        inputs: list[Any] = [var, self.get_slot(var, "m"), self.get_slot(var, "v")]
        inputs += [ops.cast(number, dtype) for number in numbers]
        apply: Any = ops.apply_adam
        return apply(*inputs, grad, use_locking=self._use_locking, use_nesterov=True)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        dtype = var.dtype.base_dtype
        beta1_power, beta2_power = (ops.cast(p, dtype) for p in self._get_beta_accumulators())
        rate, beta1, beta2, epsilon = (
            ops.cast(t, dtype) for t in (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        )
        rate = rate * ops.sqrt(1 - beta2_power) / (1 - beta1_power)
        new = grad.values * (1 - beta1)
        m = self._decay_and_add(var, "m", beta1, new, grad.indices)
        # Nesterov's step looks ahead: the moment decays once more, and the gradient counts again.
        with control_dependencies([m]):
            rows = ops.expand_dims(grad.indices, -1)
            ahead = ops.tensor_scatter_add(m * beta1, rows, new)
        squares = grad.values * grad.values
        v = self._decay_and_add(var, "v", beta2, squares * (1 - beta2), grad.indices)
        change = ops.assign_sub(var, rate * ahead / (ops.sqrt(v) + epsilon))
        return ops.group(change, m, v)


class AdaMaxOptimizer(AdamOptimizer):
    """Adam with the largest gradient in place of the second moment (Kingma and Ba, 2015).

    The arguments are those of `AdamOptimizer`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> step = tf.contrib.opt.AdaMaxOptimizer(0.25).minimize(tf.reduce_sum(v * [2.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v).round(3))
    [0.75 3.25]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdaMax",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _power(self) -> Any:
        return self._get_non_slot_variable("beta1_power", get_default_graph())

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        first = min(var_list, key=lambda var: str(var.name))
        self._create_non_slot_variable(self._call_if_callable(self._beta1), "beta1_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _numbers(self, var: Any) -> list[Tensor]:
        numbers = (self._power(), self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        return [ops.cast(number, var.dtype.base_dtype) for number in numbers]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        states = [var, self.get_slot(var, "m"), self.get_slot(var, "v")]
        return ops.apply_update(
            "ApplyAdaMax", states, [*self._numbers(var), grad], use_locking=self._use_locking
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        power, rate, beta1, beta2, epsilon = self._numbers(var)
        rows = grad.indices
        slots = self.get_slot(var, "m"), self.get_slot(var, "v")
        m = beta1 * ops.gather(slots[0], rows) + (1 - beta1) * grad.values
        v = ops.maximum(beta2 * ops.gather(slots[1], rows), ops.abs(grad.values))
        return ops.group(
            ops.scatter_update(slots[0], rows, m),
            ops.scatter_update(slots[1], rows, v),
            ops.scatter_sub(var, rows, rate / (1 - power) * m / (v + epsilon)),
        )

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        power = self._power()
        with control_dependencies(update_ops), get_default_graph().colocate_with(power):
            update = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return ops.group(*update_ops, update, name=name_scope)
