"""Samplers of candidate classes: files of weights, learning, and long samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.kernels import candidate_sampling as sampling
from graphflow.ops.kernels.philox import Philox

CLASSES = np.array([[1], [2]])


def sampled(op: str, *arguments: object, **options: object) -> list[np.ndarray]:
    with tf.Session() as session:
        return session.run(list(getattr(tf.nn, op)(CLASSES, 1, *arguments, **options)))


def test_weights_come_from_a_file(tmp_path: Path):
    path = tmp_path / "vocabulary"
    path.write_text("the,of,4.0\nword,1.0\n3.0\n")
    _, expected, _ = sampled(
        "fixed_unigram_candidate_sampler", 8, False, 3, vocab_file=str(path), seed=1
    )
    assert expected.tolist() == [[1.0], [3.0]]


def test_a_file_with_a_line_that_ends_in_no_number_is_refused(tmp_path: Path):
    path = tmp_path / "vocabulary"
    path.write_text("the,4.0\nword,many\n")
    with pytest.raises(tf.errors.InvalidArgumentError, match="line 2 of vocab_file"):
        sampled("fixed_unigram_candidate_sampler", 8, False, 3, vocab_file=str(path))


def test_reserved_classes_are_never_sampled():
    drawn, expected, _ = sampled(
        "fixed_unigram_candidate_sampler", 30, False, 4, num_reserved_ids=2, unigrams=[1, 2]
    )
    assert set(drawn) == {2, 3}
    assert expected.tolist() == [[0.0], [10.0]]


def test_each_run_of_a_session_learns():
    op = tf.nn.learned_unigram_candidate_sampler(CLASSES, 1, 6, False, 3, seed=1)
    with tf.Session() as session:
        counts = [session.run(op.true_expected_count)[0, 0] for _ in range(3)]
    np.testing.assert_allclose(counts, [6 * 1 / 3, 6 * 2 / 5, 6 * 3 / 7], rtol=1e-6)
    with tf.Session() as session:
        assert session.run(op.true_expected_count)[0, 0] == 2


@pytest.mark.parametrize(
    "sampler",
    [
        sampling.Uniform(7),
        sampling.LogUniform(7),
        sampling.LearnedWeights(7),
        sampling.FixedWeights(np.array([1, 0.5, 3, 2, 0.25, 1, 4], np.float32)),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_frequencies_are_the_probabilities(sampler: sampling.Sampler):
    count = 20_000
    drawn, tries = sampling.sample_batch(Philox(3, 4), sampler, count, is_unique=False)
    assert tries == count
    expected = sampling.expected_count(sampler, np.arange(7), count, tries)
    np.testing.assert_allclose(expected.sum(), count, rtol=1e-5)
    assert (abs(np.bincount(drawn, minlength=7) - expected) < 4 * np.sqrt(expected)).all()


def test_all_classes_can_be_drawn_without_repetition():
    drawn, tries = sampling.sample_batch(Philox(3, 4), sampling.LogUniform(50), 50, is_unique=True)
    assert sorted(drawn) == list(range(50))
    expected = sampling.expected_count(sampling.LogUniform(50), drawn, 50, tries)
    assert tries > 50
    assert (expected <= 1).all()


def test_unfair_words_are_skipped():
    """Of 32-bit words, those below 2**32 % 3e9 would make small remainders more likely."""
    limit = 3_000_000_000
    words = sampling.Words(Philox(3, 4).reserve(0))
    raw = words.peek(40)
    least = 2**32 % limit
    fair = [int(word) % limit for word in raw if word >= least]
    assert sampling.Words(Philox(3, 4).reserve(0)).below(limit, 5).tolist() == fair[:5]


@pytest.mark.parametrize("namespace", [tf.nn, tf.random])
def test_what_functions_refuse(namespace: object):
    with pytest.raises(TypeError, match="int64"):
        tf.nn.uniform_candidate_sampler(tf.constant([[1]]), 1, 2, True, 5)
    with pytest.raises(ValueError, match="one of vocab_file and unigrams"):
        namespace.fixed_unigram_candidate_sampler(CLASSES, 1, 2, True, 5)
