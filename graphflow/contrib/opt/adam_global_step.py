"""Adam that counts its steps by the global step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.opt.adam_variants import LazyAdamOptimizer
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation
from graphflow.train.adam import AdamOptimizer


class AdamGSOptimizer(AdamOptimizer):
    """Adam that has no variables for the powers of its decays, but computes them from a step.

    Args:
      global_step: the variable that counts the steps; it is increased after each of them.
      learning_rate: see `AdamOptimizer`, like the others.
      beta1: see there.
      beta2: see there.
      epsilon: see there.
      use_locking: see there.
      name: see there.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> global_step = tf.train.get_or_create_global_step()
    >>> optimizer = AdamGSOptimizer(global_step, 0.25)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]), global_step)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for _ in range(2):
    ...         _ = sess.run(step)
    ...     print(sess.run(v).round(4))
    [0.5 3.5]
    """

    def __init__(
        self,
        global_step: Any = 0,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)
        self._global_step = global_step
        self._step_number: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        return (
            ops.pow(self._beta1_t, self._step_number),
            ops.pow(self._beta2_t, self._step_number),
        )

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        super()._prepare()
        step = convert_to_tensor(self._global_step)
        self._step_number = ops.cast(ops.identity(step) + 1, as_dtype("float32"))

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        return ops.group(*update_ops, name=name_scope)


class LazyAdamGSOptimizer(AdamGSOptimizer, LazyAdamOptimizer):
    """`LazyAdamOptimizer` with powers of its decays computed from a step, see `AdamGSOptimizer`."""
