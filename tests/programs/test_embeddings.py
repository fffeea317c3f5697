"""Factors of a table of ratings: gathered rows, so the gradients are sparse."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def train(optimizer, name) -> list[float]:
    random = np.random.RandomState(10)
    ratings = random.randn(9, 2) @ random.randn(2, 6)
    users, items = np.nonzero(random.rand(9, 6) < 0.7)
    with tf.variable_scope(name):
        U = tf.get_variable("U", initializer=tf.constant(random.randn(9, 2), tf.float32))
        V = tf.get_variable("V", initializer=tf.constant(random.randn(6, 2), tf.float32))
    user = tf.placeholder(tf.int32, [None])
    item = tf.placeholder(tf.int32, [None])
    rating = tf.placeholder(tf.float32, [None])
    guess = tf.reduce_sum(tf.gather(U, user) * tf.gather(V, item), 1)
    loss = tf.reduce_mean(tf.square(guess - rating))
    assert isinstance(tf.gradients(loss, U)[0], tf.IndexedSlices)
    step = optimizer.minimize(loss)

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(120):
            feed = {user: users, item: items, rating: ratings[users, items]}
            losses.append(float(sess.run([step, loss], feed)[1]))
    return losses


def main() -> list[float]:
    return [
        *train(tf.train.GradientDescentOptimizer(0.5), "descent"),
        *train(tf.train.MomentumOptimizer(0.1, 0.9), "momentum"),
        *train(tf.train.AdamOptimizer(0.1), "adam"),
    ]


def test_each_optimizer_learns_the_table() -> None:
    losses = np.array(main()).reshape(3, 120)
    assert np.all(losses[:, -1] < 0.1 * losses[:, 0])
