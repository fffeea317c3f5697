"""A step that is taken in a branch of a condition, as programs do that add gradients up first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf

OPTIMIZERS = {
    "adam": lambda: tf.train.AdamOptimizer(0.5),
    "momentum": lambda: tf.train.MomentumOptimizer(0.5, 0.5),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.5, centered=True),
    "adamax": lambda: tf.contrib.opt.AdaMaxOptimizer(0.5),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.5),
}


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_only_the_steps_that_are_due_are_taken(
    name: str, is_sparse: bool, use_resource: bool
) -> None:
    def after(add_step: Callable[[Any, Any], Any], feeds: list[Any]) -> Any:
        with tf.Graph().as_default(), tf.Session() as session:
            start = [[1.0, 3.0], [2.0, 5.0]]
            v = tf.get_variable("v", initializer=start, use_resource=use_resource)
            rows = tf.gather(v, [1, 1]) if is_sparse else v
            optimizer = OPTIMIZERS[name]()
            pairs = optimizer.compute_gradients(tf.reduce_sum(tf.square(rows)))
            step = add_step(optimizer, pairs)
            session.run(tf.global_variables_initializer())
            for feed in feeds:
                session.run(step, feed)
            return session.run([v, *optimizer.variables()])

    def in_branch(optimizer: Any, pairs: Any) -> Any:
        is_due = tf.placeholder(tf.bool, [], name="is_due")
        return tf.cond(is_due, lambda: optimizer.apply_gradients(pairs), tf.no_op)

    def always(optimizer: Any, pairs: Any) -> Any:
        return optimizer.apply_gradients(pairs)

    found = after(in_branch, [{"is_due:0": is_due} for is_due in (True, False, True)])
    expected = after(always, [None, None])
    assert len(found) == len(expected) > 1
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
