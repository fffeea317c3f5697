"""Distributions that are made of others: functions of them, larger events, other batches."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions
bijectors = kinds.bijectors


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


# -- functions of random variables -----------------------------------------------------------------


def test_lognormal_numbers():
    ours = kinds.TransformedDistribution(kinds.Normal(0.5, 0.75), bijectors.Exp())
    theirs = scipy.stats.lognorm(0.75, scale=np.exp(0.5))
    x = np.float32([0.25, 1.0, 4.0])
    values = run(
        [
            ours.prob(x),
            ours.log_prob(x),
            ours.cdf(x),
            ours.log_cdf(x),
            ours.survival_function(x),
            ours.log_survival_function(x),
            ours.quantile(x / 5),
        ]
    )
    expected = [
        theirs.pdf(x),
        theirs.logpdf(x),
        theirs.cdf(x),
        theirs.logcdf(x),
        theirs.sf(x),
        theirs.logsf(x),
        theirs.ppf(x / 5),
    ]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)
    assert scipy.stats.kstest(run(ours.sample(5000, seed=3)), theirs.cdf).pvalue > 0.01
    assert ours.name == "exp" + "Normal/"
    with pytest.raises(NotImplementedError, match="mean has a formula only"):
        ours.mean()


def test_a_sample_is_remembered_with_its_origin():
    ours = kinds.TransformedDistribution(kinds.Normal(0.5, 0.75), bijectors.Exp())
    sample = ours.sample(3, seed=1)
    origin = ours.bijector.inverse(sample)
    assert "Log" not in {op.type for op in tf.get_default_graph().get_operations()}
    values = run([sample, origin])
    np.testing.assert_allclose(values[0], np.exp(values[1]), rtol=1e-6)


@pytest.mark.parametrize("batch_shape", [(), (2,)])
def test_normal_vectors(batch_shape):
    scale = np.float32([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]])
    loc = np.float32([1.0, 2.0, 3.0])
    ours = kinds.TransformedDistribution(
        kinds.Normal(0.0, 1.0),
        bijectors.Affine(loc, scale_tril=scale),
        batch_shape=batch_shape,
        event_shape=[3],
    )
    theirs = scipy.stats.multivariate_normal(loc, scale @ scale.T)
    x = np.float32([[1.0, 0.0, 2.0], [-1.0, 3.0, 0.5]])
    values = run([ours.log_prob(x), ours.entropy(), ours.mean()])
    np.testing.assert_allclose(values[0], theirs.logpdf(x), rtol=1e-5)
    np.testing.assert_allclose(values[1], np.full(batch_shape, theirs.entropy()), rtol=1e-5)
    np.testing.assert_allclose(values[2], np.broadcast_to(loc, (*batch_shape, 3)))
    assert ours.batch_shape.as_list() == list(batch_shape)
    assert ours.event_shape.as_list() == [3]
    sample = ours.sample(4000, seed=5)
    assert sample.shape.as_list() == [4000, *batch_shape, 3]
    drawn = run(sample).reshape(-1, 3)
    np.testing.assert_allclose(np.cov(drawn.T), scale @ scale.T, atol=0.6)
    with pytest.raises(NotImplementedError, match="cdf is not known"):
        ours.cdf(x)


def test_events_of_a_batch():
    loc = np.float32([10.0, 20.0])
    ours = kinds.TransformedDistribution(
        kinds.Normal(loc, 1.0), bijectors.AffineScalar(scale=2.0), event_shape=[3, 4]
    )
    sample = ours.sample([5], seed=1)
    assert sample.shape.as_list() == [5, 2, 3, 4]
    values = run([sample, ours.log_prob(sample), ours.mean(), ours.entropy()])
    theirs = scipy.stats.norm(2 * loc[:, None, None], 2.0)
    assert np.all(abs(values[0].mean((0, 2, 3)) - 2 * loc) < 1.0)
    expected = theirs.logpdf(values[0]).sum((2, 3))
    np.testing.assert_allclose(values[1], expected, rtol=1e-4)
    np.testing.assert_allclose(values[2], np.broadcast_to(2 * loc[:, None, None], (2, 3, 4)))
    np.testing.assert_allclose(values[3], theirs.entropy().sum() * 6 * np.ones(2), rtol=1e-5)
    shapes = run([ours.batch_shape_tensor(), ours.event_shape_tensor()])
    assert [shape.tolist() for shape in shapes] == [[2], [3, 4]]


def test_shapes_that_the_run_tells():
    batch = tf.placeholder(tf.int32, [2])
    ours = kinds.TransformedDistribution(kinds.Normal(1.0, 1.0), batch_shape=batch)
    assert ours.batch_shape.as_list() == [None, None]
    values = run([ours.sample(seed=1), ours.batch_shape_tensor(), ours.mean()], {batch: [2, 3]})
    assert values[0].shape == (2, 3)
    assert values[1].tolist() == [2, 3]
    assert values[2].tolist() == np.ones([2, 3]).tolist()
    loc = tf.placeholder(tf.float32, [None])
    wide = kinds.TransformedDistribution(kinds.Normal(loc, 1.0), event_shape=[3])
    assert run(wide.sample(4, seed=1), {loc: [1.0, 2.0]}).shape == (4, 2, 3)


def test_folded_numbers():
    ours = kinds.TransformedDistribution(kinds.Normal(0.5, 2.0), bijectors.AbsoluteValue())
    x = np.float32([0.25, 1.0, 4.0])
    theirs = scipy.stats.foldnorm(0.25, scale=2.0)
    values = run([ours.prob(x), ours.log_prob(x)])
    np.testing.assert_allclose(values, [theirs.pdf(x), theirs.logpdf(x)], rtol=1e-5)
    with pytest.raises(NotImplementedError, match="several x"):
        ours.cdf(x)
    with pytest.raises(NotImplementedError, match="several x"):
        ours.quantile(0.5)
    with pytest.raises(NotImplementedError, match="mean has a formula"):
        ours.mean()


def test_flows_are_distributions():
    ours = kinds.TransformedDistribution(
        kinds.Normal(0.0, 1.0),
        bijectors.MaskedAutoregressiveFlow(
            lambda x: (tf.cumsum(x, axis=-1, exclusive=True), tf.zeros_like(x))
        ),
        event_shape=[3],
    )
    # Each number is normal around the sum of those before it.
    x = np.float32([[1.0, 2.0, 0.5]])
    expected = scipy.stats.norm([0.0, 1.0, 3.0]).logpdf(x).sum(-1)
    np.testing.assert_allclose(run(ours.log_prob(x)), expected, rtol=1e-5)
    assert run(ours.sample(7, seed=1)).shape == (7, 3)


def test_wrong_shapes():
    with pytest.raises(ValueError, match="batch_shape can be given only if"):
        kinds.TransformedDistribution(kinds.Normal([0.0, 1.0], 1.0), batch_shape=[2])
    with pytest.raises(ValueError, match="event_shape can be given only if"):
        kinds.TransformedDistribution(kinds.Dirichlet([1.0, 1.0]), event_shape=[2])


def test_transformed_distributions_learn():
    loc = tf.Variable(0.0)
    ours = kinds.TransformedDistribution(kinds.Normal(loc, 1.0), bijectors.Exp())
    loss = -tf.reduce_mean(ours.log_prob([1.0, np.e**2]))
    slope = tf.gradients(loss, loc)[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(slope) == pytest.approx(-1.0)


class Times(bijectors.ConditionalBijector):
    def __init__(self):
        super().__init__(forward_min_event_ndims=0, name="times")

    def _forward(self, x, factor):
        return factor * x

    def _inverse(self, y, factor):
        return y / factor

    def _forward_log_det_jacobian(self, x, factor):
        return tf.log(tf.convert_to_tensor(factor))


class ConditionalNormal(kinds.ConditionalDistribution):
    def __init__(self):
        super().__init__(
            tf.float32, kinds.FULLY_REPARAMETERIZED, False, True, name="ConditionalNormal"
        )

    def _batch_shape(self):
        return tf.TensorShape([])

    def _event_shape(self):
        return tf.TensorShape([])

    def _sample_n(self, n, seed=None, loc=0.0):
        return kinds.Normal(loc, 1.0).sample(n, seed=seed)

    def _log_prob(self, x, loc=0.0):
        return kinds.Normal(loc, 1.0).log_prob(x)

    def _cdf(self, x, loc=0.0):
        return kinds.Normal(loc, 1.0).cdf(x)


def test_conditions():
    ours = kinds.ConditionalTransformedDistribution(ConditionalNormal(), Times())
    given = {"bijector_kwargs": {"factor": 3.0}, "distribution_kwargs": {"loc": 2.0}}
    theirs = scipy.stats.norm(6.0, 3.0)
    x = np.float32([1.0, 5.0, 8.0])
    values = run(
        [
            ours.log_prob(x, **given),
            ours.prob(x, **given),
            ours.cdf(x, **given),
            ours.log_cdf(x, **given),
            ours.survival_function(x, **given),
            ours.log_survival_function(x, **given),
            ours.sample(5000, seed=1, **given),
        ]
    )
    expected = [theirs.logpdf, theirs.pdf, theirs.cdf, theirs.logcdf, theirs.sf, theirs.logsf]
    for one, function in zip(values, expected, strict=False):
        np.testing.assert_allclose(one, function(x), rtol=1e-4)
    assert scipy.stats.kstest(values[-1], theirs.cdf).pvalue > 0.01


# -- larger events ---------------------------------------------------------------------------------


def test_independent_numbers_as_events():
    loc = np.arange(12.0).reshape(2, 3, 2)
    ours = kinds.Independent(kinds.Normal(loc, np.float64(2.0)), 2)
    assert (ours.batch_shape.as_list(), ours.event_shape.as_list()) == ([2], [3, 2])
    x = np.ones([2, 3, 2])
    values = run(
        [ours.log_prob(x), ours.entropy(), ours.mean(), ours.variance(), ours.stddev(), ours.mode()]
    )
    theirs = scipy.stats.norm(loc, 2.0)
    np.testing.assert_allclose(values[0], theirs.logpdf(x).sum((1, 2)))
    np.testing.assert_allclose(values[1], np.full(2, 6 * scipy.stats.norm(0, 2).entropy()))
    for one, other in zip(values[2:], [loc, 0 * loc + 4, 0 * loc + 2, loc], strict=True):
        np.testing.assert_allclose(one, other)
    shapes = run([ours.batch_shape_tensor(), ours.event_shape_tensor(), tf.shape(ours.sample(5))])
    assert [shape.tolist() for shape in shapes] == [[2], [3, 2], [5, 2, 3, 2]]


def test_how_many_axes_become_events():
    normal = kinds.Normal(np.zeros([4, 3, 2]), np.float64(1.0))
    assert kinds.Independent(normal).event_shape.as_list() == [3, 2]
    assert kinds.Independent(normal, 0).event_shape.as_list() == []
    assert kinds.Independent(kinds.Normal(0.0, 1.0)).reinterpreted_batch_ndims == 0
    with pytest.raises(ValueError, match="the batch has 3 axes"):
        kinds.Independent(normal, 4)
    unknown = kinds.Normal(tf.placeholder(tf.float32), 1.0)
    with pytest.raises(ValueError, match="must be known"):
        kinds.Independent(unknown)


def test_divergences_of_independent_numbers():
    a = kinds.Normal([[0.0, 1.0], [2.0, 3.0]], 1.0)
    b = kinds.Normal([[1.0, 1.0], [0.0, 0.0]], 1.0)
    divergence = kinds.kl_divergence(kinds.Independent(a), kinds.Independent(b))
    assert run(divergence).tolist() == [0.5, 6.5]
    with pytest.raises(ValueError, match="no divergence"):
        kinds.kl_divergence(kinds.Independent(a), kinds.Independent(kinds.Normal([[0.0]], 1.0)))


# -- other batches ---------------------------------------------------------------------------------


def test_batches_of_another_shape():
    loc = np.float32([1, 2, 3, 4, 5, 6])
    ours = kinds.BatchReshape(kinds.Normal(loc, 2.0), [2, 3])
    theirs = scipy.stats.norm(loc.reshape(2, 3), 2.0)
    x = np.float32([0.5, 1.5, 2.5])
    values = run([ours.log_prob(x), ours.prob(x), ours.cdf(x), ours.log_survival_function(x)])
    expected = [theirs.logpdf(x), theirs.pdf(x), theirs.cdf(x), theirs.logsf(x)]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)
    statistics = run([ours.mean(), ours.stddev(), ours.variance(), ours.mode(), ours.entropy()])
    expected = [theirs.mean(), theirs.std(), theirs.var(), theirs.mean(), theirs.entropy()]
    for one, other in zip(statistics, expected, strict=True):
        np.testing.assert_allclose(one, np.broadcast_to(other, [2, 3]), rtol=1e-5)
    sample = ours.sample([4, 5], seed=1)
    assert sample.shape.as_list() == [4, 5, 2, 3]
    same = kinds.Normal(loc, 2.0).sample([4, 5], seed=1)
    one, other = run([sample, same])
    np.testing.assert_array_equal(one.reshape(4, 5, 6), other)


def test_batches_of_vectors_of_another_shape():
    loc = np.float32([[1, 2], [3, 4], [5, 6], [7, 8]])
    vectors = kinds.MultivariateNormalDiag(loc, [1.0, 2.0])
    ours = kinds.BatchReshape(vectors, [2, -1])
    assert (ours.batch_shape.as_list(), ours.event_shape.as_list()) == ([2, 2], [2])
    values = run([ours.mean(), ours.covariance(), ours.log_prob(loc[:2]), vectors.log_prob(loc[0])])
    np.testing.assert_allclose(values[0], loc.reshape(2, 2, 2))
    np.testing.assert_allclose(values[1][1, 1], np.diag([1.0, 4.0]))
    assert values[2].shape == (2, 2)
    assert values[2][0, 0] == values[3][0]
    with pytest.raises(ValueError, match="3"):
        kinds.BatchReshape(vectors, [3])
