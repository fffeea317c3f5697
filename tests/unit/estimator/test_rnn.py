from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

fc = tf.feature_column
# The class of a sequence is that of its first word.
WORDS = tf.SparseTensorValue(
    [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 0], [3, 0], [3, 1], [3, 2]],
    [0, 3, 3, 1, 3, 1, 0, 3, 0],
    [4, 3],
)
LABELS = np.asarray([0, 1, 1, 0])
CONFIG = tf.estimator.RunConfig(tf_random_seed=2)


def input_fn():
    features = {
        "words": tf.convert_to_tensor_or_sparse_tensor(WORDS),
        "sign": tf.constant([[1.0], [-1.0], [1.0], [-1.0]]),
    }
    return features, tf.constant(LABELS)


def embedded():
    return fc.embedding_column(fc.sequence_categorical_column_with_identity("words", 4), 4)


@pytest.mark.parametrize("kind", ["basic_rnn", "lstm", "gru", tf.nn.rnn_cell.GRUCell])
def test_sequences_are_told_apart(kind):
    classifier = tf.contrib.estimator.RNNClassifier(
        [embedded()],
        num_units=[6],
        cell_type=kind,
        optimizer=lambda: tf.train.AdamOptimizer(0.05),
        config=CONFIG,
    )
    classifier.train(input_fn, steps=60)
    assert classifier.evaluate(input_fn, steps=1)["accuracy"] == 1.0
    assert {
        "rnn/sequence_input_layer/sequence_input_layer/words_embedding/embedding_weights",
        "rnn/logits/kernel",
    } < {*classifier.get_variable_names()}


def test_any_head_and_what_is_known_of_the_whole():
    estimator = tf.contrib.estimator.RNNEstimator(
        tf.contrib.estimator.multi_class_head(3),
        [embedded()],
        [fc.numeric_column("sign")],
        num_units=[4, 3],
        optimizer=tf.train.AdamOptimizer(0.05),
        config=CONFIG,
    )

    def signs():
        features, _ = input_fn()
        return features, tf.constant([2, 0, 2, 0])

    estimator.train(signs, steps=60)
    assert estimator.evaluate(signs, steps=1)["accuracy"] == 1.0


def test_a_cell_for_each_mode():
    modes = []

    def cell_fn(mode):
        modes.append(mode)
        return tf.nn.rnn_cell.BasicRNNCell(3)

    classifier = tf.contrib.estimator.RNNClassifier([embedded()], rnn_cell_fn=cell_fn)
    classifier.train(input_fn, steps=1).evaluate(input_fn, steps=1)
    assert modes == ["train", "eval"]


def test_arguments_are_checked():
    make = tf.contrib.estimator.RNNClassifier
    with pytest.raises(ValueError, match="num_units or rnn_cell_fn"):
        make([embedded()])
    with pytest.raises(ValueError, match="one of"):
        make([embedded()], num_units=[3], cell_type="fast")
    with pytest.raises(ValueError, match="give rnn_cell_fn, or"):
        make([embedded()], num_units=[3], rnn_cell_fn=lambda mode: None)
    head = tf.contrib.estimator.regression_head()
    with pytest.raises(NotImplementedError, match="return_sequences"):
        tf.contrib.estimator.RNNEstimator(head, [embedded()], return_sequences=True)
