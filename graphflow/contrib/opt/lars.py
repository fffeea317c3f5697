"""LARS: a learning rate for each layer (You, Gitman and Ginsburg, 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.train.optimizer import Optimizer


class LARSOptimizer(Optimizer):
    """Momentum whose learning rate, for each variable, is in proportion to its length.

    The rate is multiplied by `eeta * |var| / (|grad| + weight_decay * |var| + epsilon)`, unless one
    of the lengths is 0.  With sparse gradients it is plain momentum.

    Args:
      learning_rate: a number, tensor, or function without arguments that returns one.
      momentum: a number.
      weight_decay: by how much the length of a variable slows its steps down.
      eeta: how far a variable may move at once, as a part of its length.
      epsilon: keeps the division stable.
      name: name of the operations that are made.
      skip_list: a variable whose name contains one of these strings keeps the learning rate.
      use_nesterov: whether to use Nesterov's variant of momentum.

    Raises:
      ValueError: momentum or weight decay is negative.

    >>> import graphflow as tf
    >>> v = tf.Variable([3.0, 4.0])
    >>> optimizer = tf.contrib.opt.LARSOptimizer(1.0, weight_decay=1.0, eeta=0.5)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [5.0, 0.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v))
    [1.75 4.  ]
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any = 0.9,
        weight_decay: float = 0.0001,
        eeta: float = 0.001,
        epsilon: float = 0.0,
        name: str = "LARSOptimizer",
        skip_list: Sequence[str] | None = None,
        use_nesterov: bool = False,
    ) -> None:
        for what, value in (("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"{what} must not be negative: {value}")
        super().__init__(False, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._weight_decay = weight_decay
        self._eeta = eeta
        self._epsilon = epsilon
        self._skipped = tuple(skip_list or ())
        self._use_nesterov = use_nesterov
        self._rate_tensor: Any = None
        self._momentum_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        rate = self._call_if_callable(self._learning_rate)
        self._rate_tensor = convert_to_tensor(rate, name="learning_rate")
        self._momentum_tensor = convert_to_tensor(self._momentum, name="momentum")

    def compute_lr(self, grad: Any, var: Any) -> Tensor:
        """Return the learning rate for a variable.

        Args:
          grad: its gradient.
          var: the variable.
        """
        rate: Tensor = ops.cast(self._rate_tensor, var.dtype.base_dtype)
        if any(part in var.name for part in self._skipped):
            return rate
        length, slope = ops.norm(var, ord=2), ops.norm(grad, ord=2)
        trust = self._eeta * length / (slope + self._weight_decay * length + self._epsilon)
        has_both = ops.logical_and(ops.greater(length, 0), ops.greater(slope, 0))
        trusted: Tensor = rate * ops.where(has_both, trust, ops.ones_like(trust))
        return trusted

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return ops.apply_momentum(
            var,
            self.get_slot(var, "momentum"),
            self.compute_lr(grad, var),
            grad,
            ops.cast(self._momentum_tensor, var.dtype.base_dtype),
            use_nesterov=self._use_nesterov,
        )

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        dtype = var.dtype.base_dtype
        return ops.sparse_apply_momentum(
            var,
            self.get_slot(var, "momentum"),
            ops.cast(self._rate_tensor, dtype),
            grad.values,
            grad.indices,
            ops.cast(self._momentum_tensor, dtype),
            use_nesterov=self._use_nesterov,
        )
