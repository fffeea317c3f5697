from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats

import graphflow as tf

kinds = tf.contrib.distributions
FACTOR = np.float64([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]])
SCALE = FACTOR @ FACTOR.T
VALUES = np.stack([np.diag([1.0, 2.0, 4.0]), SCALE * 3 + 1])


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


@pytest.mark.parametrize("make", [
    lambda: kinds.WishartCholesky(5.5, FACTOR), lambda: kinds.WishartFull(5.5, SCALE)
])  # fmt: skip
def test_matrices(make):
    ours, theirs = make(), scipy.stats.wishart(5.5, SCALE)
    assert (ours.batch_shape.as_list(), ours.event_shape.as_list()) == ([], [3, 3])
    values = run(
        [
            ours.log_prob(VALUES),
            ours.entropy(),
            ours.mean(),
            ours.variance(),
            ours.stddev(),
            ours.mode(),
            ours.scale(),
        ]
    )
    expected = [
        [theirs.logpdf(value) for value in VALUES],
        theirs.entropy(),
        theirs.mean(),
        theirs.var(),
        np.sqrt(theirs.var()),
        theirs.mode(),
        SCALE,
    ]
    for one, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_samples():
    ours, theirs = kinds.WishartCholesky(5.5, FACTOR), scipy.stats.wishart(5.5, SCALE)
    sample = ours.sample([100, 200], seed=1)
    assert sample.shape.as_list() == [100, 200, 3, 3]
    drawn, mean_log_det = run([sample, ours.mean_log_det()])
    drawn = drawn.reshape(-1, 3, 3)
    np.testing.assert_allclose(drawn.mean(0), theirs.mean(), atol=1.0)
    np.testing.assert_allclose(drawn.var(0), theirs.var(), rtol=0.06)
    assert np.linalg.slogdet(drawn)[1].mean() == pytest.approx(mean_log_det, abs=0.03)
    np.testing.assert_allclose(drawn, np.swapaxes(drawn, 1, 2))


def test_batches():
    df = np.float64([[4.0], [7.0]])
    scales = np.stack([FACTOR, 2 * FACTOR, FACTOR + np.eye(3)])
    ours = kinds.WishartCholesky(df, scales)
    assert ours.batch_shape.as_list() == [2, 3]
    values = run([ours.log_prob(VALUES[0]), ours.sample(4, seed=1), ours.entropy(), ours.mean()])
    for row in range(2):
        for column in range(3):
            scale = scales[column] @ scales[column].T
            theirs = scipy.stats.wishart(df[row, 0], scale)
            assert values[0][row, column] == pytest.approx(theirs.logpdf(VALUES[0]))
            assert values[2][row, column] == pytest.approx(theirs.entropy())
            np.testing.assert_allclose(values[3][row, column], theirs.mean())
    assert values[1].shape == (4, 2, 3, 3, 3)
    shapes = run([ours.batch_shape_tensor(), ours.event_shape_tensor()])
    assert [shape.tolist() for shape in shapes] == [[2, 3], [3, 3]]


def test_factors_of_matrices():
    ours = kinds.WishartCholesky(5.5, FACTOR, cholesky_input_output_matrices=True)
    whole = kinds.WishartCholesky(5.5, FACTOR)
    factors = np.linalg.cholesky(VALUES)
    values = run(
        [
            ours.log_prob(factors),
            whole.log_prob(VALUES),
            ours.mean(),
            ours.mode(),
            ours.scale(),
            ours.sample(3, seed=1),
            whole.sample(3, seed=1),
        ]
    )
    np.testing.assert_allclose(values[0], values[1])
    np.testing.assert_allclose(values[2], np.sqrt(5.5) * FACTOR)
    np.testing.assert_allclose(values[3], np.sqrt(1.5) * FACTOR)
    np.testing.assert_allclose(values[4], FACTOR)
    np.testing.assert_allclose(values[5] @ np.swapaxes(values[5], 1, 2), values[6])
    with pytest.raises(ValueError, match="Cholesky factors"):
        ours.stddev()


def test_gradients_and_checks():
    df = tf.constant(5.0, tf.float64)
    slope = run(tf.gradients(kinds.WishartFull(df, SCALE).log_prob(VALUES[0]), df)[0])
    step = 1e-5
    ends = [scipy.stats.wishart(5.0 + move, SCALE).logpdf(VALUES[0]) for move in (step, -step)]
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)
    with pytest.raises(ValueError, match="at least the dimension 3"):
        kinds.WishartFull(2.0, SCALE)
    small = tf.placeholder_with_default(np.float64(2.0), [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least the dimension"):
        run(kinds.WishartFull(small, SCALE, validate_args=True).mean())
    with pytest.raises(tf.errors.InvalidArgumentError, match="symmetric"):
        run(kinds.WishartFull(4.0, FACTOR + np.eye(3), validate_args=True).mean())
    with pytest.raises(tf.errors.InvalidArgumentError, match="diagonal of scale"):
        run(kinds.WishartCholesky(4.0, -FACTOR, validate_args=True).mean())
    assert np.all(np.isnan(run(kinds.WishartFull(3.5, SCALE).mode())))
