"""Averages of the variables, which take their place in checkpoints."""

from __future__ import annotations

import contextlib
from typing import Any

import graphflow.ops as ops
from graphflow.checkpoints.saveables import named_saveables
from graphflow.checkpoints.saver import Saver
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.moving_averages import ExponentialMovingAverage
from graphflow.train.optimizer import Optimizer
from graphflow.variables.variable import global_variables


class MovingAverageOptimizer(DelegatingOptimizer):
    """Keeps averages of what another optimizer trains.

    Args:
      opt: the other optimizer.
      average_decay: how much of an average stays at a step, see `ExponentialMovingAverage`.
      num_updates: how many steps there were, see `ExponentialMovingAverage`.
      sequential_update: whether the averages take the variables in after the step, else those
        before it.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> optimizer = MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.5), 0.75)
    >>> step = optimizer.minimize(tf.reduce_sum(v * [2.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     print(sess.run(v), sess.run("Variable/ExponentialMovingAverage:0"))
    [0. 7.] [0.75 4.  ]
    """

    def __init__(
        self,
        opt: Optimizer,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        super().__init__(opt, False, "MovingAverage")
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._is_sequential = sequential_update
        # The average by the name of its variable, and the other way.
        self._partners: dict[str, Any] | None = None

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Add the step of the other optimizer, and that of the averages.

        Args:
          grads_and_vars: (gradient, variable) pairs.
          global_step: a variable to increment.
          name: the name of the other optimizer's operation.

        Returns:
          The operation of both.
        """
        pairs = list(grads_and_vars)
        train = self._opt.apply_gradients(pairs, global_step=global_step, name=name)
        variables = [var for grad, var in pairs if grad is not None]
        with control_dependencies([train]) if self._is_sequential else contextlib.nullcontext():
            move = self._ema.apply(variables)
        self._partners = {}
        for var in variables:
            average = self._ema.average(var)
            self._partners[var.op.name] = average
            self._partners[average.op.name] = var
        return ops.group(train, move, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Saver:
        """Return a saver for training that saves averages under the names of their variables.

        Other savers then restore the averages as variables.

        Args:
          var_list: what to save, as for `Saver`; by default all global variables.
          name: the saver's name.
          **kwargs: other arguments of `Saver`.

        Raises:
          RuntimeError: neither `minimize` nor `apply_gradients` has been called.
        """
        if self._partners is None:
            raise RuntimeError(
                "swapping_saver needs minimize or apply_gradients to be called before"
            )
        named = named_saveables(global_variables() if var_list is None else var_list)
        swapped = {key: self._swapped(item) for key, item in named.items()}
        return Saver(swapped, name=name, **kwargs)

    def _swapped(self, item: Any) -> Any:
        if isinstance(item, list):
            return [self._swapped(part) for part in item]
        assert self._partners is not None
        operation = getattr(item, "op", None)
        return self._partners.get(getattr(operation, "name", ""), item)
