from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

fc = tf.feature_column
sequence_input_layer = tf.contrib.feature_column.sequence_input_layer
WORDS = tf.SparseTensorValue([[0, 0], [1, 0], [1, 1], [1, 2]], [2, 0, 1, 2], [3, 3])


def run(tensors):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return sess.run(tensors)


def words():
    return tf.convert_to_tensor_or_sparse_tensor(WORDS)


def table(values):
    return lambda shape, dtype, partition_info=None: tf.constant(values, dtype, shape)


def test_steps_have_vectors_of_their_categories():
    word = fc.sequence_categorical_column_with_identity("word", 3)
    column = fc.embedding_column(word, 2, initializer=table([[1, 2], [3, 4], [5, 6]]))
    values, lengths = run(sequence_input_layer({"word": words()}, [column]))
    assert values.tolist() == [
        [[5, 6], [0, 0], [0, 0]],
        [[1, 2], [3, 4], [5, 6]],
        [[0, 0], [0, 0], [0, 0]],
    ]
    assert lengths.tolist() == [1, 3, 0]
    assert [v.op.name for v in tf.global_variables()] == [
        "sequence_input_layer/word_embedding/embedding_weights"
    ]


def test_a_step_may_have_several_categories():
    word = fc.sequence_categorical_column_with_vocabulary_list("word", ["a", "b", "c"])
    several = tf.SparseTensor(
        [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]], ["a", "c", "b", "x"], [2, 2, 2]
    )
    values, lengths = run(sequence_input_layer({"word": several}, [fc.indicator_column(word)]))
    assert values.tolist() == [[[1, 0, 1], [0, 1, 0]], [[0, 0, 0], [0, 0, 0]]]
    assert lengths.tolist() == [2, 1]


def test_steps_have_numbers_beside_categories():
    word = fc.sequence_categorical_column_with_hash_bucket("word", 3, tf.int64)
    speed = fc.sequence_numeric_column("speed", shape=2, default_value=-1.0)
    numbers = tf.SparseTensor(
        [[0, 0], [0, 1], *([1, i] for i in range(6))], [10.0, 20, 1, 2, 3, 4, 5, 6], [3, 6]
    )
    features = {"word": words(), "speed": numbers}
    values, lengths = run(sequence_input_layer(features, [fc.indicator_column(word), speed]))
    assert values.shape == (3, 3, 5)
    assert values[0, :, :2].tolist() == [[10, 20], [-1, -1], [-1, -1]]
    assert values[1, :, :2].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert lengths.tolist() == [1, 3, 0]


def test_sequences_of_columns_are_equally_long():
    columns = [fc.sequence_numeric_column(name) for name in "ab"]
    features = {
        "a": tf.SparseTensor([[0, 0], [0, 1]], [1.0, 2.0], [1, 2]),
        "b": tf.SparseTensor([[0, 0]], [1.0], [1, 2]),
    }
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in length"):
        run(sequence_input_layer(features, columns))


def test_columns_of_sequences_and_others_do_not_mix():
    word = fc.sequence_categorical_column_with_identity("word", 3)
    with pytest.raises(ValueError, match="is of sequences"):
        fc.input_layer({"word": words()}, [fc.embedding_column(word, 2)])
    with pytest.raises(ValueError, match="no column of sequences"):
        sequence_input_layer({"x": [[1.0]]}, [fc.numeric_column("x")])


def test_sequences_feed_a_recurrent_net():
    word = fc.sequence_categorical_column_with_identity("word", 3)
    values, lengths = sequence_input_layer({"word": words()}, [fc.embedding_column(word, 4)])
    _, state = tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(5), values, sequence_length=lengths, dtype=tf.float32
    )
    found = run(state)
    assert found.shape == (3, 5)
    assert not found[2].any()


# -- layers ---------------------------------------------------------------------------------------


def test_a_layer_of_columns_has_variables_and_shares_them():
    digit = fc.categorical_column_with_identity("digit", 3)
    columns = [fc.embedding_column(digit, 2), fc.numeric_column("x")]
    layer = tf.keras.layers.DenseFeatures(columns)
    outputs = {}
    first = layer({"digit": [[1], [2]], "x": [[7.0], [8.0]]}, cols_to_output_tensors=outputs)
    second = layer({"digit": [[2], [1]], "x": [[8.0], [7.0]]})
    assert [v.op.name for v in layer.trainable_weights] == [
        "dense_features/digit_embedding/embedding_weights"
    ]
    assert layer.weights == tf.global_variables()
    found, other, of_x = run([first, second, outputs[columns[1]]])
    assert np.array_equal(found[::-1], other)
    assert of_x.tolist() == [[7.0], [8.0]]
    with pytest.raises(ValueError, match="tensors by name"):
        layer(tf.ones([2, 2]))


def test_a_layer_of_sequences():
    word = fc.sequence_categorical_column_with_identity("word", 3)
    layer = tf.keras.experimental.SequenceFeatures([fc.embedding_column(word, 2)], name="s")
    values, lengths = layer({"word": words()})
    assert run([values, lengths])[1].tolist() == [1, 3, 0]
    assert [v.op.name for v in layer.weights] == ["s/word_embedding/embedding_weights"]


def test_columns_of_a_second_linear_model_are_numbered():
    x = fc.numeric_column("x")
    for _ in range(2):
        fc.linear_model({"x": [[1.0]]}, [x])
    assert [v.op.name for v in tf.global_variables()] == [
        "linear_model/x/weights",
        "linear_model/bias_weights",
        "linear_model_1/x_1/weights",
        "linear_model_1/bias_weights",
    ]
