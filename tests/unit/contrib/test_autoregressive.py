from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def around_sums(x):
    sums = tf.cumsum(x, axis=-1, exclusive=True)
    return kinds.Independent(kinds.Normal(sums, 2.0), 1)


def test_each_number_depends_on_those_before():
    ours = kinds.Autoregressive(around_sums, tf.zeros([3]))
    x = np.float32([[1.0, 0.5, 2.0], [0.0, -1.0, 3.0]])
    sums = np.cumsum(x, -1) - x
    expected = scipy.stats.norm(sums, 2.0).logpdf(x).sum(-1)
    values = run([ours.log_prob(x), ours.prob(x)])
    np.testing.assert_allclose(values[0], expected, rtol=1e-5)
    np.testing.assert_allclose(values[1], np.exp(expected), rtol=1e-5)
    assert ours.num_steps == 3
    assert (ours.batch_shape.as_list(), ours.event_shape.as_list()) == ([], [3])


@pytest.mark.parametrize("seed", [4, None])
def test_samples_are_what_the_function_says_of_them(seed):
    ours = kinds.Autoregressive(around_sums, tf.zeros([3]))
    drawn = run(ours.sample(5000, seed=seed))
    sums = np.cumsum(drawn, -1) - drawn
    noise = (drawn - sums) / 2
    assert all(scipy.stats.kstest(column, "norm").pvalue > 0.001 for column in noise.T)
    np.testing.assert_allclose(np.corrcoef(noise.T), np.eye(3), atol=0.06)


def test_seeds():
    tf.set_random_seed(3)
    ours = kinds.Autoregressive(around_sums, tf.zeros([3]))
    sample = ours.sample(2)
    first, second = run(sample), run(sample)
    np.testing.assert_array_equal(first, second)


def test_functions_without_an_argument_and_wrong_steps():
    def function(x=None):
        return around_sums(tf.zeros([2]) if x is None else x)

    ours = kinds.Autoregressive(function, num_steps=1)
    assert ours.sample0 is None
    assert ours.sample([4, 1], seed=1).shape.as_list() == [4, 1, 2]
    with pytest.raises(ValueError, match="at least 1"):
        kinds.Autoregressive(function, num_steps=0)
    with pytest.raises(ValueError, match="must be known"):
        kinds.Autoregressive(function, num_steps=tf.placeholder(tf.int32, []))
