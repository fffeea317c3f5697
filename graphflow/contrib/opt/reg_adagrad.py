"""Adagrad with steps that leave its accumulators as they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from graphflow.train.adagrad import AdagradOptimizer


class RegAdagradOptimizer(AdagradOptimizer):
    """Adagrad in which some steps, such as those of a penalty, do not count for the learning rate.

    Args:
      learning_rate: see `AdagradOptimizer`, like the others.
      initial_accumulator_value: see there.
      use_locking: see there.
      name: see there.

    >>> import graphflow as tf
    >>> v = tf.Variable([1.0, 3.0])
    >>> optimizer = RegAdagradOptimizer(0.5, 16.0)
    >>> with optimizer.avoid_updating_slots():
    ...     step = optimizer.minimize(tf.reduce_sum(v * [4.0, -8.0]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     for _ in range(2):
    ...         sess.run(step)
    ...         print(sess.run(v))
    [0.5 4. ]
    [0. 5.]
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "RegAdagrad",
    ) -> None:
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)

    @contextlib.contextmanager
    def avoid_updating_slots(self) -> Iterator[None]:
        """Let the steps built in a `with` block leave the accumulators as they are."""
        before, self._update_slots = self._update_slots, False
        try:
            yield
        finally:
            self._update_slots = before
