"""A generator of points learns from a critic whose slope is kept near 1 (WGAN with penalty).

The penalty is a function of the critic's gradient, so its own gradient takes second derivatives.
"""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

CENTRE = np.array([2.0, -1.0])


def distance(points):
    """How far the mean of points is from that of the real ones."""
    return np.linalg.norm(points.mean(0) - CENTRE)


def initializer(seed):
    return tf.glorot_uniform_initializer(seed=seed)


def generated(noise):
    with tf.variable_scope("generator"):
        hidden = tf.layers.dense(noise, 16, tf.nn.selu, kernel_initializer=initializer(1))
        return tf.layers.dense(hidden, 2, kernel_initializer=initializer(2))


def judged(points, reuse=None):
    with tf.variable_scope("critic", reuse=reuse):
        hidden = tf.layers.dense(points, 16, tf.nn.softplus, kernel_initializer=initializer(3))
        hidden = tf.layers.dense(hidden, 16, tf.nn.elu, kernel_initializer=initializer(4))
        return tf.layers.dense(hidden, 1, kernel_initializer=initializer(5))


class Game:
    """Both nets, their losses and steps."""

    def __init__(self):
        self.real = tf.placeholder(tf.float32, [None, 2])
        self.noise = tf.placeholder(tf.float32, [None, 3])
        self.place = tf.placeholder(tf.float32, [None, 1])
        self.fake = generated(self.noise)
        of_real, of_fake = judged(self.real), judged(self.fake, reuse=True)
        between = self.real + self.place * (self.fake - self.real)
        slope = tf.norm(tf.gradients(judged(between, reuse=True), between)[0], axis=1)
        self.penalty = tf.reduce_mean((slope - 1.0) ** 2)
        distance = tf.reduce_mean(of_real) - tf.reduce_mean(of_fake)
        self.critic_loss = 10.0 * self.penalty - distance
        self.critic = tf.trainable_variables("critic")
        options = {"beta1": 0.0, "beta2": 0.9}
        self.criticize = tf.train.AdamOptimizer(5e-3, **options).minimize(
            self.critic_loss, var_list=self.critic
        )
        self.improve = tf.train.AdamOptimizer(5e-3, **options).minimize(
            -tf.reduce_mean(of_fake), var_list=tf.trainable_variables("generator")
        )

    def feeds(self, random, size=64):
        return {
            self.real: CENTRE + 0.3 * random.randn(size, 2),
            self.noise: random.randn(size, 3),
            self.place: random.rand(size, 1),
        }


def test_the_penalty_has_the_slope_that_differences_have():
    game = Game()
    kernel = next(v for v in game.critic if v.op.name.endswith("dense_1/kernel"))
    gradient = tf.gradients(game.penalty, kernel)[0]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feeds = game.feeds(np.random.RandomState(4), size=5)
        start, slope = sess.run([kernel, gradient], feeds)
        direction = np.random.RandomState(5).randn(*start.shape)
        values = []
        for step in (1e-2, -1e-2):
            kernel.load(start + step * direction, sess)
            values.append(float(sess.run(game.penalty, feeds)))
    assert (values[0] - values[1]) / 2e-2 == pytest.approx(np.sum(slope * direction), rel=1e-2)


def test_generated_points_move_to_the_real_ones():
    game, random = Game(), np.random.RandomState(0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feeds = game.feeds(random, size=500)
        at_first = distance(sess.run(game.fake, feeds))
        for _ in range(200):
            for _ in range(3):
                sess.run(game.criticize, game.feeds(random))
            sess.run(game.improve, game.feeds(random))
        points, penalty = sess.run([game.fake, game.penalty], feeds)
    assert at_first > 2
    assert distance(points) < 1
    assert penalty < 0.1
