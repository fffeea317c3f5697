"""A line fitted by gradient descent, with the names of the first tutorials."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def main() -> list[float]:
    x_data = np.random.RandomState(1).rand(100).astype(np.float32)
    y_data = x_data * 0.1 + 0.3

    W = tf.Variable(tf.constant([0.25]))
    b = tf.Variable(tf.zeros([1]))
    y = W * x_data + b
    loss = tf.reduce_mean(tf.square(y - y_data))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    init = tf.initialize_all_variables()

    losses = []
    sess = tf.Session()
    sess.run(init)
    for _ in range(201):
        _, value = sess.run([train, loss])
        losses.append(float(value))
    np.testing.assert_allclose(sess.run(W), [0.1], atol=1e-3)
    np.testing.assert_allclose(sess.run(b), [0.3], atol=1e-3)
    sess.close()
    return losses


def test_line_is_found() -> None:
    assert main()[-1] < 1e-6
