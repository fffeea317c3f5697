"""Families of distributions that are functions of others."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions

SCALE = np.float32([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]])
LOC = np.float32([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]])


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


@pytest.mark.parametrize("name", ["laplace", "exponential"])
def test_vectors_of_numbers_that_are_not_normal(name):
    kind, theirs, variance = {
        "laplace": (kinds.VectorLaplaceLinearOperator, scipy.stats.laplace, 2.0),
        "exponential": (kinds.VectorExponentialLinearOperator, scipy.stats.expon, 1.0),
    }[name]
    ours = kind(LOC, tf.linalg.LinearOperatorLowerTriangular(SCALE))
    z = np.float32([[[0.5, 0.1, 2.0], [1.0, 0.3, 0.7]]])
    x = z @ SCALE.T + LOC
    sample = ours.sample(20000, seed=1)
    values = run(
        [ours.log_prob(x), ours.mean(), ours.covariance(), ours.variance(), ours.mode(), sample]
    )
    log_det = np.linalg.slogdet(SCALE)[1]
    np.testing.assert_allclose(values[0], theirs.logpdf(z).sum(-1) - log_det, rtol=1e-5)
    np.testing.assert_allclose(values[1], LOC + theirs.mean() * SCALE.sum(1), rtol=1e-5)
    covariance = variance * SCALE @ SCALE.T
    np.testing.assert_allclose(values[2], np.stack([covariance, covariance]), rtol=1e-5)
    np.testing.assert_allclose(values[3], np.stack([np.diag(covariance)] * 2), rtol=1e-5)
    np.testing.assert_allclose(values[4], LOC)
    np.testing.assert_allclose(np.cov(values[5][:, 0].T), covariance, atol=0.6)
    np.testing.assert_allclose(values[5].mean(0), values[1], atol=0.3)
    assert (ours.batch_shape.as_list(), ours.event_shape.as_list()) == ([2], [3])
    np.testing.assert_allclose(run(ours.entropy()), 3 * theirs.entropy() + log_det, rtol=1e-5)


@pytest.mark.parametrize("kind", [kinds.VectorLaplaceDiag, kinds.VectorExponentialDiag])
def test_diagonals(kind):
    ours = kind(scale_diag=[1.0, 2.0], scale_identity_multiplier=0.5)
    variance = run(ours.variance())
    assert variance[1] / variance[0] == pytest.approx(2.5**2 / 1.5**2)
    assert ours.loc is None
    unit = kind(loc=[1.0, 2.0, 3.0])
    covariance = run(unit.covariance())
    np.testing.assert_allclose(covariance, covariance[0, 0] * np.eye(3))
    with pytest.raises(ValueError, match="loc or the scale"):
        kind()


def test_vectors_need_a_scale():
    with pytest.raises(ValueError, match="give a scale"):
        kinds.VectorLaplaceLinearOperator([1.0])
    operator = tf.linalg.LinearOperatorDiag(tf.constant([1 + 0j], tf.complex64))
    with pytest.raises(TypeError, match="must be floating"):
        kinds.VectorExponentialLinearOperator(scale=operator)


# -- tails -----------------------------------------------------------------------------------------


def test_without_arguments_tails_are_normal():
    ours = kinds.SinhArcsinh(1.0, [2.0, 3.0])
    theirs = scipy.stats.norm(1.0, [2.0, 3.0])
    x = np.float32([[-3.0], [0.5], [4.0]])
    np.testing.assert_allclose(run(ours.prob(x)), theirs.pdf(x), rtol=1e-5)
    assert ours.batch_shape.as_list() == [2]


def test_tails():
    loc, scale, skewness, tailweight = 1.0, 2.0, 0.4, 1.5
    ours = kinds.SinhArcsinh(loc, scale, skewness, tailweight)

    def below(x):
        factor = scale * 2 / np.sinh(np.arcsinh(2) * tailweight)
        return scipy.stats.norm.cdf(np.sinh(np.arcsinh((x - loc) / factor) / tailweight - skewness))

    x = np.float64([-3.0, 0.5, 4.0])
    density = (below(x + 1e-5) - below(x - 1e-5)) / 2e-5
    values = run([ours.cdf(np.float32(x)), ours.prob(np.float32(x))])
    np.testing.assert_allclose(values, [below(x), density], rtol=1e-4)
    assert scipy.stats.kstest(run(ours.sample(5000, seed=2)), below).pvalue > 0.01
    assert run([ours.skewness, ours.tailweight]) == [np.float32(0.4), np.float32(1.5)]


def test_tails_of_another_distribution():
    ours = kinds.SinhArcsinh(0.0, 1.0, distribution=kinds.StudentT(3.0, 0.0, 1.0))
    np.testing.assert_allclose(run(ours.prob(0.7)), scipy.stats.t(3).pdf(0.7), rtol=1e-5)
    wide = kinds.Normal(np.float64(0.0), np.float64(1.0))
    with pytest.raises(TypeError, match="must be of float32"):
        kinds.SinhArcsinh(0.0, 1.0, distribution=wide)


def test_vectors_with_tails():
    tails = {"skewness": [0.3, -0.2, 0.0], "tailweight": 1.2}
    ours = kinds.VectorSinhArcsinhDiag(LOC, [1.0, 2.0, 3.0], **tails)
    parts = kinds.SinhArcsinh(LOC, [1.0, 2.0, 3.0], **tails)
    x = np.float32([0.5, 1.0, -2.0])
    one, other = run([ours.log_prob(x), tf.reduce_sum(parts.log_prob(x), -1)])
    np.testing.assert_allclose(one, other, rtol=1e-5)
    assert ours.sample([4, 5], seed=1).shape.as_list() == [4, 5, 2, 3]


# -- Kumaraswamy -----------------------------------------------------------------------------------


def test_kumaraswamys_numbers():
    a, b = 1.7, 2.6
    ours = kinds.Kumaraswamy(a, b)

    def density(x):
        return a * b * x ** (a - 1) * (1 - x**a) ** (b - 1)

    def mean_of(function):
        return scipy.integrate.quad(lambda x: function(x) * density(x), 0, 1)[0]

    x = np.float32([0.1, 0.5, 0.8])
    mean = mean_of(lambda x: x)
    values = run([ours.prob(x), ours.cdf(x), ours.quantile(ours.cdf(x))])
    expected = [density(x), 1 - (1 - x**a) ** b, x]
    np.testing.assert_allclose(values, expected, rtol=1e-4)
    statistics = run([ours.mean(), ours.variance(), ours.entropy(), ours.mode()])
    grid = np.linspace(0.001, 0.999, 99901)
    expected = [
        mean,
        mean_of(lambda x: (x - mean) ** 2),
        mean_of(lambda x: -np.log(density(x))),
        grid[np.argmax(density(grid))],
    ]
    np.testing.assert_allclose(statistics, expected, rtol=1e-4)
    drawn = run(ours.sample(5000, seed=1))
    assert scipy.stats.kstest(drawn, lambda x: 1 - (1 - x**a) ** b).pvalue > 0.01


def test_kumaraswamys_mode_may_not_exist():
    assert np.isnan(run(kinds.Kumaraswamy([2.0, 0.5], 2.0).mode())).tolist() == [False, True]
    strict = kinds.Kumaraswamy(tf.placeholder_with_default(0.5, []), 2.0, allow_nan_stats=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="the mode needs"):
        run(strict.mode())
    with pytest.raises(ValueError, match="give both"):
        kinds.Kumaraswamy(1.0)
