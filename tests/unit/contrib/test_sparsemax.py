"""Sparse probabilities: the nearest point of the simplex, found by scipy."""

from __future__ import annotations

import numpy as np
from scipy import optimize

import graphflow as tf

parts = tf.contrib.sparsemax
LOGITS = np.random.default_rng(2).normal(size=[4, 5])


def nearest(row):
    def surplus(threshold):
        return np.maximum(row - threshold, 0).sum() - 1

    return np.maximum(row - optimize.brentq(surplus, row.min() - 1, row.max(), xtol=1e-14), 0)


def test_values():
    with tf.Session() as session:
        found = session.run(parts.sparsemax(LOGITS))
        np.testing.assert_allclose(found, [nearest(row) for row in LOGITS], atol=1e-12)
        unknown = tf.placeholder(tf.float32, [None, None])
        rows = [[1.0, np.nan], [np.inf, 0.0], [-np.inf, 2.0], [-np.inf, -np.inf]]
        special = session.run(parts.sparsemax(unknown), {unknown: rows})
    nan = np.nan
    np.testing.assert_array_equal(special, [[nan, nan], [nan, nan], [0, 1], [nan, nan]])


def test_gradients():
    logits, labels = tf.constant(LOGITS), np.eye(5)[[0, 3, 3, 1]]
    probabilities = parts.sparsemax(logits)
    loss = parts.sparsemax_loss(logits, probabilities, labels)
    slope = tf.gradients(loss, logits)[0]
    with tf.Session() as session:
        found, expected = session.run([slope, probabilities - labels])
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert tf.test.compute_gradient_error(logits, [4, 5], probabilities, [4, 5]) < 1e-6


def test_infinite_logits_cost_nothing_where_nothing_is_wanted():
    logits = tf.constant([[-np.inf, 2.0]])
    loss = parts.sparsemax_loss(logits, [[0.0, 1.0]], [[0.0, 1.0]])
    with tf.Session() as session:
        assert session.run(loss).tolist() == [0.0]
