"""Proximal updates: steps after which penalties pull weights to zero (Duchi and Singer, 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


def _numbers(optimizer: Any, l1: Any, l2: Any) -> list[Tensor]:
    """The parameters of an optimizer as tensors."""
    rate = optimizer._call_if_callable(optimizer._learning_rate)
    return [
        convert_to_tensor(rate, name="learning_rate"),
        convert_to_tensor(l1, name="l1_regularization_strength"),
        convert_to_tensor(l2, name="l2_regularization_strength"),
    ]


def _update(optimizer: Any, kind: str, states: Sequence[Any], gradient: Sequence[Any]) -> Any:
    dtype = states[0].dtype.base_dtype
    numbers = [ops.cast(number, dtype) for number in optimizer._numbers]
    return ops.apply_update(kind, states, [*numbers, *gradient], use_locking=optimizer._use_locking)


class ProximalGradientDescentOptimizer(Optimizer):
    """Gradient descent whose steps end nearer to zero.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      l1_regularization_strength: how strongly small weights are pulled to zero.
      l2_regularization_strength: how strongly weights are kept small.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> optimizer = tf.train.ProximalGradientDescentOptimizer(0.5, 1.0)
    >>> step = optimizer.minimize(tf.reduce_sum(w * [1.0, -1.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w))
    [0. 3.]
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._numbers: list[Tensor] = []

    def _prepare(self) -> None:
        self._numbers = _numbers(self, self._l1, self._l2)

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return _update(self, "ApplyProximalGradientDescent", [var], [grad])

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        gradient = [grad.values, grad.indices]
        return _update(self, "SparseApplyProximalGradientDescent", [var], gradient)


class ProximalAdagradOptimizer(Optimizer):
    """Adagrad whose steps end nearer to zero.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      initial_accumulator_value: what the accumulators begin with, a positive number.
      l1_regularization_strength: how strongly small weights are pulled to zero.
      l2_regularization_strength: how strongly weights are kept small.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.

    >>> import graphflow as tf
    >>> w = tf.Variable([1.0, 3.0])
    >>> optimizer = tf.train.ProximalAdagradOptimizer(0.5, 9.0, 1.0)
    >>> step = optimizer.minimize(tf.reduce_sum(w * [4.0, -4.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(w))
    [0.5 3.3]
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial = initial_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._numbers: list[Tensor] = []

    def _prepare(self) -> None:
        self._numbers = _numbers(self, self._l1, self._l2)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._constant_slot(var, self._initial, "accumulator", self._name)

    def _states(self, var: Any) -> list[Any]:
        return [var, self.get_slot(var, "accumulator")]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return _update(self, "ApplyProximalAdagrad", self._states(var), [grad])

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        gradient = [grad.values, grad.indices]
        return _update(self, "SparseApplyProximalAdagrad", self._states(var), gradient)
