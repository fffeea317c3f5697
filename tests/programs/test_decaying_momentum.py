"""A regularized network, trained by momentum with a rate that decays in a staircase."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def l2(scale):
    return lambda weights: tf.multiply(scale, tf.nn.l2_loss(weights), name="l2")


def dense(x, units, name, activation=None):
    n = x.get_shape()[1].value
    start = np.random.RandomState(units).randn(n, units) * 0.5
    with tf.variable_scope(name):
        W = tf.get_variable(
            "W", [n, units], initializer=tf.constant_initializer(start), regularizer=l2(1e-4)
        )
        b = tf.get_variable("b", [units], initializer=tf.zeros_initializer())
        h = tf.nn.xw_plus_b(x, W, b)
        return activation(h) if activation else h


def main() -> list[float]:
    angle = np.random.RandomState(6).uniform(0, 6, 120)
    labels = np.arange(120) % 2
    turned = angle + np.pi * labels
    points = np.stack([np.cos(turned), np.sin(turned)], 1) * angle[:, None] / 6

    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.placeholder(tf.int64, [None], name="y")
    keep_prob = tf.placeholder(tf.float32)
    h = tf.nn.dropout(dense(x, 24, "h1", tf.nn.tanh), keep_prob)
    logits = dense(dense(h, 16, "h2", tf.nn.relu), 2, "out")
    xent = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits, name="xent")
    reg = tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    loss = tf.reduce_mean(xent) + reg

    global_step = tf.Variable(0, name="global_step", trainable=False)
    rate = tf.train.exponential_decay(0.2, global_step, 50, 0.8, staircase=True)
    optimizer = tf.train.MomentumOptimizer(rate, 0.9)
    train = optimizer.minimize(loss, global_step=global_step)
    accuracy = tf.reduce_mean(tf.to_float(tf.nn.in_top_k(logits, y, 1)))

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {x: points, y: labels, keep_prob: 1.0}
        for _ in range(200):
            losses.append(float(sess.run(loss, feed)))
            assert sess.run(train, feed) is None
        assert tf.train.global_step(sess, global_step) == 200
        np.testing.assert_allclose(sess.run(rate), 0.2 * 0.8**4, rtol=1e-6)
        assert sess.run(accuracy, feed) > 0.9
    assert xent.name == "xent/xent:0"
    assert train.type == "AssignAdd"
    return losses


def test_spirals_are_told_apart() -> None:
    losses = main()
    assert losses[-1] < 0.4 * losses[0]
