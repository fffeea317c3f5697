"""Optimizers whose steps grow where the gradient keeps its sign (Bello et al., 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor
from graphflow.train.optimizer import Optimizer


class _SignOptimizer(Optimizer):
    """What both have in common: a mean of the gradients, and a decay of the sign."""

    _kind: ClassVar[str]
    _weight_name: ClassVar[str]

    def __init__(
        self,
        learning_rate: Any,
        weight: Any,
        beta: Any,
        sign_decay_fn: Callable[[Any], Any] | None,
        use_locking: bool,
        name: str,
    ) -> None:
        super().__init__(use_locking, name)
        self._given = {"learning_rate": learning_rate, self._weight_name: weight, "beta": beta}
        self._sign_decay_fn = sign_decay_fn
        self._sign_decay: Any = 1.0
        self._numbers: list[Tensor] = []

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        if self._sign_decay_fn is not None:
            decay = self._sign_decay_fn(global_step)
            self._sign_decay = convert_to_tensor(decay, name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step, name)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "m", self._name)

    def _prepare(self) -> None:
        rate, weight, beta = (
            convert_to_tensor(value, name=name) for name, value in self._given.items()
        )
        decay = convert_to_tensor(self._sign_decay, name="sign_decay")
        self._numbers = [rate, weight, decay, beta]

    def _numbers_for(self, var: Any) -> list[Tensor]:
        return [ops.cast(number, var.dtype.base_dtype) for number in self._numbers]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return ops.apply_update(
            self._kind,
            [var, self.get_slot(var, "m")],
            [*self._numbers_for(var), grad],
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        """The mean falls in all rows; those with a gradient change."""
        rate, weight, decay, beta = self._numbers_for(var)
        slot = self.get_slot(var, "m")
        faded = ops.assign(slot, slot * beta, use_locking=self._use_locking)
        with control_dependencies([faded]):
            m = ops.scatter_add(slot, grad.indices, grad.values * (1 - beta))
        agreement = decay * ops.sign(grad.values) * ops.sign(ops.gather(m, grad.indices))
        change = rate * self._factor(weight, agreement) * grad.values
        return ops.group(ops.scatter_sub(var, grad.indices, change), m)

    def _factor(self, weight: Tensor, agreement: Tensor) -> Tensor:
        raise NotImplementedError


class AddSignOptimizer(_SignOptimizer):
    """Gradient descent with greater steps where the gradient agrees with the mean of those before.

    ::

        m = beta * m + (1 - beta) * grad
        var -= learning_rate * (alpha + sign_decay * sign(grad) * sign(m)) * grad

    Args:
      learning_rate: a number or tensor.
      alpha: likewise.
      beta: the decay of the mean, likewise.
      sign_decay_fn: a function from the global step to the decay of the sign, None for 1.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> step = tf.contrib.opt.AddSignOptimizer(0.25, 3.0).minimize(tf.reduce_sum(v * [1.0, -2.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v))
    [0. 5.]
    """

    _kind = "ApplyAddSign"
    _weight_name = "alpha"

    def __init__(
        self,
        learning_rate: Any = 0.1,
        alpha: Any = 1.0,
        beta: Any = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "AddSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, alpha, beta, sign_decay_fn, use_locking, name)

    def _factor(self, weight: Tensor, agreement: Tensor) -> Tensor:
        return weight + agreement


class PowerSignOptimizer(_SignOptimizer):
    """Gradient descent with greater steps where the gradient agrees with the mean of those before.

    ::

        m = beta * m + (1 - beta) * grad
        var -= learning_rate * base ** (sign_decay * sign(grad) * sign(m)) * grad

    Args:
      learning_rate: a number or tensor.
      base: a positive number.
      beta: the decay of the mean, a number or tensor.
      sign_decay_fn: a function from the global step to the decay of the sign, None for 1.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> optimizer = tf.contrib.opt.PowerSignOptimizer(0.25, base=3.0)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [1.0, -2.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v))
    [0.25 4.5 ]
    """

    _kind = "ApplyPowerSign"
    _weight_name = "logbase"

    def __init__(
        self,
        learning_rate: Any = 0.1,
        base: float = math.e,
        beta: Any = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "PowerSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, math.log(base), beta, sign_decay_fn, use_locking, name)

    def _factor(self, weight: Tensor, agreement: Tensor) -> Tensor:
        return ops.exp(weight * agreement)
