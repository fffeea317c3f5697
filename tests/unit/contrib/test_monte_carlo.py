from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

kinds = tf.contrib.distributions
monte_carlo = tf.contrib.bayesflow.monte_carlo


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def test_gradients_through_samples():
    loc, scale = tf.constant(1.5), tf.constant(2.0)
    normal = kinds.Normal(loc, scale)
    mean = monte_carlo.expectation(tf.square, normal.sample(20000, seed=1))
    values = run([mean, *tf.gradients(mean, [loc, scale])])
    # The mean of x^2 is loc^2 + scale^2.
    np.testing.assert_allclose(values, [6.25, 3.0, 4.0], rtol=0.04)


def test_gradients_by_probabilities():
    probs = tf.constant([0.3, 0.6])
    coins = kinds.Bernoulli(probs=probs, dtype=tf.float32)
    mean = monte_carlo.expectation(
        lambda x: 5.0 * x, coins.sample(20000, seed=1), coins.log_prob, use_reparametrization=False
    )
    values = run([mean, tf.gradients(mean, probs)[0]])
    np.testing.assert_allclose(values, [[1.5, 3.0], [5.0, 5.0]], rtol=0.04)


def test_axes():
    samples = np.arange(12.0).reshape(3, 4)
    one = monte_carlo.expectation(tf.identity, samples, axis=1, keep_dims=True)
    assert run(one).tolist() == [[1.5], [5.5], [9.5]]


def test_weights_of_samples():
    p, q = kinds.Normal(np.float64(1.0), np.float64(1.0)), kinds.Normal(
        np.float64(0.0), np.float64(2.0)
    )  # fmt: skip
    z = np.random.default_rng(0).normal(size=[50, 2]) * 2
    weights = np.exp(run(p.log_prob(z) - q.log_prob(z)))
    one = monte_carlo.expectation_importance_sampler(lambda x: x - 1.0, p.log_prob, q, z=z)
    other = monte_carlo.expectation_importance_sampler_logspace(tf.abs, p.log_prob, q, z=z)
    values = run([one, other])
    np.testing.assert_allclose(values[0], (weights * (z - 1)).mean(0))
    np.testing.assert_allclose(values[1], np.log((weights * np.exp(abs(z))).mean(0)))


def test_wrong_arguments():
    normal = kinds.Normal(0.0, 1.0)
    with pytest.raises(ValueError, match="f must be a function"):
        monte_carlo.expectation(1.0, [1.0])
    with pytest.raises(ValueError, match="log_prob must be a function"):
        monte_carlo.expectation(tf.abs, [1.0], use_reparametrization=False)
    with pytest.raises(ValueError, match="either z or n"):
        monte_carlo.expectation_importance_sampler(tf.abs, normal.log_prob, normal)
    with pytest.raises(ValueError, match="either z or n"):
        monte_carlo.expectation_importance_sampler_logspace(
            tf.abs, normal.log_prob, normal, z=[1.0], n=2
        )
