"""tf.contrib.opt: steps by signs and by lengths; each expected value is worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import graphflow as tf


def _two_steps(
    optimizer: Any, start: Any, gradients: Any, rows: Any = None, use_resource: bool = False
) -> list[Any]:
    """The variable after each step; the gradients do not depend on it."""
    v = tf.get_variable("v", initializer=start, use_resource=use_resource)
    weights = tf.placeholder(tf.float32, np.shape(gradients[0]))
    step_count = tf.train.get_or_create_global_step()
    loss = tf.reduce_sum((v if rows is None else tf.gather(v, rows)) * weights)
    step = optimizer.minimize(loss, global_step=step_count)
    values = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for gradient in gradients:
            session.run(step, {weights: gradient})
            values.append(session.run(v))
    return values


@pytest.mark.parametrize("use_resource", [False, True])
def test_add_sign(use_resource: bool) -> None:
    optimizer = tf.contrib.opt.AddSignOptimizer(0.5, alpha=2.0, beta=0.5)
    first, second = _two_steps(
        optimizer, [1.0, 3.0], ([2.0, -4.0], [2.0, 1.0]), use_resource=use_resource
    )
    # The means are [1, -2], which agree with the gradients: factor 2 + 1.
    np.testing.assert_allclose(first, [1 - 0.5 * 3 * 2, 3 + 0.5 * 3 * 4])
    # The means are [1.5, -0.5]: the second gradient disagrees, factor 2 - 1.
    np.testing.assert_allclose(second, [-2 - 0.5 * 3 * 2, 9 - 0.5 * 1 * 1])


@pytest.mark.parametrize("use_resource", [False, True])
def test_power_sign(use_resource: bool) -> None:
    optimizer = tf.contrib.opt.PowerSignOptimizer(0.5, base=2.0, beta=0.5)
    first, second = _two_steps(
        optimizer, [1.0, 3.0], ([2.0, -4.0], [2.0, 1.0]), use_resource=use_resource
    )
    np.testing.assert_allclose(first, [1 - 0.5 * 2 * 2, 3 + 0.5 * 2 * 4], rtol=1e-6)
    np.testing.assert_allclose(second, [-1 - 0.5 * 2 * 2, 7 - 0.5 / 2 * 1], rtol=1e-6)


@pytest.mark.parametrize("use_resource", [False, True])
def test_add_sign_of_rows(use_resource: bool) -> None:
    optimizer = tf.contrib.opt.AddSignOptimizer(0.5, alpha=2.0, beta=0.5)
    gradients = ([[2.0], [-1.0], [-3.0]], [[1.0], [1.0], [1.0]])
    first, second = _two_steps(
        optimizer, [[1.0], [5.0], [3.0]], gradients, rows=[0, 2, 2], use_resource=use_resource
    )
    # Row 2 comes twice: its gradient is -4, then 2, and its mean -2, then 0.
    np.testing.assert_allclose(first.ravel(), [1 - 0.5 * 3 * 2, 5, 3 + 0.5 * 3 * 4])
    np.testing.assert_allclose(second.ravel(), [-2 - 0.5 * 3 * 1, 5, 9 - 0.5 * 2 * 2])


@pytest.mark.parametrize("use_resource", [False, True])
def test_the_weight_of_the_sign_falls(use_resource: bool) -> None:
    decay = tf.contrib.opt.get_linear_decay_fn(4)
    optimizer = tf.contrib.opt.AddSignOptimizer(1.0, alpha=2.0, sign_decay_fn=decay)
    values = _two_steps(optimizer, [0.0], [[1.0]] * 6, use_resource=use_resource)
    # The factors are 3, 2.75, 2.5, 2.25, and then 2.
    np.testing.assert_allclose(np.ravel(values), [-3, -5.75, -8.25, -10.5, -12.5, -14.5])


def test_a_decay_needs_the_global_step() -> None:
    decay = tf.contrib.opt.get_cosine_decay_fn(4)
    optimizer = tf.contrib.opt.PowerSignOptimizer(1.0, sign_decay_fn=decay)
    with pytest.raises(ValueError, match="needs global_step"):
        optimizer.minimize(tf.Variable(1.0))


def test_decays_end() -> None:
    cosine = tf.contrib.opt.get_cosine_decay_fn(8, num_periods=2, zero_after=1.5)
    restart = tf.contrib.opt.get_restart_decay_fn(8, num_periods=4, zero_after=2)
    with tf.Session() as session:
        steps = (0, 1, 5, 6, 20)
        found = session.run([cosine(step) for step in steps])
        np.testing.assert_allclose(found, [1, 0.5, 0.5, 0, 0], atol=1e-6)
        found = session.run([restart(step) for step in (0, 1, 2, 3, 4, 5)])
        half = 0.5 * (1 + math.cos(math.pi / 2))
        np.testing.assert_allclose(found, [1, half, 1, half, 0, 0], atol=1e-6)


@pytest.mark.parametrize("use_resource", [False, True])
def test_rates_in_proportion_to_lengths(use_resource: bool) -> None:
    optimizer = tf.contrib.opt.LARSOptimizer(
        2.0, momentum=0.5, weight_decay=0.5, eeta=0.25, epsilon=0.5
    )
    first, second = _two_steps(
        optimizer, [3.0, 4.0], ([0.0, 2.0], [3.0, 0.0]), use_resource=use_resource
    )
    # Lengths 5 and 2: rate 2 * 0.25 * 5 / (2 + 2.5 + 0.5) = 0.5.
    np.testing.assert_allclose(first, [3, 3])
    length = math.sqrt(18)
    rate = 2 * 0.25 * length / (3 + 0.5 * length + 0.5)
    np.testing.assert_allclose(second, [3 - rate * 3, 3 - rate * 1], rtol=1e-6)


def test_a_length_of_zero_keeps_the_rate() -> None:
    optimizer = tf.contrib.opt.LARSOptimizer(0.5, momentum=0.5)
    first, second = _two_steps(optimizer, [0.0, 0.0], ([0.0, 2.0], [0.0, 0.0]))
    np.testing.assert_allclose(first, [0, -1])
    np.testing.assert_allclose(second, [0, -1.5])


def test_some_variables_keep_the_rate() -> None:
    optimizer = tf.contrib.opt.LARSOptimizer(
        0.5, momentum=0.5, skip_list=["bias", "v"], use_nesterov=True
    )
    first, second = _two_steps(optimizer, [3.0, 4.0], ([0.0, 2.0], [4.0, 0.0]))
    np.testing.assert_allclose(first, [3, 4 - 0.5 * (2 + 0.5 * 2)])
    np.testing.assert_allclose(second, [3 - 0.5 * (4 + 0.5 * 4), 2.5 - 0.5 * 0.5 * 1])


def test_rows_keep_the_rate() -> None:
    optimizer = tf.contrib.opt.LARSOptimizer(0.5, momentum=0.5)
    gradients = ([[2.0], [1.0]], [[2.0], [1.0]])
    first, second = _two_steps(optimizer, [[1.0], [2.0], [4.0]], gradients, rows=[2, 2])
    np.testing.assert_allclose(first.ravel(), [1, 2, 4 - 0.5 * 3])
    np.testing.assert_allclose(second.ravel(), [1, 2, 2.5 - 0.5 * 4.5])


@pytest.mark.parametrize("argument", ["momentum", "weight_decay"])
def test_negative_numbers_are_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=f"{argument} must not be negative"):
        tf.contrib.opt.LARSOptimizer(0.5, **{argument: -0.5})
