"""tf.contrib.mixed_precision: scales of losses, step by step."""

from __future__ import annotations

from typing import Any

import pytest

import graphflow as tf

mixed_precision: Any = tf.contrib.mixed_precision


def test_a_scale_rises_and_falls_after_some_steps() -> None:
    manager = mixed_precision.ExponentialUpdateLossScaleManager(8.0, 3, 2, 2.0, 0.25)
    is_finite = tf.placeholder(tf.bool, [])
    update = manager.update_loss_scale(is_finite)
    # A bad step ends the count of good ones, but not the other way; a change begins both anew.
    steps = [(1, 8), (1, 8), (0, 8), (1, 8), (1, 8), (1, 16), (0, 16), (0, 4), (0, 4), (1, 4),
             (0, 1), (0, 1), (0, 1)]  # fmt: skip
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for finite, expected in steps:
            session.run(update, {is_finite: bool(finite)})
            assert session.run(manager.get_loss_scale()) == expected


def test_a_scale_stays_finite() -> None:
    manager = mixed_precision.ExponentialUpdateLossScaleManager(2.0**127, 1)
    update = manager.update_loss_scale(tf.constant(True))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        assert session.run(manager.get_loss_scale()) == 2.0**127


@pytest.mark.parametrize("is_sparse", [False, True])
def test_steps_that_are_not_finite_are_left_out(is_sparse: bool) -> None:
    v = tf.Variable([[8.0], [4.0]])
    weight = tf.placeholder(tf.float32, [])
    count = tf.train.get_or_create_global_step()
    manager = mixed_precision.ExponentialUpdateLossScaleManager(16.0, 100, 1, decr_ratio=0.5)
    optimizer = mixed_precision.LossScaleOptimizer(tf.train.MomentumOptimizer(0.5, 0.5), manager)
    rows = tf.gather(v, [0, 1]) if is_sparse else v
    step = optimizer.minimize(tf.reduce_sum(rows) * weight, global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value, expected, scale, steps in (
            (2.0, [7, 3], 16, 1),
            (float("inf"), [7, 3], 8, 1),
            (1.0, [6, 2], 8, 2),
        ):
            session.run(step, {weight: value})
            assert session.run(v).ravel().tolist() == expected
            assert session.run([manager.get_loss_scale(), count]) == [scale, steps]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"loss_scale must be at least 1: 0\.5"):
        mixed_precision.FixedLossScaleManager(0.5)
    with pytest.raises(ValueError, match="it takes a LossScaleManager, not 8"):
        mixed_precision.LossScaleOptimizer(tf.train.AdamOptimizer(), 8)
    with pytest.raises(TypeError, match="abstract"):
        mixed_precision.LossScaleManager()
