"""`tf.contrib.nn`."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(200, 300)).astype(np.float32)
    keep = tf.placeholder_with_default(np.float32(0.8), [])
    for given in (0.8, keep):
        with tf.Session() as session:
            y = session.run(tf.contrib.nn.alpha_dropout(x, given, seed=3))
        scale = (0.8 + 1.7580993408473766**2 * 0.8 * 0.2) ** -0.5
        shift = scale * 1.7580993408473766 * 0.2
        is_kept = np.isclose(y, scale * x + shift, atol=1e-5)
        assert abs(is_kept.mean() - 0.8) < 0.01
        np.testing.assert_allclose(y[~is_kept], shift - scale * 1.7580993408473766, rtol=1e-5)
        assert abs(y.mean()) < 0.02
        assert abs(y.std() - 1) < 0.02
    with pytest.raises(ValueError, match="keep_prob"):
        tf.contrib.nn.alpha_dropout(x, 0.0)


def test_losses_with_their_arguments_the_other_way_round():
    logits = np.log(np.float32([[1, 3], [7, 1]]))
    nn = tf.contrib.nn
    labels = np.float32([[0, 1], [0.5, 0.5]])
    with tf.Session() as session:
        soft, sparse, sigmoid = session.run(
            [
                nn.deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels),
                nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, [1, 0]),
                nn.deprecated_flipped_sigmoid_cross_entropy_with_logits(logits, targets=labels),
            ]
        )
    np.testing.assert_allclose(soft, -np.log([3 / 4, np.sqrt(7 / 64)]), rtol=1e-5)
    np.testing.assert_allclose(sparse, -np.log([3 / 4, 7 / 8]), rtol=1e-5)
    np.testing.assert_allclose(
        np.exp(-sigmoid), [[1 / 2, 3 / 4], [np.sqrt(7 / 64), 1 / 2]], rtol=1e-5
    )


def test_a_staging_area():
    area = tf.contrib.staging.StagingArea([tf.float32], shapes=[[]])
    put, value = area.put([tf.constant(2.5)]), area.get()
    with tf.Session() as session:
        session.run(put)
        assert session.run(value) == [2.5]


def test_scaled_softplus_slopes():
    x, alpha = tf.constant([-3.0, 0.5, 40.0]), tf.constant(2.0)
    y = tf.contrib.nn.scaled_softplus(x, alpha, clip=30.0)
    slopes = tf.gradients(y, [x, alpha])
    with tf.Session() as session:
        by_x, by_alpha = session.run(slopes)
    np.testing.assert_allclose(by_x, [1 / (1 + np.exp(1.5)), 1 / (1 + np.exp(-0.25)), 0], rtol=1e-5)
    expected = [np.log1p(np.exp(t)) - t / (1 + np.exp(-t)) for t in (-1.5, 0.25)]
    np.testing.assert_allclose(by_alpha, sum(expected), rtol=1e-5)
