"""Variables that are kept short."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.optimizer import Optimizer

_logger = logging.getLogger("graphflow")


class VariableClippingOptimizer(DelegatingOptimizer):
    """Scales variables down after each step of another optimizer, where they are too long.

    With a sparse gradient only its rows are scaled.

    Args:
      opt: the other optimizer.
      vars_to_clip_dims: for each variable to scale the axes along which its norm is taken.
      max_norm: the greatest Euclidean norm.
      use_locking: accepted; updates are always atomic.
      colocate_clip_ops_with_vars: whether norms are recorded on the devices of their variables.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1.0, 3.0], [0.5, 0.0]])
    >>> descent = tf.train.GradientDescentOptimizer(1.0)
    >>> optimizer = VariableClippingOptimizer(descent, {v: [1]}, max_norm=2.5)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [[-2.0, -1.0], [0.0, -1.0]]))
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     sess.run(step)
    ...     print(sess.run(v))
    [[1.5 2. ]
     [0.5 1. ]]
    """

    def __init__(
        self,
        opt: Optimizer,
        vars_to_clip_dims: Mapping[Any, Sequence[int]],
        max_norm: Any,
        use_locking: bool = False,
        colocate_clip_ops_with_vars: bool = False,
        name: str = "VariableClipping",
    ) -> None:
        super().__init__(opt, use_locking, name)
        self._axes = {var: list(axes) for var, axes in vars_to_clip_dims.items()}
        self._max_norm = max_norm
        self._is_colocated = colocate_clip_ops_with_vars

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Add the step of the other optimizer, and what scales its variables down.

        Args:
          grads_and_vars: (gradient, variable) pairs.
          global_step: a variable to increment.
          name: the name of the returned operation.

        Returns:
          The operation of both.
        """
        pairs = list(grads_and_vars)
        with name_scope(name, self._name) as scope:
            update = self._opt.apply_gradients(pairs, global_step=global_step)
            with control_dependencies([update]):
                clipped = [
                    self._clip(grad, var)
                    for grad, var in pairs
                    if grad is not None and var in self._axes
                ]
            return ops.group(update, *clipped, name=scope)

    def _clip(self, grad: Any, var: Any) -> Any:
        with name_scope("clip_" + var.op.name):
            if isinstance(grad, Tensor):
                return self._clip_all(var)
            return self._clip_rows(grad, var)

    def _clip_all(self, var: Any) -> Any:
        with self._on_device_of(var):
            value = var.read_value()
            excess = value - ops.clip_by_norm(value, self._max_norm, self._axes[var])
        with get_default_graph().colocate_with(var):
            return var.assign_sub(excess, use_locking=self._use_locking)

    def _clip_rows(self, grad: IndexedSlices, var: Any) -> Any:
        axes = self._axes[var]
        if 0 in axes:
            _logger.warning(
                "the norm of %s is taken along its rows %s: all of it is read in each step",
                var.op.name,
                axes,
            )
            return self._clip_all(var)
        graph = get_default_graph()
        indices, _ = ops.unique(grad.indices)  # a row that comes twice is shortened once
        with graph.colocate_with(var):
            rows = ops.gather(var, indices)
        with self._on_device_of(var):
            excess = rows - ops.clip_by_norm(rows, self._max_norm, axes)
        with graph.colocate_with(var):
            delta = IndexedSlices(excess, indices, grad.dense_shape)
            return var.scatter_sub(delta, use_locking=self._use_locking)

    def _on_device_of(self, var: Any) -> contextlib.AbstractContextManager[Any]:
        if self._is_colocated:
            return get_default_graph().colocate_with(var)
        return contextlib.nullcontext()
