"""Shapes of all distributions of tf.contrib, known while building or not, and their copies."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

kinds = tf.contrib.distributions
bijectors = kinds.bijectors
ROWS = np.float32([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
COLUMN = ROWS[:, 0]
EYE = np.eye(2, dtype=np.float32)

# Functions of a tensor [3, 2] and one [3].
MAKERS = {
    "normal vectors": lambda p, q: kinds.MultivariateNormalDiag(p, p),
    "triangles": lambda p, q: kinds.MultivariateNormalTriL(p, [[1.0, 0.0], [2.0, 3.0]]),
    "independent": lambda p, q: kinds.Independent(kinds.Normal(p, p), 1),
    "independent coins": lambda p, q: kinds.Independent(kinds.Bernoulli(logits=p)),
    "reshaped": lambda p, q: kinds.BatchReshape(kinds.Normal(p, 1.0), [-1]),
    "mixed": lambda p, q: kinds.Mixture(
        kinds.Categorical(logits=p), [kinds.Normal(q, 1.0), kinds.Normal(q, 2.0)]
    ),
    "mixed family": lambda p, q: kinds.MixtureSameFamily(
        kinds.Categorical(logits=p), kinds.Normal(p, p)
    ),
    "rounded": lambda p, q: kinds.QuantizedDistribution(kinds.Normal(q, 2.0), 0.0, 4.0),
    "function": lambda p, q: kinds.TransformedDistribution(kinds.Normal(q, 1.0), bijectors.Exp()),
    "function of vectors": lambda p, q: kinds.TransformedDistribution(
        kinds.MultivariateNormalDiag(p, p), bijectors.Affine(scale_tril=[[1.0, 0.0], [2.0, 3.0]])
    ),
    "larger events": lambda p, q: kinds.TransformedDistribution(
        kinds.Normal(q, 1.0), bijectors.SoftmaxCentered(), event_shape=[2]
    ),
    "tails": lambda p, q: kinds.SinhArcsinh(q, 1.0),
    "tails of vectors": lambda p, q: kinds.VectorSinhArcsinhDiag(p, p),
    "kumaraswamy": lambda p, q: kinds.Kumaraswamy(p, p),
    "laplace": lambda p, q: kinds.VectorLaplaceDiag(p, p),
    "exponential": lambda p, q: kinds.VectorExponentialDiag(p, p),
    "one hot": lambda p, q: kinds.OneHotCategorical(logits=p),
    "nearly one hot": lambda p, q: kinds.RelaxedOneHotCategorical(0.5, logits=p),
    "wishart": lambda p, q: kinds.WishartFull(q + 5.0, EYE),
    "wishart factors": lambda p, q: kinds.WishartCholesky(q + 5.0, EYE),
    "counts": lambda p, q: kinds.PoissonLogNormalQuadratureCompound(q, 0.5),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("are_known", [True, False])
def test_shapes(name, are_known):
    if are_known:
        p, q, feed = tf.constant(ROWS), tf.constant(COLUMN), {}
    else:
        p, q = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None])
        feed = {p: ROWS, q: COLUMN}
    ours = MAKERS[name](p, q)
    sample = ours.sample([4, 5], seed=1)
    log_prob = ours.log_prob(sample)
    with tf.Session() as session:
        drawn, logs, batch, event = session.run(
            [sample, log_prob, ours.batch_shape_tensor(), ours.event_shape_tensor()], feed
        )
    assert drawn.shape == (4, 5, *batch, *event)
    assert logs.shape == (4, 5, *batch)
    assert np.all(np.isfinite(logs))
    assert sample.shape.is_compatible_with(drawn.shape)
    assert ours.batch_shape.is_compatible_with(batch)
    assert sample.shape.is_fully_defined() == are_known


@pytest.mark.parametrize("name", MAKERS)
def test_copies_are_alike(name):
    ours = MAKERS[name](tf.constant(ROWS), tf.constant(COLUMN))
    copy = ours.copy(name="copy")
    assert copy.name == "copy/"
    assert type(copy) is type(ours)
    sample = copy.sample(3, seed=2)
    with tf.Session() as session:
        one, other, again, drawn = session.run(
            [ours.log_prob(sample), copy.log_prob(sample), ours.sample(3, seed=2), sample]
        )
    # The copy knows what its sample was made of.
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(again, drawn)
