"""Gradients that come too late are dropped."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.summary.functions import scalar
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.global_step import get_global_step
from graphflow.train.optimizer import Optimizer
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable


class DropStaleGradientOptimizer(DelegatingOptimizer):
    """Drops the gradients of a run in which others have made many steps meanwhile.

    The global step is read before the gradients and again after them.  The variable `stale_counter`
    counts how often gradients were dropped, and a summary shows their part of all steps.

    Args:
      opt: the optimizer that computes and applies gradients.
      staleness: how many steps the global step may be ahead.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> global_step = tf.train.get_or_create_global_step()
    >>> descent = tf.train.GradientDescentOptimizer(0.5)
    >>> optimizer = DropStaleGradientOptimizer(descent, staleness=0)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]), global_step)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(step), sess.run(v), sess.run(global_step))
    0.0 [0. 7.] 1
    """

    def __init__(
        self,
        opt: Optimizer,
        staleness: int,
        use_locking: bool = False,
        name: str = "DropStaleGradient",
    ) -> None:
        super().__init__(opt, use_locking, name)
        self._staleness = staleness
        self._local_step: Any = None

    def compute_gradients(self, loss: Any, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Add the gradients, which are computed after the global step is read.

        Args:
          loss: the tensor to minimize.
          *args: other arguments of the other optimizer's `compute_gradients`.
          **kwargs: likewise.

        Returns:
          A list of (gradient, variable).

        Raises:
          ValueError: there is no global step.
        """
        global_step = get_global_step()
        if global_step is None:
            raise ValueError("there is no global step: call tf.train.get_or_create_global_step()")
        loss = convert_to_tensor(loss)
        with get_default_graph().colocate_with(loss.op):
            self._local_step = global_step.read_value() + 0
        with control_dependencies([self._local_step]):
            loss = ops.identity(loss)
            return self._opt.compute_gradients(loss, *args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Add the step, which is made unless the gradients are stale.

        Args:
          grads_and_vars: what `compute_gradients` returned.
          global_step: the global step.
          name: the name of the other optimizer's operation.

        Returns:
          How many gradients were dropped, a tensor to run.

        Raises:
          ValueError: there is no global step, or no gradient was computed.
        """
        if global_step is None or self._local_step is None:
            raise ValueError("give global_step, and gradients of this optimizer")
        pairs = list(grads_and_vars)
        gradients = [
            grad.values if isinstance(grad, IndexedSlices) else grad
            for grad, _ in pairs
            if grad is not None
        ]
        with get_default_graph().colocate_with(global_step):
            counter = get_variable("stale_counter", [], initializer=Zeros(), trainable=False)
            with control_dependencies(gradients):
                staleness = ops.reshape(global_step.read_value() - self._local_step, [])
        self._opt._create_slots([var for grad, var in pairs if grad is not None])

        def accept() -> Tensor:
            update = self._opt.apply_gradients(pairs, global_step=global_step, name=name)
            with control_dependencies([update]):
                return ops.constant(0.0)

        is_fresh = ops.less_equal(staleness, self._staleness)
        dropped = ops.cond(is_fresh, accept, lambda: ops.constant(1.0))
        count = counter.assign_add(dropped)
        steps = ops.cast(global_step.read_value() + 1, as_dtype("float32"))
        scalar("Gradient staleness percentage", counter / steps)
        return count
