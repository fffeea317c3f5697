"""CTC: losses by enumeration of all paths, decoding, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.kernels.ctc import Labels, log_softmax, loss_and_gradient
from graphflow.ops.kernels.ctc_beam import beam_search


def collapsed(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    merged = [label for label, _ in itertools.groupby(path)]
    return tuple(label for label in merged if label != blank)


def probabilities(logits: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of each sequence of labels, by all paths of one example."""
    steps, classes = logits.shape
    step_probability = np.exp(log_softmax(logits))
    result: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(classes), repeat=steps):
        labels = collapsed(path, classes - 1)
        probability = np.prod(step_probability[np.arange(steps), path])
        result[labels] = result.get(labels, 0.0) + probability
    return result


def logits_of(steps: int, classes: int) -> np.ndarray:
    return np.random.RandomState(steps).normal(size=(steps, classes)) * 1.5


def test_the_loss_counts_all_paths():
    logits = logits_of(5, 3)
    expected = probabilities(logits)
    for labels in [(0,), (0, 1), (1, 1), (0, 0, 1), (0, 1, 0, 1), (1, 1, 1)]:
        batch = Labels(np.array([labels]), np.array([len(labels)]))
        loss, _ = loss_and_gradient(logits[:, None], batch, np.array([5]), merge_repeated=True)
        np.testing.assert_allclose(np.exp(-loss), expected[labels], rtol=1e-12)


def test_very_unlikely_labels_have_a_finite_loss():
    """A blank at each step is e**2000 times as likely as the labels."""
    steps, labels = 60, np.arange(20)[None] % 3
    logits = np.zeros((steps, 1, 4))
    logits[:, :, 3] = 100.0
    batch = Labels(labels, np.array([20]))
    loss, gradient = loss_and_gradient(logits, batch, np.array([steps]), merge_repeated=True)
    paths = 4191844505805495  # 60 choose 20: repetitions are much less likely
    np.testing.assert_allclose(loss, 2000 - np.log(paths), rtol=1e-6)
    assert np.isfinite(gradient).all()


def test_a_wide_beam_finds_the_most_likely_labels():
    logits = logits_of(5, 4)
    expected = sorted(probabilities(logits).items(), key=lambda item: -item[1])
    paths, scores = beam_search(logits[:, None], np.array([5]), 500, 4)
    for labels, score, (best, probability) in zip(paths, scores[0], expected, strict=False):
        assert tuple(labels.values[0]) == best
        np.testing.assert_allclose(np.exp(score), probability, rtol=1e-9)


def test_examples_of_a_batch_do_not_mix():
    logits = np.stack([logits_of(6, 4), logits_of(7, 4)[:6], logits_of(8, 4)[:6]], axis=1)
    lengths = np.array([6, 3, 5])
    paths, scores = beam_search(logits, lengths, 5, 2)
    for example, length in enumerate(lengths):
        alone, score = beam_search(logits[:length, example : example + 1], np.array([length]), 5, 2)
        np.testing.assert_allclose(scores[example], score[0], rtol=1e-12)
        for together, single in zip(paths, alone, strict=True):
            count = together.lengths[example]
            assert together.values[example, :count].tolist() == single.values[0].tolist()


def test_a_model_learns_its_labels():
    labels = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 1, 1], [2, 2])
    logits = tf.Variable(tf.zeros([4, 2, 3]))
    loss = tf.reduce_mean(tf.nn.ctc_loss(labels, logits, [4, 4]))
    train = tf.train.GradientDescentOptimizer(5.0).minimize(loss)
    (decoded,), _ = tf.nn.ctc_greedy_decoder(logits, [4, 4])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(30):
            session.run(train)
        assert session.run(loss) < 0.1
        assert session.run(decoded.values).tolist() == [0, 1, 1]


def test_what_is_refused():
    logits = tf.zeros([4, 2, 3])
    labels = tf.SparseTensor([[0, 0]], [0], [2, 1])
    with pytest.raises(TypeError, match="must be a SparseTensor"):
        tf.nn.ctc_loss([[0]], logits, [4, 4])
    with pytest.raises(ValueError, match="blank_index"):
        tf.nn.ctc_loss_v2(labels, logits, None, [4, 4])
    with pytest.raises(ValueError, match="blank_index 3 is out of range"):
        tf.nn.ctc_loss_v2(labels, logits, None, [4, 4], blank_index=3)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="example 1 has no labels"):
            session.run(tf.nn.ctc_loss(labels, logits, [4, 4]))
        few = tf.nn.ctc_beam_search_decoder(logits, [0, 4], 5, 2)
        with pytest.raises(tf.errors.InvalidArgumentError, match="fewer than top_paths = 2"):
            session.run(few[1])


def test_the_gradient_cannot_be_differentiated():
    logits = tf.ones([4, 1, 3])
    loss = tf.nn.ctc_loss(tf.SparseTensor([[0, 0]], [0], [1, 1]), logits, [4])
    (grad,) = tf.gradients(loss, logits)
    with pytest.raises(LookupError, match="CTC loss cannot be differentiated"):
        tf.gradients(grad, logits)
