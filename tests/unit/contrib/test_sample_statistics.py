"""Statistics of samples, moving averages, and what observations tell of a mean."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

kinds = tf.contrib.distributions


def run(fetches, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed)


NUMBERS = np.random.default_rng(3).normal(size=[5, 4, 6]).astype(np.float32)


@pytest.mark.parametrize("axis", [None, 0, -1, [0, 2], (1, -1)])
@pytest.mark.parametrize("keep_dims", [False, True])
@pytest.mark.parametrize("interpolation", ["lower", "higher", "nearest", None])
def test_percentiles_are_those_of_numpy(axis, keep_dims, interpolation):
    ours = kinds.percentile(NUMBERS, 33.0, axis, interpolation, keep_dims)
    numpy_axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    method = interpolation or "nearest"
    expected = np.percentile(NUMBERS, 33.0, axis=numpy_axis, keepdims=keep_dims, method=method)
    assert ours.shape.as_list() == list(expected.shape)
    np.testing.assert_array_equal(run(ours), expected)


@pytest.mark.parametrize("q", range(0, 101, 10))
def test_percentiles_at_whole_places_do_not_depend_on_rounding(q):
    x = np.arange(11)
    found = [kinds.percentile(x, q, interpolation=how) for how in ("lower", "higher", "nearest")]
    assert run(found) == [q // 10] * 3


def test_percentiles_of_shapes_that_the_run_tells():
    x = tf.placeholder(tf.float32, [None, None])
    q = tf.placeholder(tf.float32, [])
    found = run(kinds.percentile(x, q, axis=1), {x: NUMBERS[0], q: 100.0})
    np.testing.assert_array_equal(found, NUMBERS[0].max(1))


def test_wrong_percentiles():
    with pytest.raises(ValueError, match="lower, higher, nearest, not 'linear'"):
        kinds.percentile(NUMBERS, 5.0, interpolation="linear")
    with pytest.raises(ValueError, match="q must be a scalar"):
        kinds.percentile(NUMBERS, [5.0])
    with pytest.raises(ValueError, match="no axis 3"):
        kinds.percentile(NUMBERS, 5.0, axis=3)
    with pytest.raises(ValueError, match="rank"):
        kinds.percentile(tf.placeholder(tf.float32), 5.0)
    much = tf.placeholder_with_default(101.0, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="between 0 and 100"):
        run(kinds.percentile(NUMBERS, much, validate_args=True))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_correlations_with_later_steps(dtype, center, normalize):
    x = NUMBERS.astype(dtype)
    if dtype == "complex64":
        x = x + 1j * NUMBERS[::-1]
    ours = kinds.auto_correlation(x, axis=1, max_lags=2, center=center, normalize=normalize)
    z = x - x.mean(1, keepdims=True) if center else x
    expected = np.stack(
        [(z[:, m:] * np.conj(z[:, : 4 - m])).sum(1) / (4 - m) for m in range(3)], axis=1
    )
    if normalize:
        expected = expected / expected[:, :1]
    assert ours.dtype == dtype
    np.testing.assert_allclose(run(ours), expected, rtol=1e-4, atol=1e-5)


def test_all_lags():
    ours = kinds.auto_correlation(NUMBERS)
    assert ours.shape.as_list() == [5, 4, 6]
    open_length = tf.placeholder_with_default(NUMBERS, [5, 4, None])
    one, other = run([ours, kinds.auto_correlation(open_length)])
    np.testing.assert_allclose(one, other)


def test_moving_averages_read_the_mean_before_they_change_it():
    value = tf.placeholder(tf.float64, [2])
    update = kinds.moving_mean_variance(value, decay=0.9, name="track")
    assert [v.name for v in tf.global_variables()] == [
        "track/moving_mean:0",
        "track/moving_variance:0",
    ]
    assert tf.trainable_variables() == []
    mean = variance = np.zeros(2)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step in range(4):
            fed = np.float64([step + 1.0, -2.0 * step])
            variance = 0.9 * (variance + 0.1 * (fed - mean) ** 2)
            mean = 0.9 * mean + 0.1 * fed
            found = session.run(update, {value: fed})
            np.testing.assert_allclose(found, [mean, variance])


def test_moving_averages_want_one_dtype():
    with pytest.raises(TypeError, match="mean_var is float32, variance_var float64"):
        kinds.assign_moving_mean_variance(
            tf.Variable(0.0), tf.Variable(np.float64(0.0)), 1.0, decay=0.5
        )


def test_logarithms_of_moving_averages_do_not_overflow():
    variable = tf.Variable(1000.0)
    update = kinds.assign_log_moving_mean_exp(variable, 1001.0, decay=0.25)
    assert run(update) == pytest.approx(1000 + np.log(0.25 + 0.75 * np.e))


def test_observations_of_batches():
    prior = kinds.Normal([[0.0], [5.0]], 2.0)
    after = kinds.normal_conjugates_known_scale_posterior(prior, 3.0, s=[1.0, 6.0], n=[2, 4])
    further = kinds.normal_conjugates_known_scale_predictive(prior, 3.0, s=[1.0, 6.0], n=[2, 4])
    precision = 1 / 4 + np.float32([2, 4]) / 9
    loc = (np.float32([[0.0], [5.0]]) / 4 + np.float32([1.0, 6.0]) / 9) / precision
    values = run([after.mean(), after.variance(), further.mean(), further.variance()])
    np.testing.assert_allclose(values[0], loc, rtol=1e-6)
    np.testing.assert_allclose(values[2], loc, rtol=1e-6)
    np.testing.assert_allclose(values[1], np.tile(1 / precision, [2, 1]), rtol=1e-6)
    np.testing.assert_allclose(values[3], np.tile(1 / precision + 9, [2, 1]), rtol=1e-6)
    with pytest.raises(TypeError, match="prior must be a Normal"):
        kinds.normal_conjugates_known_scale_posterior(kinds.Uniform(), 1.0, 1.0, 1)


def test_seeds_of_a_stream():
    stream = kinds.SeedStream(5, "a")
    seeds = [stream() for _ in range(20)]
    assert len(set(seeds)) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert kinds.SeedStream(5, "b")() != seeds[0]
    assert kinds.SeedStream(None, "a")() is None
    assert (stream.original_seed, stream.salt) == (5, "a")
