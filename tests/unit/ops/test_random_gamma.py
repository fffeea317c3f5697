"""Gamma and Poisson numbers: what the samples of the ops cannot say."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.kernels.gamma_gradient import gamma_sample_slope


def test_the_slope_keeps_the_place_in_the_distribution():
    """It is the derivative of the quantile function, here by differences."""
    scipy_special = pytest.importorskip("scipy.special")
    alpha, place = np.array([0.3, 1.0, 4.0, 4.0]), np.array([0.4, 0.9, 0.05, 0.999])
    low, middle, high = (
        scipy_special.gammaincinv(alpha + move, place) for move in (-1e-5, 0, 1e-5)
    )
    slope = gamma_sample_slope(alpha, middle)
    np.testing.assert_allclose(slope, (high - low) / 2e-5, rtol=1e-6)


def test_gradients_reach_both_parameters_of_a_gamma_distribution():
    alpha, beta = tf.constant([2.0, 5.0]), tf.constant(4.0)
    drawn = tf.random_gamma([3], alpha, beta, seed=3)
    (by_beta,) = tf.gradients(drawn, beta)
    (by_alpha,) = tf.gradients(drawn, alpha)
    with tf.Session() as session:
        x, for_alpha, for_beta = session.run([drawn, by_alpha, by_beta])
    np.testing.assert_allclose(for_beta, -x.sum() / 4, rtol=1e-5)
    slope = gamma_sample_slope(np.array([[2.0, 5.0]]), x * 4) / 4
    np.testing.assert_allclose(for_alpha, slope.sum(axis=0), rtol=1e-4)


def test_small_gamma_numbers_are_positive():
    x = tf.Session().run(tf.random_gamma([50], 1e-3, seed=1))
    assert (x > 0).all()


def test_what_is_refused():
    with pytest.raises(ValueError, match="floating numbers, not int32"):
        tf.random_gamma([2], 1, dtype=tf.int32)
    with pytest.raises(ValueError, match="broadcast"):
        tf.random_gamma([2], [1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="not string"):
        tf.random_poisson(1.0, [2], dtype=tf.string)
    negative = tf.random_gamma([2], tf.constant(-1.0))
    endless = tf.random_poisson(tf.constant(float("inf")), [2], tf.int32)
    with tf.Session() as session:
        for tensor, message in ((negative, "alpha must not be"), (endless, "rate must not be")):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                session.run(tensor)


def test_means_are_those_of_the_distribution():
    rates = np.array([0.5, 9.0, 400.0])
    drawn = tf.Session().run(tf.random_poisson(rates, [4000], tf.float64, seed=2))
    deviation = np.sqrt(rates / 4000)
    assert (abs(drawn.mean(axis=0) - rates) < 4 * deviation).all()
