"""`optimize_loss`: steps worked out by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

layers = tf.contrib.layers


@pytest.fixture
def loss():
    """A loss with the gradients [3, 4] for `a` and 12 for `b`."""
    a = tf.get_variable("a", initializer=[3.0, 4.0])
    b = tf.get_variable("b", initializer=12.0)
    return tf.nn.l2_loss(a) + tf.nn.l2_loss(b)


def after(step, *names, steps=1):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(steps):
            sess.run(step)
        return [np.asarray(value).tolist() for value in sess.run(list(names))]


@pytest.mark.parametrize(
    "optimizer",
    [
        "SGD",
        tf.train.GradientDescentOptimizer,
        tf.train.GradientDescentOptimizer(0.5),
        lambda rate: tf.train.GradientDescentOptimizer(rate),
    ],
    ids=["name", "class", "object", "function"],
)
def test_optimizers(loss, optimizer):
    tf.train.create_global_step()
    step = layers.optimize_loss(loss, None, 0.5, optimizer)
    assert after(step, "a:0", "b:0", "global_step:0") == [[1.5, 2], 6, 1]
    assert step.op.name.startswith("OptimizeLoss/")


@pytest.mark.parametrize("name", list(layers.OPTIMIZER_CLS_NAMES))
def test_names_of_optimizers(loss, name):
    step = layers.optimize_loss(loss, None, tf.constant(0.1), name)
    (b,) = after(step, "b:0")
    assert b < 12


def test_the_loss_is_that_before_the_step(loss):
    step = layers.optimize_loss(loss, None, None, lambda: tf.train.GradientDescentOptimizer(1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [sess.run(step), sess.run(step)] == [84.5, 0]


def test_decayed_rates_and_steps_that_do_not_count(loss):
    count = tf.train.create_global_step()

    def decay(rate, step):
        return rate / tf.cast(step + 1, tf.float32)

    step = layers.optimize_loss(
        loss, count, 0.5, "SGD", learning_rate_decay_fn=decay, increment_global_step=False
    )
    assert after(step, "b:0", "OptimizeLoss/learning_rate:0", count, steps=2) == [3, 0.5, 0]
    counting = layers.optimize_loss(
        loss, count, 0.5, "SGD", learning_rate_decay_fn=decay, name="other"
    )
    assert after(counting, "b:0", count, steps=2) == [12 * 0.5 * 0.75, 2]


def test_clipped_and_multiplied_gradients(loss):
    step = layers.optimize_loss(loss, None, 1.0, "SGD", clip_gradients=6.5)
    assert after(step, "a:0", "b:0") == [[1.5, 2], 6]
    only_b = layers.optimize_loss(
        loss, None, 1.0, "SGD", clip_gradients=lambda pairs: pairs[1:], name="function"
    )
    assert after(only_b, "a:0", "b:0") == [[3, 4], 0]
    some = layers.optimize_loss(
        loss, None, 1.0, "SGD", gradient_multipliers={"a": 0.5, "b:0": 0.25}, name="multiplied"
    )
    assert after(some, "a:0", "b:0") == [[1.5, 2], 9]


def test_only_some_variables_after_some_updates(loss):
    count = tf.get_variable("count", initializer=0.0, trainable=False)
    a, _ = tf.trainable_variables()
    step = layers.optimize_loss(
        loss, None, 1.0, "SGD", variables=[a], update_ops=[count.assign_add(1.0)], summaries=[]
    )
    assert after(step, "a:0", "b:0", count) == [[0, 0], 12, 1]


def test_noise():
    table = tf.get_variable("table", initializer=np.zeros([5000, 2], np.float32))
    loss = tf.reduce_sum(tf.gather(table, [1, 1]))
    step = layers.optimize_loss(loss, None, 1.0, "SGD", gradient_noise_scale=0.5)
    (found,) = after(step, table)
    noise = np.array(found) + np.eye(5000)[:, 1:2] * 2
    assert noise.std() == pytest.approx(0.44, rel=0.05)  # 0.5 times the deviation after the cut
    assert abs(noise).max() <= 1.0001


def test_sparse_gradients_are_multiplied():
    table = tf.get_variable("table", initializer=np.ones([3, 2], np.float32))
    loss = tf.reduce_sum(tf.gather(table, [1, 1]))
    step = layers.optimize_loss(loss, None, 1.0, "SGD", gradient_multipliers={table: 0.25})
    assert after(step, table) == [[[1, 1], [0.5, 0.5], [1, 1]]]


def test_adaptive_clipping():
    x = tf.placeholder(tf.float32, [2])
    clip = layers.adaptive_clipping_fn(std_factor=1.0, decay=0.5, epsilon=0.0, static_max_norm=90.0)
    ((grad, _), (missing, _)) = clip([(x, None), (None, None)])
    assert missing is None
    means, squares = 0.0, 0.0
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for norm in (10.0, 10.0, 12.0, 1000.0):
            log = np.log(norm)
            means, squares = (means + log) / 2, (squares + log**2) / 2
            greatest = np.exp(means + np.sqrt(squares - means**2))
            wanted = min(norm if norm < greatest else np.exp(means), 90)
            found = np.linalg.norm(sess.run(grad, {x: [0.6 * norm, 0.8 * norm]}))
            assert found == pytest.approx(wanted, rel=1e-4)


def test_what_is_refused(loss):
    def refused(match, *arguments, error=ValueError, **options):
        with pytest.raises(error, match=match):
            layers.optimize_loss(*arguments, **{"name": None, **options})

    refused("float or a scalar", loss, None, 1, "SGD")
    refused("must not be negative", loss, None, -0.1, "SGD")
    refused("needs a learning_rate", loss, None, None, "SGD")
    refused("must be one of Adagrad", loss, None, 0.1, "Newton")
    refused("must be a name", loss, None, 0.1, 3)
    refused("must return an optimizer", loss, None, 0.1, lambda rate: rate)
    refused("a float or a function", loss, None, 0.1, "SGD", clip_gradients="much")
    refused("needs a global_step", loss, None, 0.1, "SGD", learning_rate_decay_fn=lambda r, s: r)
    refused("not of 'colour'", loss, None, 0.1, "SGD", summaries=["colour"])
