"""Optimizers with weight decay apart from the gradient (Loshchilov and Hutter, 2019)."""

from __future__ import annotations

import inspect
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor
from graphflow.train.adam import AdamOptimizer
from graphflow.train.momentum import MomentumOptimizer


class DecoupledWeightDecayExtension:
    """Mixed into an optimizer: variables shrink by themselves before each of its updates.

    Args:
      weight_decay: by which part a variable shrinks, a number, tensor, or function without
        arguments.
      **kwargs: the arguments of the optimizer.
    """

    def __init__(self, weight_decay: Any, **kwargs: Any) -> None:
        self._decay_var_list: set[Any] | None = None
        self._weight_decay = weight_decay
        self._weight_decay_tensor: Any = None
        super().__init__(**kwargs)

    def minimize(self, loss: Any, *args: Any, decay_var_list: Any = None, **kwargs: Any) -> Any:
        """Like `Optimizer.minimize`.

        Args:
          loss: see there.
          *args: see there.
          decay_var_list: the variables that shrink, by default all.
          **kwargs: see there.
        """
        self._take(decay_var_list)
        return super().minimize(loss, *args, **kwargs)  # type: ignore[misc]

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None,
        decay_var_list: Any = None,
    ) -> Operation:  # fmt: skip
        """Like `Optimizer.apply_gradients`.

        Args:
          grads_and_vars: see there.
          global_step: see there.
          name: see there.
          decay_var_list: the variables that shrink, by default all.
        """
        if decay_var_list is not None:
            self._take(decay_var_list)
        operation: Operation = super().apply_gradients(  # type: ignore[misc]
            grads_and_vars, global_step=global_step, name=name
        )
        return operation

    def _take(self, variables: Any) -> None:
        self._decay_var_list = None if variables is None else {var.name for var in variables}

    def _prepare(self) -> None:
        decay = self._call_if_callable(self._weight_decay)  # type: ignore[attr-defined]
        self._weight_decay_tensor = convert_to_tensor(decay, name="weight_decay")
        super()._prepare()  # type: ignore[misc]

    def _decayed(self, var: Any) -> list[Any]:
        if self._decay_var_list is not None and var.name not in self._decay_var_list:
            return []
        factor = ops.cast(self._weight_decay_tensor, var.dtype.base_dtype)
        return [var.assign_sub(factor * var.read_value())]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        with control_dependencies(self._decayed(var)):
            return super()._apply_dense(grad, var)  # type: ignore[misc]

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        with control_dependencies(self._decayed(var)):
            return super()._apply_sparse(grad, var)  # type: ignore[misc]


def extend_with_decoupled_weight_decay(base_optimizer: type[Any]) -> type[Any]:
    """Return a class of optimizers whose variables shrink by themselves.

    Args:
      base_optimizer: the class of the optimizers.

    >>> import graphflow as tf
    >>> kind = extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
    >>> v = tf.Variable([8.0, 4.0])
    >>> step = kind(weight_decay=0.25, learning_rate=1.0).minimize(tf.reduce_sum(v * [1.0, 2.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     sess.run(step)
    ...     print(sess.run(v))
    [5. 1.]
    """

    class OptimizerWithDecoupledWeightDecay(
        DecoupledWeightDecayExtension,
        base_optimizer,  # type: ignore[misc]
    ):
        """An optimizer whose variables shrink by themselves, by its argument `weight_decay`."""

        def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
            DecoupledWeightDecayExtension.__init__(self, weight_decay, **_named(args, kwargs))

    def _named(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        bound = inspect.signature(base_optimizer).bind_partial(*args, **kwargs)
        return dict(bound.arguments)

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with weight decay apart from the gradient.

    Args:
      weight_decay: by which part a variable shrinks in each step.
      learning_rate: see `AdamOptimizer`, like the others.
      beta1: see there.
      beta2: see there.
      epsilon: see there.
      use_locking: see there.
      name: see there.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon,
            use_locking=use_locking, name=name,
        )  # fmt: skip


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with weight decay apart from the gradient.

    Args:
      weight_decay: by which part a variable shrinks in each step.
      learning_rate: see `MomentumOptimizer`, like the others.
      momentum: see there.
      use_locking: see there.
      name: see there.
      use_nesterov: see there.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay, learning_rate=learning_rate, momentum=momentum, use_locking=use_locking,
            name=name, use_nesterov=use_nesterov,
        )  # fmt: skip
