"""RMSProp (Hinton, 2012)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class RMSPropOptimizer(Optimizer):
    """RMSProp: steps divided by the root of a running mean of squared gradients.

    ::

        rms = decay * rms + (1 - decay) * grad**2
        mom = momentum * mom + learning_rate * grad / sqrt(rms + epsilon)
        var -= mom

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      decay: decay of the mean, likewise.
      momentum: likewise.
      epsilon: keeps the division stable, likewise.
      use_locking: accepted; updates are always atomic.
      centered: whether to divide by the standard deviation of the gradients instead (Graves, 2013).
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> step = tf.train.RMSPropOptimizer(0.5, 0.5).minimize(tf.reduce_sum(w * [1.0, -7.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w))
    [0.5 3.7]
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered
        self._numbers: list[Any] = []

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._constant_slot(var, 1.0, "rms", self._name)
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        values = {
            "learning_rate": self._learning_rate, "decay": self._decay,
            "momentum": self._momentum, "epsilon": self._epsilon,
        }  # fmt: skip
        self._numbers = [
            convert_to_tensor(self._call_if_callable(value), name=name)
            for name, value in values.items()
        ]

    def _states(self, var: Any) -> list[Any]:
        slots = ("mg", "rms", "momentum") if self._centered else ("rms", "momentum")
        return [var, *(self.get_slot(var, slot) for slot in slots)]

    def _cast_numbers(self, var: Any) -> list[Tensor]:
        return [ops.cast(number, var.dtype.base_dtype) for number in self._numbers]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        if self._centered:
            others = [*self._cast_numbers(var), grad]
            return ops.apply_update("ApplyCenteredRMSProp", self._states(var), others)
        others = [*self._cast_numbers(var), grad]
        return ops.apply_update("ApplyRMSProp", self._states(var), others)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        kind = "SparseApplyCenteredRMSProp" if self._centered else "SparseApplyRMSProp"
        others = [*self._cast_numbers(var), grad.values, grad.indices]
        return ops.apply_update(kind, self._states(var), others)
