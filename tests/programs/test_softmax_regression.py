"""Softmax regression as in the classic tutorial, on points around ten centres."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def main() -> list[float]:
    random = np.random.RandomState(2)
    centres = random.rand(10, 30)
    labels = random.randint(0, 10, 400)
    images = (centres[labels] + 0.1 * random.randn(400, 30)).astype(np.float32)
    one_hot = np.eye(10, dtype=np.float32)[labels]

    x = tf.placeholder("float", [None, 30])
    W = tf.Variable(tf.zeros([30, 10]))
    b = tf.Variable(tf.zeros([10]))
    y = tf.nn.softmax(tf.matmul(x, W) + b)
    y_ = tf.placeholder("float", [None, 10])
    cross_entropy = -tf.reduce_sum(y_ * tf.log(y))
    train_step = tf.train.GradientDescentOptimizer(0.01).minimize(cross_entropy)
    correct_prediction = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, "float"))

    sess = tf.InteractiveSession()
    tf.initialize_all_variables().run()
    losses = []
    for i in range(80):
        batch = slice(i % 8 * 50, i % 8 * 50 + 50)
        feed_dict = {x: images[batch], y_: one_hot[batch]}
        losses.append(float(cross_entropy.eval(feed_dict)))
        train_step.run(feed_dict=feed_dict)
    assert accuracy.eval(feed_dict={x: images, y_: one_hot}) > 0.95
    sess.close()
    return losses


def test_classes_are_told_apart() -> None:
    losses = main()
    np.testing.assert_allclose(losses[0], 50 * np.log(10), rtol=1e-5)
    assert losses[-1] < 0.2 * losses[0]
