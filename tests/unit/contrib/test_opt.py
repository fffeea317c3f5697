"""tf.contrib.opt: scipy's optimizers, and variants of Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf


def _session_with(*values: Any) -> tuple[tf.Session, list[Any]]:
    variables = [tf.Variable(value) for value in values]
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session, variables


def test_scipy_finds_the_minimum_of_several_variables() -> None:
    session, (a, b) = _session_with([7.0, -2.0], [[3.0], [1.0]])
    loss = tf.reduce_sum(tf.square(a - [1.0, 3.0])) + tf.reduce_sum(tf.square(b + 2.0))
    tf.contrib.opt.ScipyOptimizerInterface(loss).minimize(session)
    np.testing.assert_allclose(session.run(a), [1, 3], atol=1e-3)
    np.testing.assert_allclose(session.run(b), [[-2], [-2]], atol=1e-3)


def test_scipy_keeps_to_bounds() -> None:
    session, (v,) = _session_with([7.0, -2.0])
    loss = tf.reduce_sum(tf.square(v - [1.0, 3.0]))
    optimizer = tf.contrib.opt.ScipyOptimizerInterface(
        loss, var_to_bounds={v: ([2.5, -np.inf], np.inf)}
    )
    optimizer.minimize(session)
    np.testing.assert_allclose(session.run(v), [2.5, 3], atol=1e-3)


def test_scipy_keeps_to_constraints() -> None:
    # The point of the line x + y = 1 with x >= 3/4 that is nearest to the origin.
    session, (v,) = _session_with([4.0, 2.0])
    optimizer = tf.contrib.opt.ScipyOptimizerInterface(
        tf.reduce_sum(tf.square(v)),
        equalities=[tf.reduce_sum(v) - 1.0],
        inequalities=[v[0] - 0.75],
    )
    optimizer.minimize(session)
    np.testing.assert_allclose(session.run(v), [0.75, 0.25], atol=1e-3)


def test_scipy_tells_of_each_evaluation_and_feeds() -> None:
    session, (v,) = _session_with([4.0, 2.0])
    target = tf.placeholder(tf.float32, [2])
    loss = tf.reduce_sum(tf.square(v - target))
    losses: list[float] = []
    steps: list[Any] = []
    tf.contrib.opt.ScipyOptimizerInterface(loss, options={"maxiter": 3}).minimize(
        session,
        feed_dict={target: [5.0, -1.0]},
        fetches=[loss],
        loss_callback=losses.append,
        step_callback=lambda vector: steps.append(vector.copy()),
    )
    assert losses[0] == 10
    assert min(losses) < 1e-6
    np.testing.assert_allclose(steps[-1], session.run(v), rtol=1e-6)


def test_after_an_error_the_variables_are_as_before() -> None:
    session, (v,) = _session_with([4.0, 2.0])
    loss = tf.reduce_sum(tf.square(v))

    def fail(value: float) -> None:
        raise ArithmeticError("stop")

    with pytest.raises(ArithmeticError, match="stop"):
        tf.contrib.opt.ScipyOptimizerInterface(loss).minimize(
            session, fetches=[loss], loss_callback=fail
        )
    np.testing.assert_array_equal(session.run(v), [4, 2])


def test_weights_decay_apart_from_the_step() -> None:
    # Momentum 0: v - decay v - rate gradient.
    session, (v,) = _session_with([8.0, 4.0])
    step = tf.contrib.opt.MomentumWOptimizer(0.25, learning_rate=0.5, momentum=0.0).minimize(
        tf.reduce_sum(v * [1.0, 2.0])
    )
    session.run(tf.global_variables_initializer())
    session.run(step)
    np.testing.assert_allclose(session.run(v), [8 - 2 - 0.5, 4 - 1 - 1], rtol=1e-6)


def test_only_named_weights_decay() -> None:
    session, (a, b) = _session_with([8.0], [8.0])
    optimizer = tf.contrib.opt.MomentumWOptimizer(0.25, learning_rate=0.5, momentum=0.0)
    step = optimizer.minimize(tf.reduce_sum(a + b), decay_var_list=[a])
    session.run(tf.global_variables_initializer())
    session.run(step)
    np.testing.assert_allclose(session.run([a, b]), [[5.5], [7.5]], rtol=1e-6)


def test_adamax_steps_by_the_largest_gradient() -> None:
    # First step: m = 0.1 g, u = |g|, step = rate / (1 - 0.9) m / u = rate sign(g).
    session, (v,) = _session_with([1.0, 3.0])
    step = tf.contrib.opt.AdaMaxOptimizer(0.25).minimize(tf.reduce_sum(v * [2.0, -8.0]))
    session.run(tf.global_variables_initializer())
    session.run(step)
    np.testing.assert_allclose(session.run(v), [0.75, 3.25], rtol=1e-6)


def test_lazy_adam_leaves_the_moments_of_other_rows() -> None:
    session, (table,) = _session_with([[1.0], [2.0], [3.0]])
    row = tf.placeholder(tf.int32, [1])
    optimizer = tf.contrib.opt.LazyAdamOptimizer(0.25)
    step = optimizer.minimize(tf.reduce_sum(tf.gather(table, row)))
    session.run(tf.global_variables_initializer())
    session.run(step, {row: [0]})
    moment = session.run(optimizer.get_slot(table, "m"))
    session.run(step, {row: [2]})
    later = session.run(optimizer.get_slot(table, "m"))
    np.testing.assert_allclose(moment, [[0.1], [0.0], [0.0]], rtol=1e-6)
    np.testing.assert_allclose(later, [[0.1], [0.0], [0.1]], rtol=1e-6)
    np.testing.assert_allclose(session.run(table)[0], [0.75], rtol=1e-5)
