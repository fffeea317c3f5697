from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions

COUNTS = {
    "poisson": (lambda: kinds.Poisson(2.5), scipy.stats.poisson(2.5)),
    "geometric": (lambda: kinds.Geometric(probs=0.3), scipy.stats.geom(0.3, loc=-1)),
    "binomial": (lambda: kinds.Binomial(7.0, probs=0.3), scipy.stats.binom(7, 0.3)),
    "negative": (
        lambda: kinds.NegativeBinomial(4.0, probs=0.3),
        scipy.stats.nbinom(4, 0.7),
    ),
}

SCALARS = {
    "logistic": (lambda: kinds.Logistic(1.0, 2.0), scipy.stats.logistic(1, 2)),
    "gumbel": (lambda: kinds.Gumbel(1.0, 2.0), scipy.stats.gumbel_r(1, 2)),
    "cauchy": (lambda: kinds.Cauchy(1.0, 2.0), scipy.stats.cauchy(1, 2)),
    "half normal": (lambda: kinds.HalfNormal(2.0), scipy.stats.halfnorm(scale=2)),
    "inverse gamma": (lambda: kinds.InverseGamma(3.0, 2.0), scipy.stats.invgamma(3, scale=2)),
    "chi2": (lambda: kinds.Chi2(3.0), scipy.stats.chi2(3)),
}

LEVELS = np.float32([0.01, 0.2, 0.5, 0.75, 0.99])


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


@pytest.mark.parametrize("name", SCALARS)
def test_densities_are_those_of_scipy(name):
    make, theirs = SCALARS[name]
    ours = make()
    x = theirs.ppf(LEVELS).astype(np.float32)
    values = run([ours.prob(x), ours.log_prob(x), ours.cdf(x), ours.entropy()])
    expected = [theirs.pdf(x), theirs.logpdf(x), theirs.cdf(x), theirs.entropy()]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(SCALARS) - {"cauchy"}))
def test_moments_are_those_of_scipy(name):
    make, theirs = SCALARS[name]
    ours = make()
    moments = run([ours.mean(), ours.variance(), ours.stddev()])
    np.testing.assert_allclose(moments, [theirs.mean(), theirs.var(), theirs.std()], rtol=1e-4)


@pytest.mark.parametrize("name", ["logistic", "gumbel", "cauchy", "half normal"])
def test_quantiles_are_those_of_scipy(name):
    make, theirs = SCALARS[name]
    np.testing.assert_allclose(run(make().quantile(LEVELS)), theirs.ppf(LEVELS), rtol=1e-3)


@pytest.mark.parametrize("name", SCALARS)
def test_samples_have_the_distribution(name):
    make, theirs = SCALARS[name]
    assert scipy.stats.kstest(run(make().sample(5000, seed=7)), theirs.cdf).pvalue > 0.01


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_those_of_scipy(name):
    make, theirs = COUNTS[name]
    ours = make()
    x = np.float32([0, 1, 2, 5, 7])
    values = run([ours.prob(x), ours.log_prob(x), ours.cdf(x), ours.mean(), ours.variance()])
    expected = [theirs.pmf(x), theirs.logpmf(x), theirs.cdf(x), theirs.mean(), theirs.var()]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)
    mode = run(ours.mode())
    assert theirs.pmf(mode) == max(theirs.pmf(np.arange(8)))


@pytest.mark.parametrize("name", COUNTS)
def test_samples_of_counts_have_the_distribution(name):
    make, theirs = COUNTS[name]
    samples = run(make().sample(5000, seed=7))
    found = np.bincount(samples.astype(int), minlength=6)[:6]
    np.testing.assert_allclose(found / 5000, theirs.pmf(np.arange(6)), atol=0.025)


def test_a_geometric_distribution_has_the_entropy_of_its_probabilities():
    expected = scipy.stats.geom(0.3).entropy()
    np.testing.assert_allclose(run(kinds.Geometric(probs=0.3).entropy()), expected, rtol=1e-5)


def test_counts_between_whole_numbers():
    strict = kinds.Poisson(2.0, interpolate_nondiscrete=False)
    smooth = kinds.Poisson(log_rate=np.log(2.0))
    assert run(strict.prob([1.5, -1.0])).tolist() == [0.0, 0.0]
    assert run(strict.cdf([-1.0, 1.5])).round(4).tolist() == pytest.approx([0.0, 0.406])
    assert run(smooth.prob(1.5)) > 0.0
    with pytest.raises(ValueError, match="either rate or log_rate"):
        kinds.Poisson()
    checked = kinds.Poisson(2.0, validate_args=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="whole numbers"):
        run(checked.prob(tf.placeholder_with_default(1.5, [])))


def test_batches_of_counts():
    binomial = kinds.Binomial([[3.0], [8.0]], probs=[0.2, 0.5, 0.9])
    expected = scipy.stats.binom([[3], [8]], [0.2, 0.5, 0.9])
    x = np.float32([1, 2, 3])
    values = run([binomial.prob(x), binomial.cdf(x), binomial.sample(4000, seed=1)])
    np.testing.assert_allclose(values[0], expected.pmf(x), rtol=1e-4)
    np.testing.assert_allclose(values[1], expected.cdf(x), rtol=1e-4)
    np.testing.assert_allclose(values[2].mean(0), expected.mean(), rtol=0.06)


def test_cauchy_has_no_mean():
    assert np.isnan(run(kinds.Cauchy([1.0, 2.0], 1.0).mean())).tolist() == [True, True]
    with pytest.raises(ValueError, match="the mean is undefined"):
        kinds.Cauchy(1.0, 1.0, allow_nan_stats=False).mean()


def test_divergence_of_half_normals():
    one, other = kinds.HalfNormal(2.0), kinds.HalfNormal(3.0)
    x = np.linspace(0, 30, 100001)
    p, q = scipy.stats.halfnorm(scale=2), scipy.stats.halfnorm(scale=3)
    expected = np.trapezoid(p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), x)
    np.testing.assert_allclose(run(one.kl_divergence(other)), expected, rtol=1e-4)


# -- normal vectors --------------------------------------------------------------------------------

LOC = np.array([1.0, -2.0, 0.5])
TRIL = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-1.0, 0.25, 0.75]])
DIAG = np.array([0.5, 2.0, 1.5])
FACTOR = np.array([[1.0, 0.0], [0.5, -1.0], [2.0, 0.25]])
LOW_RANK = np.diag(DIAG + 0.5) + FACTOR @ np.diag([0.5, 2.0]) @ FACTOR.T

NORMALS = {
    "diag": (lambda: kinds.MultivariateNormalDiag(LOC, DIAG), np.diag(DIAG)),
    "diag and identity": (
        lambda: kinds.MultivariateNormalDiag(LOC, DIAG, scale_identity_multiplier=0.5),
        np.diag(DIAG + 0.5),
    ),
    "identity": (lambda: kinds.MultivariateNormalDiag(LOC), np.eye(3)),
    "multiple": (
        lambda: kinds.MultivariateNormalDiag(LOC, scale_identity_multiplier=2.0),
        2 * np.eye(3),
    ),
    "softplus": (
        lambda: kinds.MultivariateNormalDiagWithSoftplusScale(LOC, DIAG),
        np.diag(np.log1p(np.exp(DIAG))),
    ),
    "tril": (lambda: kinds.MultivariateNormalTriL(LOC, TRIL), TRIL),
    "full": (lambda: kinds.MultivariateNormalFullCovariance(LOC, TRIL @ TRIL.T), TRIL),
    "low rank": (
        lambda: kinds.MultivariateNormalDiagPlusLowRank(LOC, DIAG, 0.5, FACTOR, [0.5, 2.0]),
        LOW_RANK,
    ),
}


@pytest.mark.parametrize("name", NORMALS)
def test_normal_vectors_are_those_of_scipy(name):
    make, scale = NORMALS[name]
    ours = make()
    theirs = scipy.stats.multivariate_normal(LOC, scale @ scale.T)
    x = np.array([[0.0, 1.0, 2.0], [1.0, -1.5, 0.0]])
    values = run(
        [ours.log_prob(x), ours.entropy(), ours.mean(), ours.covariance(), ours.variance()]
    )
    covariance = scale @ scale.T
    expected = [theirs.logpdf(x), theirs.entropy(), LOC, covariance, np.diag(covariance)]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)
    determinants = run([ours.det_covariance(), ours.log_det_covariance()])
    np.testing.assert_allclose(determinants[0], np.linalg.det(covariance), rtol=1e-6)
    np.testing.assert_allclose(np.exp(determinants[1]), determinants[0], rtol=1e-6)


@pytest.mark.parametrize("name", NORMALS)
def test_samples_of_normal_vectors_are_stretched_noise(name):
    make, scale = NORMALS[name]
    noise = tf.random_normal([5, 3], dtype=tf.float64, seed=4)
    sample = make().sample(5, seed=4)
    assert sample.shape.as_list() == [5, 3]
    z, x = run([noise, sample])
    np.testing.assert_allclose(x, z @ scale.T + LOC, rtol=1e-6)


def test_batches_of_normal_vectors():
    loc = np.float32([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    normal = kinds.MultivariateNormalTriL(loc, np.float32([[2.0, 0.0], [1.0, 1.0]]))
    assert (normal.batch_shape.as_list(), normal.event_shape.as_list()) == ([3], [2])
    x = np.float32([0.5, 0.5])
    log_prob, sample, entropy = run([normal.log_prob(x), normal.sample([7, 4]), normal.entropy()])
    covariance = [[4.0, 2.0], [2.0, 2.0]]
    expected = [scipy.stats.multivariate_normal(mean, covariance).logpdf(x) for mean in loc]
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5)
    assert (sample.shape, entropy.shape) == ((7, 4, 3, 2), (3,))


def test_gradients_of_samples_of_normal_vectors():
    loc, diag = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    sample = kinds.MultivariateNormalDiag(loc, diag).sample(seed=5)
    by_loc, by_diag, x = run([*tf.gradients(sample, [loc, diag]), sample])
    np.testing.assert_allclose(by_loc, [1.0, 1.0])
    np.testing.assert_allclose(by_diag, (x - [1.0, 2.0]) / [3.0, 4.0], rtol=1e-5)


def test_divergence_of_normal_vectors():
    one = kinds.MultivariateNormalTriL(LOC, TRIL)
    other = kinds.MultivariateNormalDiag(np.zeros(3), DIAG)
    p, q = TRIL @ TRIL.T, np.diag(DIAG**2)
    inverse = np.linalg.inv(q)
    expected = 0.5 * (
        np.trace(inverse @ p)
        + LOC @ inverse @ LOC
        - 3
        + np.log(np.linalg.det(q @ np.linalg.inv(p)))
    )
    np.testing.assert_allclose(run(kinds.kl_divergence(one, other)), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: kinds.MultivariateNormalDiag(), "how many elements"),
        (lambda: kinds.MultivariateNormalLinearOperator([1.0]), "needs a scale"),
        (
            lambda: kinds.MultivariateNormalDiagPlusLowRank([1.0], scale_perturb_diag=[1.0]),
            "needs a scale_perturb_factor",
        ),
        (lambda: kinds.MultivariateNormalDiag([1.0], [0.0], validate_args=True), "no 0"),
        (
            lambda: kinds.MultivariateNormalTriL([1.0], [[0.0]], validate_args=True),
            "must have no 0",
        ),
        (
            lambda: kinds.MultivariateNormalFullCovariance(
                [1.0, 2.0], [[1.0, 0.5], [0.0, 1.0]], validate_args=True
            ),
            "symmetric",
        ),
    ],
)
def test_bad_scales_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        run(make().variance())


# -- one-hot vectors -------------------------------------------------------------------------------


def test_one_hot_dice():
    dice = kinds.OneHotCategorical(probs=[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], dtype=tf.float32)
    other = kinds.OneHotCategorical(logits=[0.0, 0.0, 0.0])
    draws, divergence, entropy, covariance = run(
        [dice.sample(3000, seed=3), dice.kl_divergence(other), dice.entropy(), dice.covariance()]
    )
    probs = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
    assert (draws.sum(-1) == 1).all()
    np.testing.assert_allclose(draws.mean(0), probs, atol=0.03)
    np.testing.assert_allclose(entropy, scipy.stats.entropy(probs, axis=1), rtol=1e-5)
    np.testing.assert_allclose(divergence, np.log(3) - entropy, rtol=1e-5)
    expected = [np.diag(row) - np.outer(row, row) for row in probs]
    np.testing.assert_allclose(covariance, expected, atol=1e-6)


def test_relaxed_vectors_integrate_to_1():
    relaxed = kinds.RelaxedOneHotCategorical(np.float64(0.7), probs=np.array([0.3, 0.7]))
    x = np.linspace(1e-6, 1 - 1e-6, 200001)
    density = run(relaxed.prob(np.stack([x, 1 - x], 1)))
    np.testing.assert_allclose(np.trapezoid(density, x), 1.0, atol=2e-3)
    logs = kinds.ExpRelaxedOneHotCategorical(np.float64(0.7), probs=np.array([0.3, 0.7]))
    sample = logs.sample([4], seed=2)
    one, other = run([relaxed.sample([4], seed=2), sample])
    np.testing.assert_allclose(one, np.exp(other), rtol=1e-6)


def test_relaxed_vectors_choose_with_their_probabilities():
    relaxed = kinds.RelaxedOneHotCategorical([0.1, 2.0], probs=[[0.3, 0.7]])
    draws = run(relaxed.sample(4000, seed=2))
    assert draws.shape == (4000, 2, 2)
    np.testing.assert_allclose((draws[..., 1] > 0.5).mean(0), [0.7, 0.7], atol=0.03)


def test_relaxed_coins():
    coin = kinds.RelaxedBernoulli(0.5, probs=0.3)
    x = np.linspace(1e-4, 1 - 1e-4, 20001).astype(np.float32)
    density, cdf, samples = run([coin.prob(x), coin.cdf(x), coin.sample(4000, seed=1)])
    slope = np.gradient(cdf.astype(float), x.astype(float))
    np.testing.assert_allclose(density[100:-100], slope[100:-100], rtol=0.05)
    assert abs((samples > 0.5).mean() - 0.3) < 0.03
    logits = tf.constant(0.5)
    slope = tf.gradients(kinds.RelaxedBernoulli(0.5, logits).sample(3, seed=1), logits)[0]
    assert run(slope) > 0.0


# -- certain values and helpers --------------------------------------------------------------------


def test_certain_values():
    number = kinds.Deterministic([1.0, 2.0], rtol=0.5)
    assert run([number.prob(2.5), number.cdf(0.75)])[0].tolist() == [0.0, 1.0]
    assert run(number.sample([2, 1])).tolist() == [[[1.0, 2.0]], [[1.0, 2.0]]]
    vector = kinds.VectorDeterministic([[1.0, 2.0]])
    assert run(vector.sample(2)).tolist() == [[[1.0, 2.0]], [[1.0, 2.0]]]
    assert run(vector.log_prob([[1.0, 2.0]])).tolist() == [0.0]
    assert run([vector.entropy(), vector.variance()])[0].tolist() == [0.0]
    with pytest.raises(ValueError, match="is a scalar"):
        kinds.VectorDeterministic(1.0)
    with pytest.raises(ValueError, match="atol must not be negative"):
        kinds.Deterministic(1.0, atol=-1.0, validate_args=True)


@pytest.mark.parametrize("upper", [False, True])
def test_triangles_are_filled_and_read(upper):
    x = np.arange(1.0, 21.0).reshape(2, 10)
    triangle = kinds.fill_triangular(x, upper=upper)
    back = kinds.fill_triangular_inverse(triangle, upper=upper)
    found, again = run([triangle, back])
    np.testing.assert_array_equal(again, x)
    kept = np.triu(found) if upper else np.tril(found)
    np.testing.assert_array_equal(kept, found)
    assert found[0, 0].tolist() == ([1, 2, 3, 4] if upper else [5, 0, 0, 0])


def test_a_triangle_needs_a_number_that_fits():
    with pytest.raises(ValueError, match="no triangle of 4 elements"):
        kinds.fill_triangular([1, 2, 3, 4])


def test_tridiagonal_matrices():
    found = run(kinds.tridiag([[1.0, 2.0]], [[3.0, 4.0, 5.0]], [[6.0, 7.0]]))
    assert found.tolist() == [[[3, 6, 0], [1, 4, 7], [0, 2, 5]]]
    with pytest.raises(ValueError, match="at least one"):
        kinds.tridiag()


def test_weighted_sums_of_exponentials():
    x, w = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]), np.array([1.0, -2.0, 0.5])
    value, sign = run(kinds.reduce_weighted_logsumexp(x, w, axis=1, return_sign=True))
    total = (w * np.exp(x)).sum(1)
    np.testing.assert_allclose(sign * np.exp(value), total)
    kept = run(kinds.reduce_weighted_logsumexp(x, w, axis=1, keep_dims=True))
    np.testing.assert_allclose(kept[:, 0], value)


def test_copies_of_softplus_variants():
    one = kinds.NormalWithSoftplusScale(0.0, -1.0)
    np.testing.assert_allclose(run(one.copy(loc=2.0).stddev()), np.log1p(np.exp(-1)), rtol=1e-5)
    half = kinds.Chi2WithAbsDf(-3.5)
    assert run(half.df) == 3.0
    assert half.parameters["df"] == -3.5


def test_linear_operators_of_contrib_are_those_of_tf():
    assert tf.contrib.linalg.LinearOperatorDiag is tf.linalg.LinearOperatorDiag
