"""`tf.contrib.losses`: weights, collections, and values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

losses = tf.contrib.losses
PREDICTIONS = [[4.0, 8.0, 12.0], [8.0, 1.0, 3.0]]
LABELS = [[1.0, 9.0, 2.0], [-5.0, -2.0, 6.0]]


def value(tensor, feed=None):
    with tf.Session() as sess:
        return sess.run(tensor, feed)


# The absolute differences are [3, 1, 10] and [13, 3, 3].
@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        (1.0, 33 / 6),
        (2.0, 66 / 6),
        (0.0, 0),
        ([1.0, 0.0], 14 / 3),
        ([[2.0], [1.0]], 47 / 6),
        ([[1.0, 0.0, 0.0], [0.0, 3.0, 0.5]], (3 + 9 + 1.5) / 3),
    ],
    ids=str,
)
def test_weighted_differences(weights, wanted):
    loss = losses.absolute_difference(PREDICTIONS, LABELS, weights)
    assert value(loss) == pytest.approx(wanted)
    assert losses.get_losses() == [loss]


def test_squares():
    assert value(losses.mean_squared_error(PREDICTIONS, LABELS)) == pytest.approx(297 / 6)


def test_unknown_sizes():
    predictions = tf.placeholder(tf.float32, [None, 3])
    loss = losses.absolute_difference(predictions, LABELS, [0.0, 1.0])
    assert value(loss, {predictions: PREDICTIONS}) == pytest.approx(19 / 3)


def test_likelihoods():
    loss = losses.log_loss([0.25, 0.5], [1, 0], epsilon=0.0)
    assert value(loss) == pytest.approx(np.log(8) / 2)
    assert value(losses.hinge_loss([[0.5], [-3.0]], [[0.0], [0.0]])).tolist() == [[1.5], [0]]


def test_cosine_distance():
    a, b = [[1.0, 0.0], [0.6, 0.8]], [[0.0, 1.0], [0.6, 0.8]]
    assert value(losses.cosine_distance(a, b, axis=1)) == pytest.approx(0.5)
    assert value(losses.cosine_distance(a, b, dim=1, weights=[3.0, 5.0])) == pytest.approx(1.5)
    with pytest.raises(ValueError, match="needs an axis"):
        losses.cosine_distance(a, b)


def test_pairwise_squares():
    differences = np.subtract(PREDICTIONS, LABELS)
    wanted = 2 * differences.var(1)
    loss = losses.mean_pairwise_squared_error(PREDICTIONS, LABELS)
    assert value(loss) == pytest.approx(wanted.sum())
    loss = losses.mean_pairwise_squared_error(PREDICTIONS, LABELS, [1.0, 3.0])
    assert value(loss) == pytest.approx(wanted @ [1, 3])


LOGITS = np.array([[1.0, 3.0, -2.0], [0.5, 0.0, 4.0]], np.float32)
LOG_SOFTMAX = LOGITS - np.log(np.exp(LOGITS).sum(1, keepdims=True))


def test_cross_entropies_of_classes():
    onehot = np.array([[0, 1, 0], [1, 0, 0]])
    wanted = -(onehot * LOG_SOFTMAX).sum(1)
    assert value(losses.softmax_cross_entropy(LOGITS, onehot)) == pytest.approx(wanted.mean())
    smooth = onehot * 0.7 + 0.1
    loss = losses.softmax_cross_entropy(LOGITS, onehot, label_smoothing=0.3)
    assert value(loss) == pytest.approx(-(smooth * LOG_SOFTMAX).sum(1).mean())
    for labels in ([1, 0], [[1], [0]]):
        loss = losses.sparse_softmax_cross_entropy(LOGITS, labels, weights=[0.5, 2.0])
        assert value(loss) == pytest.approx(wanted @ [0.5, 2] / 2)


def test_cross_entropies_of_independent_classes():
    labels = np.array([[0, 1, 1], [1, 0, 0]])
    probability = 1 / (1 + np.exp(-LOGITS.astype(float)))

    def entropy(target):
        return -(target * np.log(probability) + (1 - target) * np.log(1 - probability)).mean()

    assert value(losses.sigmoid_cross_entropy(LOGITS, labels)) == pytest.approx(entropy(labels))
    loss = losses.sigmoid_cross_entropy(LOGITS, labels, label_smoothing=0.5)
    assert value(loss) == pytest.approx(entropy(labels * 0.5 + 0.25))


def test_collections_and_totals():
    with tf.variable_scope("a"):
        first = losses.mean_squared_error([3.0], [1.0])
    second = losses.absolute_difference([3.0], [1.0])
    losses.add_loss(tf.constant(100.0), loss_collection=None)
    penalty = tf.contrib.layers.apply_regularization(
        tf.contrib.layers.l1_regularizer(1.0), [tf.constant([10.0])]
    )
    assert losses.get_losses("a/") == [first]
    assert losses.get_losses() == [first, second]
    assert losses.get_regularization_losses() == [penalty]
    assert value(losses.get_total_loss()) == 16
    assert value(losses.get_total_loss(add_regularization_losses=False)) == 6


def test_what_is_refused():
    with pytest.raises(ValueError, match="must be of one shape"):
        losses.absolute_difference([[1.0, 2.0]], [[1.0]])
    with pytest.raises(ValueError, match="needs labels"):
        losses.log_loss([1.0])
    with pytest.raises(ValueError, match="more axes"):
        losses.absolute_difference([1.0], [2.0], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="ranks of losses and weights"):
        losses.compute_weighted_loss(tf.placeholder(tf.float32))
    with pytest.raises(ValueError, match="losses"):
        losses.sparse_softmax_cross_entropy(LOGITS, [[1, 0, 1], [0, 1, 1]])
