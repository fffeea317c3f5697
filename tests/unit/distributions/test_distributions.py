from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import graphflow as tf

kinds = tf.distributions

SCALARS = {
    "normal": (lambda: kinds.Normal(1.5, 0.5), scipy.stats.norm(1.5, 0.5)),
    "uniform": (lambda: kinds.Uniform(-1.0, 3.0), scipy.stats.uniform(-1, 4)),
    "laplace": (lambda: kinds.Laplace(1.0, 2.0), scipy.stats.laplace(1, 2)),
    "gamma": (lambda: kinds.Gamma(3.0, 2.0), scipy.stats.gamma(3, scale=0.5)),
    "exponential": (lambda: kinds.Exponential(4.0), scipy.stats.expon(scale=0.25)),
    "beta": (lambda: kinds.Beta(2.0, 3.0), scipy.stats.beta(2, 3)),
    "student": (lambda: kinds.StudentT(5.0, 1.0, 2.0), scipy.stats.t(5, 1, 2)),
}


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


@pytest.mark.parametrize("name", SCALARS)
def test_densities_and_moments_are_those_of_scipy(name):
    make, theirs = SCALARS[name]
    ours = make()
    x = theirs.ppf([0.01, 0.2, 0.5, 0.75, 0.99]).astype(np.float32)
    values = run(
        [ours.prob(x), ours.log_prob(x), ours.cdf(x), ours.log_cdf(x), ours.survival_function(x)]
    )
    expected = [theirs.pdf(x), theirs.logpdf(x), theirs.cdf(x), theirs.logcdf(x), theirs.sf(x)]
    for ours_of, theirs_of in zip(values, expected, strict=True):
        np.testing.assert_allclose(ours_of, theirs_of, rtol=2e-4, atol=1e-5)
    moments = run([ours.mean(), ours.variance(), ours.stddev(), ours.entropy()])
    expected = [theirs.mean(), theirs.var(), theirs.std(), theirs.entropy()]
    np.testing.assert_allclose(moments, expected, rtol=1e-4)


@pytest.mark.parametrize("name", SCALARS)
def test_samples_have_the_distribution(name):
    make, theirs = SCALARS[name]
    samples = run(make().sample(5000, seed=7))
    assert scipy.stats.kstest(samples, theirs.cdf).pvalue > 0.01


@pytest.mark.parametrize("name", SCALARS)
def test_samples_are_reproducible_and_have_static_shapes(name):
    make, _ = SCALARS[name]
    one, other = make().sample([2, 3], seed=7), make().sample([2, 3], seed=7)
    assert one.shape.as_list() == [2, 3]
    first, second = run([one, other])
    np.testing.assert_array_equal(first, second)


def test_quantiles_undo_the_distribution_function():
    normal = kinds.Normal(2.0, [0.5, 3.0])
    np.testing.assert_allclose(run(normal.cdf(normal.quantile(0.3))), 0.3, rtol=1e-5)


def test_samples_move_with_their_parameters():
    loc, scale = tf.constant(2.0), tf.constant(3.0)
    sample = kinds.Normal(loc, scale).sample(4, seed=1)
    by_loc, by_scale, value = run([*tf.gradients(sample, [loc, scale]), sample])
    assert by_loc == 4.0
    np.testing.assert_allclose(by_scale, ((value - 2) / 3).sum(), rtol=1e-5)


def test_samples_of_gammas_move_with_their_shapes():
    shape = tf.constant(2.5, tf.float64)
    rate = tf.constant(2.0, tf.float64)
    sample = kinds.Gamma(shape, rate).sample(seed=1)
    slope, value = run([tf.gradients(sample, shape)[0], sample])
    gamma = scipy.stats.gamma
    step = 1e-5
    by_shape = (gamma.cdf(2 * value, 2.5 + step) - gamma.cdf(2 * value, 2.5 - step)) / (2 * step)
    np.testing.assert_allclose(slope, -by_shape / (2 * gamma.pdf(2 * value, 2.5)), rtol=1e-5)


def test_counts_of_throws_sum_to_their_number():
    throws = kinds.Multinomial([5.0, 9.0], probs=[[0.2, 0.8], [0.5, 0.5]])
    mixed = kinds.DirichletMultinomial(7.0, [[0.5, 2.0, 3.0]])
    counts, mixed_counts = run([throws.sample([6], seed=1), mixed.sample([6], seed=2)])
    np.testing.assert_array_equal(counts.sum(-1), [[5, 9]] * 6)
    np.testing.assert_array_equal(mixed_counts.sum(-1), [[7]] * 6)


def test_vectors_are_those_of_scipy():
    weights = np.array([1.5, 4.0, 2.0])
    ours, theirs = kinds.Dirichlet(weights), scipy.stats.dirichlet(weights)
    x = np.array([0.25, 0.5, 0.25])
    values = run([ours.log_prob(x), ours.entropy(), ours.mean(), ours.covariance()])
    expected = [theirs.logpdf(x), theirs.entropy(), theirs.mean(), theirs.cov()]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    ours = kinds.DirichletMultinomial(np.array([4.0, 6.0]), weights)
    for place, count in enumerate([4, 6]):
        theirs = scipy.stats.dirichlet_multinomial(weights, count)
        x = np.array([1.0, 0.0, count - 1.0])
        np.testing.assert_allclose(run(ours.log_prob(x))[place], theirs.logpmf(x), rtol=1e-6)
        np.testing.assert_allclose(run(ours.variance())[place], theirs.var(), rtol=1e-6)
        np.testing.assert_allclose(run(ours.covariance())[place], theirs.cov(), rtol=1e-6)


def test_the_share_of_each_class_is_its_probability():
    dice = kinds.Categorical(probs=[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
    draws = run(dice.sample(4000, seed=2))
    shares = np.stack([(draws == value).mean(0) for value in range(3)], 1)
    np.testing.assert_allclose(shares, [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], atol=0.03)


def test_batches_broadcast():
    beta = kinds.Beta([[1.0], [2.0]], [3.0, 4.0, 5.0])
    assert beta.batch_shape.as_list() == [2, 3]
    found = run(beta.cdf(0.25))
    expected = scipy.stats.beta([[1.0], [2.0]], [3.0, 4.0, 5.0]).cdf(0.25)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    student = kinds.StudentT([[3.0], [4.0]], [0.0, 1.0], 2.0)
    expected = scipy.stats.t([[3.0], [4.0]], [0.0, 1.0], 2.0).cdf(0.5)
    np.testing.assert_allclose(run(student.cdf(0.5)), expected, rtol=1e-5)


def test_a_mode_that_does_not_exist_is_nan_or_an_error():
    assert np.isnan(run(kinds.Gamma(0.5, 1.0).mode()))
    strict = kinds.Gamma(tf.placeholder_with_default(0.5, []), 1.0, allow_nan_stats=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="mode not defined"):
        run(strict.mode())
    assert run(kinds.Dirichlet([[0.5, 2.0], [3.0, 2.0]]).mode()).tolist()[1] == [
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
    ]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: kinds.Normal(0.0, -1.0, validate_args=True), "scale must be positive"),
        (lambda: kinds.Uniform(2.0, 1.0, validate_args=True), "low >= high"),
        (lambda: kinds.Bernoulli(probs=1.5, validate_args=True), "at most 1"),
        (lambda: kinds.Categorical(probs=[0.5, 0.2], validate_args=True), "sum to 1"),
        (lambda: kinds.Multinomial(1.5, probs=[0.5, 0.5], validate_args=True), "whole numbers"),
        (lambda: kinds.Bernoulli(0.5, 0.5), "either logits or probs"),
        (lambda: kinds.Bernoulli(), "either logits or probs"),
        (lambda: kinds.Categorical(probs=1.0), "needs a vector"),
    ],
)
def test_bad_parameters_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        run(make().sample(seed=1))


def test_bad_values_fail_in_the_run_if_they_are_checked():
    value = tf.placeholder_with_default(-1.0, [])
    for strict, text in (
        (kinds.Gamma(1.0, 1.0, validate_args=True), "positive"),
        (kinds.Beta(1.0, 1.0, validate_args=True), "positive"),
        (kinds.Bernoulli(0.5, validate_args=True), "negative"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(strict.log_prob(value))


def test_a_divergence_that_nobody_registered_is_refused():
    with pytest.raises(NotImplementedError, match="Normal and Gamma"):
        kinds.Normal(0.0, 1.0).kl_divergence(kinds.Gamma(1.0, 1.0))
    with pytest.raises(ValueError, match="already been registered"):
        kinds.RegisterKL(kinds.Normal, kinds.Normal)(lambda a, b, name=None: a)
    with pytest.raises(TypeError, match="must be a function"):
        kinds.RegisterKL(kinds.Normal, kinds.Gamma)(3)


def test_a_divergence_of_nan_can_be_an_error():
    nan = kinds.Normal(tf.placeholder_with_default(np.float32(np.nan), []), 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is NaN"):
        run(kinds.kl_divergence(nan, kinds.Normal(0.0, 1.0), allow_nan_stats=False))


class Halves(kinds.Distribution):
    """0.5 with certainty, with only what a test needs."""

    def __init__(self, name="Halves"):
        super().__init__(tf.float32, kinds.NOT_REPARAMETERIZED, False, True, name=name)

    def _batch_shape(self):
        return tf.TensorShape([])

    def _event_shape(self):
        return tf.TensorShape([])

    def _sample_n(self, n, seed=None):
        return tf.fill([n], 0.5)

    def _cdf(self, value):
        return tf.cast(value >= 0.5, tf.float32)


def test_a_subclass_gets_what_follows_from_what_it_defines():
    halves = Halves()
    log_cdf, survival, sample = run(
        [halves.log_cdf(0.75), halves.survival_function(0.25), halves.sample([2, 2])]
    )
    assert (log_cdf, survival, sample.tolist()) == (0.0, 1.0, [[0.5, 0.5], [0.5, 0.5]])
    for method in ("log_prob", "prob", "quantile"):
        with pytest.raises(NotImplementedError, match="Halves does not define"):
            getattr(halves, method)(0.5)
    for method in ("mean", "mode", "variance", "stddev", "covariance", "entropy"):
        with pytest.raises(NotImplementedError, match="Halves does not define"):
            getattr(halves, method)()


def test_copies_change_single_parameters():
    one = kinds.StudentT(df=3.0, loc=1.0, scale=2.0, name="t")
    other = one.copy(loc=5.0)
    assert (other.parameters["df"], other.parameters["loc"]) == (3.0, 5.0)
    assert run(other.mean()) == 5.0
    assert kinds.Exponential(2.0).copy().parameters["rate"] == 2.0


def test_shapes_of_parameters():
    assert {k: v.as_list() for k, v in kinds.Normal.param_static_shapes([2, 3]).items()} == {
        "loc": [2, 3],
        "scale": [2, 3],
    }
    with pytest.raises(ValueError, match="fully known"):
        kinds.Normal.param_static_shapes([None, 3])
