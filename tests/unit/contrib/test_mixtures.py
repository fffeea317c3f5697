"""Mixtures, and numbers that are rounded."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


WEIGHTS = np.float32([0.3, 0.6, 0.1])
LOC = np.float32([-2.0, 1.0, 5.0])
SCALE = np.float32([0.5, 1.0, 2.0])


def listed():
    parts = [kinds.Normal(loc, scale) for loc, scale in zip(LOC, SCALE, strict=True)]
    return kinds.Mixture(kinds.Categorical(probs=WEIGHTS), parts)


def stacked():
    return kinds.MixtureSameFamily(kinds.Categorical(probs=WEIGHTS), kinds.Normal(LOC, SCALE))


@pytest.mark.parametrize("make", [listed, stacked])
def test_densities_and_moments(make):
    ours = make()
    theirs = scipy.stats.norm(LOC, SCALE)
    x = np.float32([-2.5, 0.0, 3.0])
    values = run([ours.prob(x), ours.log_prob(x), ours.cdf(x), ours.log_cdf(x)])
    density, below = theirs.pdf(x[:, None]) @ WEIGHTS, theirs.cdf(x[:, None]) @ WEIGHTS
    expected = [density, np.log(density), below, np.log(below)]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    mean = WEIGHTS @ LOC
    variance = WEIGHTS @ (SCALE**2 + LOC**2) - mean**2
    moments = run([ours.mean(), ours.variance(), ours.stddev()])
    np.testing.assert_allclose(moments, [mean, variance, np.sqrt(variance)], rtol=1e-5)


@pytest.mark.parametrize("make", [listed, stacked])
def test_samples_have_the_distribution(make):
    theirs = scipy.stats.norm(LOC, SCALE)
    sample = make().sample([50, 100], seed=3)
    assert sample.shape.as_list() == [50, 100]
    drawn = run(sample).ravel()
    below = scipy.stats.kstest(drawn, lambda x: theirs.cdf(x[:, None]) @ WEIGHTS)
    assert below.pvalue > 0.01


def test_entropy_of_components():
    bound = run(listed().entropy_lower_bound())
    assert bound == pytest.approx(WEIGHTS @ scipy.stats.norm(LOC, SCALE).entropy(), rel=1e-5)


def test_mixtures_of_batches_of_vectors():
    rng = np.random.default_rng(0)
    loc = rng.normal(size=[2, 3, 4]).astype(np.float32) * 3
    scale = rng.uniform(0.5, 2.0, size=[2, 3, 4]).astype(np.float32)
    logits = rng.normal(size=[2, 3]).astype(np.float32)
    same = kinds.MixtureSameFamily(
        kinds.Categorical(logits=logits), kinds.MultivariateNormalDiag(loc, scale)
    )
    parts = [kinds.MultivariateNormalDiag(loc[:, k], scale[:, k]) for k in range(3)]
    mixed = kinds.Mixture(kinds.Categorical(logits=logits), parts)
    weights = scipy.special.softmax(logits, -1)
    x = rng.normal(size=[5, 2, 4]).astype(np.float32)
    logs = scipy.stats.norm(loc, scale).logpdf(x[:, :, None]).sum(-1) + np.log(weights)
    mean = np.einsum("bk,bke->be", weights, loc)
    gaps = loc - mean[:, None]
    covariance = np.einsum("bk,bki,bkj->bij", weights, gaps, gaps)
    covariance += np.einsum("bk,bke,ef->bef", weights, scale**2, np.eye(4))
    for ours in (same, mixed):
        assert ours.batch_shape.as_list() == [2]
        assert ours.event_shape.as_list() == [4]
        sample = ours.sample(6000, seed=3)
        values = run([ours.log_prob(x), ours.mean(), ours.variance(), sample])
        np.testing.assert_allclose(values[0], scipy.special.logsumexp(logs, -1), rtol=1e-4)
        np.testing.assert_allclose(values[1], mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(values[2], np.diagonal(covariance, 0, 1, 2), rtol=1e-4)
        assert values[3].shape == (6000, 2, 4)
        np.testing.assert_allclose(values[3].mean(0), mean, atol=0.25)
        shapes = run([ours.batch_shape_tensor(), ours.event_shape_tensor()])
        assert [shape.tolist() for shape in shapes] == [[2], [4]]
    np.testing.assert_allclose(run(same.covariance()), covariance, rtol=1e-4, atol=1e-4)


def test_one_mixture_of_several_batches_chooses_for_each():
    ours = kinds.MixtureSameFamily(
        kinds.Categorical(probs=[0.5, 0.5]), kinds.Normal([[-5.0, 5.0], [-5.0, 5.0]], 1.0)
    )
    first, second = run(ours.sample(1000, seed=1)).T > 0
    assert 400 < np.sum(first != second) < 600


def test_infinite_numbers_that_are_not_chosen():
    parts = [kinds.Deterministic(2.0), kinds.Deterministic(np.float32(np.inf))]
    mixture = kinds.Mixture(kinds.Categorical(probs=[1.0, 0.0]), parts)
    assert run(mixture.sample(3, seed=1)).tolist() == [2.0, 2.0, 2.0]


def test_mixtures_learn():
    logits, loc = tf.constant([0.0, 0.0]), tf.constant([0.0, 10.0])
    ours = kinds.MixtureSameFamily(kinds.Categorical(logits=logits), kinds.Normal(loc, 1.0))
    slopes = run(tf.gradients(ours.log_prob(11.0), [logits, loc]))
    np.testing.assert_allclose(slopes, [[-0.5, 0.5], [0.0, 1.0]], atol=1e-6)


def test_wrong_mixtures():
    cat, normal = kinds.Categorical(probs=[0.5, 0.5]), kinds.Normal(0.0, 1.0)
    with pytest.raises(TypeError, match="cat must be a Categorical"):
        kinds.Mixture(normal, [normal])
    with pytest.raises(ValueError, match="at least one"):
        kinds.Mixture(cat, [])
    with pytest.raises(TypeError, match="must be distributions"):
        kinds.Mixture(cat, [normal, 1.0])
    with pytest.raises(TypeError, match="same dtype, not float32, float64"):
        kinds.Mixture(cat, [normal, kinds.Normal(np.float64(0.0), np.float64(1.0))])
    with pytest.raises(ValueError, match="2 classes, there are 1"):
        kinds.Mixture(cat, [normal])
    with pytest.raises(ValueError, match="not compatible"):
        kinds.Mixture(cat, [normal, kinds.Normal([0.0, 1.0], 1.0)])
    with pytest.raises(ValueError, match="must be of integers"):
        kinds.MixtureSameFamily(normal, normal)
    with pytest.raises(ValueError, match="must have a batch"):
        kinds.MixtureSameFamily(cat, normal)
    with pytest.raises(ValueError, match="2 classes, there are 3"):
        kinds.MixtureSameFamily(cat, kinds.Normal(LOC, 1.0))
    batch = kinds.Categorical(probs=[[0.5, 0.5]] * 3)
    with pytest.raises(ValueError, match="has batch shape"):
        kinds.MixtureSameFamily(batch, kinds.Normal([[0.0, 1.0]] * 4, 1.0))
    with pytest.raises(NotImplementedError, match="vectors"):
        stacked().covariance()


# -- rounded numbers -------------------------------------------------------------------------------


def rounded(low=None, high=None, **options):
    return kinds.QuantizedDistribution(kinds.Normal(0.5, 2.0), low, high, **options)


def test_numbers_rounded_up():
    theirs = scipy.stats.norm(0.5, 2.0)
    x = np.arange(-6.0, 9.0, dtype=np.float32)
    ours = rounded()
    values = run([ours.prob(x), ours.log_prob(x), ours.cdf(x), ours.survival_function(x)])
    expected = theirs.cdf(x) - theirs.cdf(x - 1)
    np.testing.assert_allclose(values[0], expected, rtol=1e-4)
    np.testing.assert_allclose(values[1], np.log(expected), rtol=1e-4)
    np.testing.assert_allclose(values[2:], [theirs.cdf(x), theirs.sf(x)], rtol=1e-4)
    drawn = run(ours.sample(5000, seed=1))
    found = [np.mean(drawn == one) for one in x]
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_bounds():
    theirs = scipy.stats.norm(0.5, 2.0)
    ours = rounded(-1.0, 3.0)
    x = np.float32([-2, -1, 0, 1, 2, 3, 4])
    values = run([ours.prob(x), ours.cdf(x), ours.survival_function(x), ours.log_cdf(x)])
    inner = theirs.cdf([0, 1, 2]) - theirs.cdf([-1, 0, 1])
    expected = [0, theirs.cdf(-1), *inner, theirs.sf(2), 0]
    np.testing.assert_allclose(values[0], expected, rtol=1e-4, atol=1e-7)
    assert values[0].sum() == pytest.approx(1.0)
    np.testing.assert_allclose(values[1], np.cumsum(expected), rtol=1e-4)
    np.testing.assert_allclose(values[2], 1 - np.cumsum(expected), rtol=1e-4, atol=1e-6)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(values[3], np.log(np.cumsum(expected)), rtol=1e-4, atol=1e-6)
        logs = run(ours.log_prob(x))
        np.testing.assert_allclose(logs, np.log(expected), rtol=1e-4)
    drawn = run(ours.sample(1000, seed=1))
    assert (drawn.min(), drawn.max()) == (-1.0, 3.0)


def test_small_probabilities_of_both_tails_keep_their_digits():
    x = np.float32([-20.0, 23.0])
    theirs = scipy.stats.norm(0.5, 2.0)
    logs = [
        theirs.logcdf(-20) + np.log1p(-np.exp(theirs.logcdf(-21) - theirs.logcdf(-20))),
        theirs.logsf(22) + np.log1p(-np.exp(theirs.logsf(23) - theirs.logsf(22))),
    ]
    np.testing.assert_allclose(run(rounded().log_prob(x)), logs, rtol=1e-5)


def test_gradients_by_parameters_are_finite():
    loc = tf.constant(0.5)
    ours = kinds.QuantizedDistribution(kinds.Normal(loc, 2.0), -1.0, 3.0)
    logs = ours.log_prob([-1.0, 0.0, 3.0])
    slope = run(tf.gradients(logs, loc)[0])
    normal, step = scipy.stats.norm, 1e-4

    def total(center):
        theirs = normal(center, 2.0)
        return np.log([theirs.cdf(-1), theirs.cdf(0) - theirs.cdf(-1), theirs.sf(2)]).sum()

    expected = (total(0.5 + step) - total(0.5 - step)) / (2 * step)
    assert slope == pytest.approx(expected, rel=1e-3)


def test_checks_of_rounded_numbers():
    with pytest.raises(TypeError, match="must be a distribution"):
        kinds.QuantizedDistribution(1.0)
    half = tf.placeholder_with_default(0.5, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="low must be whole"):
        run(rounded(half, validate_args=True).cdf(1.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="values must be whole"):
        run(rounded(validate_args=True).prob(half))
    with pytest.raises(tf.errors.InvalidArgumentError, match="low must be less"):
        run(rounded(half * 6.0, 2.0, validate_args=True).cdf(1.0))
