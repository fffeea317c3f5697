"""Batch normalisation by hand: moving averages assigned before the output."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def main() -> list[float]:
    random = np.random.RandomState(8)
    data = (random.randn(32, 4) * 3 + [1, -2, 5, 0]).astype(np.float32)
    target = (data @ np.array([[0.5], [-1], [0.25], [2]]) + 1).astype(np.float32)
    decay = 0.9

    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.float32, [None, 1])
    scale = tf.Variable(tf.ones([4]))
    beta = tf.Variable(tf.zeros([4]))
    pop_mean = tf.Variable(tf.zeros([4]), trainable=False)
    pop_var = tf.Variable(tf.ones([4]), trainable=False)
    batch_mean, batch_var = tf.nn.moments(x, [0])
    train_mean = tf.assign(pop_mean, pop_mean * decay + batch_mean * (1 - decay))
    train_var = tf.assign(pop_var, pop_var * decay + batch_var * (1 - decay))
    with tf.control_dependencies([train_mean, train_var]):
        h = tf.nn.batch_normalization(x, batch_mean, batch_var, beta, scale, 1e-3)
    w = tf.Variable(tf.constant(0.1, shape=[4, 1]))
    b = tf.Variable(0.0)
    loss = tf.reduce_mean(tf.squared_difference(tf.matmul(h, w) + b, y))
    train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(80):
            value, _ = sess.run([loss, train], {x: data, y: target})
            losses.append(float(value))
        means, variances = sess.run([pop_mean, pop_var])
    share = 1 - decay**80
    np.testing.assert_allclose(means, share * data.mean(0), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(variances, share * data.var(0) + decay**80, rtol=1e-3)
    return losses


def test_regression_learns_and_averages_follow() -> None:
    losses = main()
    assert losses[-1] < 0.01 * losses[0]
