from __future__ import annotations

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def compound(count, loc, scale):
    """The probability of a count, by integration over the logarithm of the rate."""
    normal = scipy.stats.norm(loc, scale)
    return scipy.integrate.quad(
        lambda x: scipy.stats.poisson.pmf(count, np.exp(x)) * normal.pdf(x), -8, 8
    )[0]


def test_many_points_come_near_the_integral():
    loc = np.float64([0.0, 0.5])
    for scheme, size in (
        (kinds.quadrature_scheme_lognormal_gauss_hermite, 30),
        (kinds.quadrature_scheme_lognormal_quantiles, 2000),
    ):
        ours = kinds.PoissonLogNormalQuadratureCompound(loc, np.float64(0.75), size, scheme)
        assert ours.batch_shape.as_list() == [2]
        values = run([ours.prob(np.float64([0.0])), ours.prob(np.float64([3.0])), ours.mean()])
        expected = [[compound(count, one, 0.75) for one in loc] for count in (0, 3)]
        np.testing.assert_allclose(values[:2], expected, rtol=5e-3)
        np.testing.assert_allclose(values[2], np.exp(loc + 0.75**2 / 2), rtol=2e-2)


def test_moments_and_samples_belong_to_the_mixture():
    ours = kinds.PoissonLogNormalQuadratureCompound([0.0, 1.0], 0.5, quadrature_size=4)
    rates, weights = run([ours.distribution.rate, ours.mixture_distribution.probs])
    mean = rates @ weights
    variance = rates @ weights + (rates**2) @ weights - mean**2
    sample = ours.sample(20000, seed=1)
    values = run([ours.mean(), ours.variance(), sample])
    np.testing.assert_allclose(values[0], mean, rtol=1e-5)
    np.testing.assert_allclose(values[1], variance, rtol=1e-5)
    np.testing.assert_allclose(values[2].mean(0), mean, rtol=0.03)
    np.testing.assert_allclose(values[2].var(0), variance, rtol=0.05)
    assert ours.quadrature_size == 4
    assert run([ours.loc, ours.scale])[1] == 0.5


def test_dtypes_of_points_and_weights():
    def scheme(loc, scale, size, validate_args):
        return tf.zeros([size]), tf.fill([size], np.float64(1.0 / size))

    with pytest.raises(TypeError, match="rates are float32, their weights float64"):
        kinds.PoissonLogNormalQuadratureCompound(0.0, 1.0, 4, scheme)


@pytest.mark.parametrize(
    "name",
    [
        "VectorDiffeomixture",
        "quadrature_scheme_softmaxnormal_gauss_hermite",
        "quadrature_scheme_softmaxnormal_quantiles",
        "estimator_head_distribution_regression",
    ],
)
def test_what_is_not_available_says_so(name):
    with pytest.raises(NotImplementedError, match=name):
        getattr(kinds, name)(tf.zeros([2]), 1.0, quadrature_size=3)
