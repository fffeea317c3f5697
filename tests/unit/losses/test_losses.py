"""`tf.losses`: values by numpy's formulas, weights that fit and that do not, collections."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

LABELS = np.float32([[1, 0, 1], [0, 1, 0]])
LOGITS = np.float32([[0.5, -1.5, -2], [3, 0.25, 0]])
WEIGHTS = np.float32([[2], [0.5]])


def run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


def test_reductions_by_hand():
    losses = np.float32([[1, 2, 3], [4, 5, 6]])
    weights = np.float32([[0], [2]])
    wanted = {"none": losses * weights, "weighted_sum": 30, "weighted_mean": 5}
    wanted |= {"weighted_sum_over_batch_size": 5, "weighted_sum_by_nonzero_weights": 10}
    for reduction, value in wanted.items():
        loss = tf.losses.compute_weighted_loss(losses, weights, reduction=reduction)
        np.testing.assert_allclose(run(loss), value)
    assert set(wanted) == set(tf.losses.Reduction.all())


@pytest.mark.parametrize("weights", [1.0, WEIGHTS, WEIGHTS + 0 * LOGITS])
def test_values_by_formula(weights):
    size = np.abs(LOGITS - LABELS)
    p = 1 / (1 + np.exp(-LOGITS))
    entropy = -(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))
    hinge = np.maximum(0, 1 - (2 * LABELS - 1) * LOGITS)
    pairs = [
        (tf.losses.absolute_difference, LOGITS, size),
        (tf.losses.mean_squared_error, LOGITS, size**2),
        (tf.losses.huber_loss, LOGITS, np.where(size < 1, size**2 / 2, size - 0.5)),
        (tf.losses.hinge_loss, LOGITS, hinge),
        (tf.losses.log_loss, p, entropy),
        (tf.losses.sigmoid_cross_entropy, LOGITS, entropy),
    ]
    for function, predictions, losses in pairs:
        wanted = np.mean(losses * weights)
        np.testing.assert_allclose(run(function(LABELS, predictions, weights)), wanted, rtol=1e-5)


def test_pairs_by_enumeration():
    difference = LOGITS - LABELS
    squares = [
        np.mean([(row[i] - row[j]) ** 2 for i in range(3) for j in range(3) if i != j])
        for row in difference
    ]
    loss = tf.losses.mean_pairwise_squared_error(LABELS, LOGITS, WEIGHTS)
    np.testing.assert_allclose(run(loss), 2 * squares[0] + 0.5 * squares[1], rtol=1e-5)


def test_dtype_and_name():
    loss = tf.losses.softmax_cross_entropy(LABELS, tf.constant(LOGITS, tf.float64), scope="own")
    assert (loss.name, loss.dtype) == ("own/Cast_3:0", tf.float64)
    assert tf.losses.hinge_loss(LABELS, LOGITS).name == "hinge_loss/value:0"


@pytest.mark.parametrize("shape", [[3], [2], [2, 3, 1], [3, 1], [1, 2]])
def test_weights_that_do_not_fit(shape):
    before = len(tf.losses.get_losses())
    with pytest.raises(ValueError, match="weights do not fit the values"):
        tf.losses.mean_squared_error(LABELS, LOGITS, np.ones(shape))
    assert len(tf.losses.get_losses()) == before
    weights = tf.placeholder(tf.float32)
    loss = tf.losses.mean_squared_error(LABELS, LOGITS, weights)
    refused = "weights do not fit the values|do not broadcast"
    with pytest.raises(tf.errors.InvalidArgumentError, match=refused):
        run(loss, {weights: np.ones(shape)})
    np.testing.assert_allclose(
        run(loss, {weights: WEIGHTS}), np.mean((LOGITS - LABELS) ** 2 * WEIGHTS)
    )


def test_missing_arguments_and_wrong_shapes():
    with pytest.raises(ValueError, match="labels must not be None"):
        tf.losses.absolute_difference(None, LOGITS)
    with pytest.raises(ValueError, match="axis must not be None"):
        tf.losses.cosine_distance(LABELS, LOGITS)
    with pytest.raises(ValueError, match="Invalid Reduction Key 'mean'"):
        tf.losses.hinge_loss(LABELS, LOGITS, reduction="mean")
    with pytest.raises(ValueError, match="not compatible"):
        tf.losses.mean_squared_error(LABELS, LOGITS[:1])


def test_no_gradient_into_the_labels():
    labels = tf.constant(LABELS)
    loss = tf.losses.softmax_cross_entropy(labels, LOGITS)
    assert tf.gradients(loss, labels) == [None]


def test_collections():
    first = tf.losses.mean_squared_error(LABELS, LOGITS, scope="a")
    second = tf.losses.hinge_loss(LABELS, LOGITS, loss_collection="others")
    tf.losses.hinge_loss(LABELS, LOGITS, loss_collection=None)
    tf.get_variable("w", initializer=[1.0, 3.0], regularizer=tf.nn.l2_loss)
    assert tf.losses.get_losses() == [first]
    assert tf.losses.get_losses(loss_collection="others") == [second]
    total, alone = tf.losses.get_total_loss(), tf.losses.get_total_loss(False)
    assert total.name == "total_loss:0"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        both, one = session.run([total, alone])
    assert both == pytest.approx(one + 5)
