"""Losses over sampled classes: with all classes sampled they are the full losses."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

WEIGHTS = np.random.RandomState(1).normal(size=(6, 3)).astype(np.float32)
BIASES = np.arange(6, dtype=np.float32) / 4
INPUTS = np.random.RandomState(2).normal(size=(4, 3)).astype(np.float32)
LABELS = np.array([[2], [0], [5], [2]])


def everything() -> tuple[tf.Tensor, ...]:
    return tf.nn.all_candidate_sampler(LABELS, 1, 6, True)


def test_with_all_classes_the_sampled_softmax_is_the_full_one():
    loss = tf.nn.sampled_softmax_loss(
        WEIGHTS, BIASES, LABELS, INPUTS, 6, 6, sampled_values=everything()
    )
    logits = INPUTS @ WEIGHTS.T + BIASES
    expected = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(4), LABELS[:, 0]]
    np.testing.assert_allclose(tf.Session().run(loss), expected, rtol=1e-5)


def test_with_all_classes_the_noise_contrastive_loss_is_the_logistic_one():
    loss = tf.nn.nce_loss(
        WEIGHTS, BIASES, LABELS, INPUTS, 6, 6, sampled_values=everything(),
        remove_accidental_hits=True,
    )  # fmt: skip
    logits = INPUTS @ WEIGHTS.T + BIASES
    signs = np.where(np.arange(6) == LABELS, -1, 1)
    expected = np.log1p(np.exp(signs * logits)).sum(axis=1)
    np.testing.assert_allclose(tf.Session().run(loss), expected, rtol=1e-5)


@pytest.mark.parametrize("loss_function", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_parts_of_weights_are_trained(loss_function: object):
    weights = tf.get_variable(
        "w", [6, 3], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(2)
    )
    biases = tf.get_variable("b", [6], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(
        loss_function(weights, biases, LABELS, INPUTS, 3, 6, partition_strategy="div")
    )
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(10):
            session.run(train)
        values = np.concatenate(session.run(list(weights)))
    assert (values[[0, 2, 5]] != 1).all()


def test_what_is_refused():
    with pytest.raises(ValueError, match="weights is None"):
        tf.nn.nce_loss(None, BIASES, LABELS, INPUTS, 2, 6)
    with pytest.raises(ValueError, match="num_true = 2 columns"):
        tf.nn.nce_loss(WEIGHTS, BIASES, LABELS, INPUTS, 2, 6, num_true=2)
    with pytest.raises(ValueError, match="'mod' or 'div'"):
        tf.nn.sampled_softmax_loss(
            WEIGHTS, BIASES, LABELS, INPUTS, 2, 6, partition_strategy="other"
        )
