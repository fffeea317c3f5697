"""hardmax, cumulative products and monotonic attention, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

RANDOM = np.random.RandomState(11)
CHOOSE = RANDOM.uniform(0.05, 0.95, (3, 5))
BEFORE = RANDOM.dirichlet(np.ones(5), 3)


def walked(choose: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Where a walk stops that begins where it was before and goes on while it does not stop."""
    stopped = np.zeros_like(choose)
    for row in range(choose.shape[0]):
        for start in range(choose.shape[1]):
            going = before[row, start]
            for place in range(start, choose.shape[1]):
                stopped[row, place] += going * choose[row, place]
                going *= 1 - choose[row, place]
    return stopped


def run(tensor, feeds=None):
    with tf.Session() as session:
        return session.run(tensor, feeds)


def test_hardmax_of_any_rank_and_unknown_shape():
    logits = tf.placeholder(tf.float64, [None, None, None])
    values = RANDOM.randn(2, 3, 4)
    expected = (values == values.max(-1, keepdims=True)).astype(float)
    found = run(tf.contrib.seq2seq.hardmax(logits), {logits: values})
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64


@pytest.mark.parametrize("exclusive", [False, True])
def test_safe_cumprod(exclusive):
    values = RANDOM.uniform(size=(2, 6))
    found = run(tf.contrib.seq2seq.safe_cumprod(values, axis=1, exclusive=exclusive))
    expected = np.cumprod(values, 1)
    if exclusive:
        expected = np.concatenate([np.ones((2, 1)), expected[:, :-1]], 1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_safe_cumprod_has_finite_gradients_at_zero():
    x = tf.constant([0.5, 0.0, 0.7])
    gradient = tf.gradients(tf.contrib.seq2seq.safe_cumprod(x), x)[0]
    assert np.isfinite(run(gradient)).all()


@pytest.mark.parametrize("mode", ["recursive", "parallel"])
def test_monotonic_attention(mode):
    found = run(tf.contrib.seq2seq.monotonic_attention(CHOOSE, BEFORE, mode))
    np.testing.assert_allclose(found, walked(CHOOSE, BEFORE), rtol=1e-8)


@pytest.mark.parametrize("mode", ["recursive", "parallel", "hard"])
def test_hard_choices(mode):
    choose = np.array([[1.0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
    before = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]])
    found = run(tf.contrib.seq2seq.monotonic_attention(choose, before, mode))
    expected = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    # The parallel formula divides by products next to zero: only the others are exact there.
    if mode != "parallel":
        np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(walked(choose, before), expected)


def test_gradients_of_the_modes_agree():
    choose = tf.constant(CHOOSE)
    weights = RANDOM.randn(3, 5)
    gradients = [
        tf.gradients(
            tf.reduce_sum(weights * tf.contrib.seq2seq.monotonic_attention(choose, BEFORE, mode)),
            choose,
        )[0]
        for mode in ("recursive", "parallel")
    ]
    one, other = run(gradients)
    np.testing.assert_allclose(one, other, rtol=1e-7)


def test_there_is_no_other_mode():
    with pytest.raises(ValueError, match="'recursive', 'parallel' or 'hard'"):
        tf.contrib.seq2seq.monotonic_attention(CHOOSE, BEFORE, "soft")
