"""The losses of contrib.seq2seq and contrib.legacy_seq2seq, against their formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

LOGITS = np.random.RandomState(3).randn(2, 3, 4).astype(np.float32)
TARGETS = np.array([[1, 3, 0], [2, 2, 1]], np.int32)
WEIGHTS = np.array([[1.0, 0.5, 0.0], [2.0, 1.0, 0.25]], np.float32)


def losses() -> np.ndarray:
    """The weighted cross entropy of each prediction, [batch, time]."""
    norm = np.log(np.exp(LOGITS).sum(-1))
    of_targets = np.take_along_axis(LOGITS, TARGETS[..., None], -1)[..., 0]
    return (norm - of_targets) * WEIGHTS


def run(*tensors):
    with tf.Session() as session:
        return session.run(tensors if len(tensors) > 1 else tensors[0])


def steps(array: np.ndarray) -> list:
    return [tf.constant(array[:, index]) for index in range(array.shape[1])]


class TestSequenceLoss:
    def test_averages_over_all(self):
        loss = run(tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS))
        np.testing.assert_allclose(loss, losses().sum() / WEIGHTS.sum(), rtol=1e-6)

    def test_sums_over_all_by_the_number_of_weights(self):
        loss = tf.contrib.seq2seq.sequence_loss(
            LOGITS,
            TARGETS,
            WEIGHTS,
            average_across_timesteps=False,
            average_across_batch=False,
            sum_over_timesteps=True,
            sum_over_batch=True,
        )
        np.testing.assert_allclose(run(loss), losses().sum() / 5, rtol=1e-6)

    @pytest.mark.parametrize("axis", [0, 1])
    @pytest.mark.parametrize("is_sum", [False, True])
    def test_reduces_one_axis(self, axis, is_sum):
        names = ["batch", "timesteps"]
        options = {f"average_across_{name}": False for name in names}
        kind = "sum_over" if is_sum else "average_across"
        options[f"{kind}_{names[axis]}"] = True
        loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, **options)
        size = (WEIGHTS != 0).sum(axis) if is_sum else WEIGHTS.sum(axis)
        np.testing.assert_allclose(run(loss), losses().sum(axis) / size, rtol=1e-6)

    def test_keeps_both_axes(self):
        loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, False, False)
        np.testing.assert_allclose(run(loss), losses(), rtol=1e-5)

    def test_of_no_weight_is_zero(self):
        loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, np.zeros_like(WEIGHTS))
        assert run(loss) == 0

    def test_takes_another_loss_by_name(self):
        def squares(labels, logits):
            assert logits.shape.as_list() == [6, 4]
            return tf.cast(labels * labels, tf.float32)

        loss = tf.contrib.seq2seq.sequence_loss(
            LOGITS, TARGETS, WEIGHTS, softmax_loss_function=squares
        )
        expected = (TARGETS.astype(np.float32) ** 2 * WEIGHTS).sum() / WEIGHTS.sum()
        np.testing.assert_allclose(run(loss), expected, rtol=1e-6)

    def test_works_with_unknown_sizes(self):
        logits = tf.placeholder(tf.float32, [None, None, None])
        targets = tf.placeholder(tf.int32, [None, None])
        weights = tf.placeholder(tf.float32, [None, None])
        loss = tf.contrib.seq2seq.sequence_loss(logits, targets, weights)
        with tf.Session() as session:
            value = session.run(loss, {logits: LOGITS, targets: TARGETS, weights: WEIGHTS})
        np.testing.assert_allclose(value, losses().sum() / WEIGHTS.sum(), rtol=1e-6)

    @pytest.mark.parametrize("label", ["logits", "targets", "weights"])
    def test_refuses_wrong_ranks(self, label):
        values = {"logits": LOGITS, "targets": TARGETS, "weights": WEIGHTS}
        values[label] = values[label][0]
        with pytest.raises(ValueError, match=f"{label} must be"):
            tf.contrib.seq2seq.sequence_loss(**values)

    @pytest.mark.parametrize("axis", ["batch", "timesteps"])
    @pytest.mark.parametrize("other", ["batch", "timesteps"])
    def test_refuses_to_average_and_sum(self, axis, other):
        options = {"average_across_batch": False, "average_across_timesteps": False}
        options[f"average_across_{axis}"] = True
        options[f"sum_over_{other}"] = True
        with pytest.raises(ValueError, match=f"across_{axis} and sum_over_{other} exclude"):
            tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, **options)


class TestLegacyLoss:
    def test_of_each_example(self):
        arguments = [steps(LOGITS), steps(TARGETS), steps(WEIGHTS)]
        mean = tf.contrib.legacy_seq2seq.sequence_loss_by_example(*arguments)
        total = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
            *arguments, average_across_timesteps=False
        )
        found = run(mean, total)
        np.testing.assert_allclose(found[0], losses().sum(1) / WEIGHTS.sum(1), rtol=1e-6)
        np.testing.assert_allclose(found[1], losses().sum(1), rtol=1e-6)

    def test_of_a_batch(self):
        arguments = [steps(LOGITS), steps(TARGETS), steps(WEIGHTS)]
        mean = tf.contrib.legacy_seq2seq.sequence_loss(*arguments)
        total = tf.contrib.legacy_seq2seq.sequence_loss(*arguments, average_across_batch=False)
        expected = (losses().sum(1) / WEIGHTS.sum(1)).sum()
        np.testing.assert_allclose(run(mean, total), [expected / 2, expected], rtol=1e-6)

    def test_refuses_lists_of_different_lengths(self):
        with pytest.raises(ValueError, match="3 logits, 2 targets, 3 weights"):
            tf.contrib.legacy_seq2seq.sequence_loss(
                steps(LOGITS), steps(TARGETS)[:2], steps(WEIGHTS)
            )
