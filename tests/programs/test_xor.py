"""Exclusive or with one hidden layer, name scopes and Adam."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def main() -> list[float]:
    XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    XOR_Y = [[0], [1], [1], [0]]
    random = np.random.RandomState(5)

    x_ = tf.placeholder(tf.float32, shape=[4, 2], name="x-input")
    y_ = tf.placeholder(tf.float32, shape=[4, 1], name="y-input")
    Theta1 = tf.Variable(random.uniform(-1, 1, (2, 6)).astype(np.float32), name="Theta1")
    Theta2 = tf.Variable(random.uniform(-1, 1, (6, 1)).astype(np.float32), name="Theta2")
    Bias1 = tf.Variable(tf.zeros([6]), name="Bias1")
    Bias2 = tf.Variable(tf.zeros([1]), name="Bias2")
    with tf.name_scope("layer2"):
        A2 = tf.sigmoid(tf.matmul(x_, Theta1) + Bias1)
    with tf.name_scope("layer3"):
        Hypothesis = tf.sigmoid(tf.matmul(A2, Theta2) + Bias2)
    with tf.name_scope("cost"):
        cost = tf.reduce_mean(-(y_ * tf.log(Hypothesis) + (1 - y_) * tf.log(1.0 - Hypothesis)))
    with tf.name_scope("train"):
        train_step = tf.train.AdamOptimizer(0.1).minimize(cost)

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(300):
            _, value = sess.run([train_step, cost], feed_dict={x_: XOR_X, y_: XOR_Y})
            losses.append(float(value))
        answers = sess.run(Hypothesis, feed_dict={x_: XOR_X})
    np.testing.assert_array_equal(answers > 0.5, np.array(XOR_Y) > 0)
    return losses


def test_exclusive_or_is_learned() -> None:
    assert main()[-1] < 0.05
