from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

layers = tf.contrib.layers


def run(tensors, assign=()):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for variable, value in assign:
            variable.load(value, sess)
        return sess.run(tensors)


def test_the_input_of_a_network():
    color = layers.sparse_column_with_keys("color", ["red", "blue"])
    columns = [
        layers.embedding_column(color, 2, combiner="sum", initializer=tf.ones_initializer()),
        layers.one_hot_column(color),
        layers.bucketized_column(layers.real_valued_column("age"), [18, 65]),
        layers.real_valued_column("age", normalizer=lambda age: age / 10),
    ]
    features = {
        "age": tf.constant([[20.0], [70.0]]),
        "color": tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["red", "blue", "blue"], [2, 2]),
    }
    outputs = {}
    found = layers.input_from_feature_columns(features, columns, cols_to_outs=outputs)
    # The columns are age, age_bucketized, color_embedding and color_one_hot.
    assert run(found).tolist() == [
        [2.0, 0.0, 1.0, 0.0, 2.0, 2.0, 1.0, 1.0],
        [7.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0],
    ]
    assert outputs[columns[1]].shape.as_list() == [2, 2]
    assert [v.op.name for v in tf.global_variables()] == [
        "input_from_feature_columns/color_embedding/weights"
    ]


def test_a_linear_model_combines_categories():
    word = layers.sparse_column_with_integerized_feature("word", 3, combiner="mean")
    features = {
        "word": tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 1, 2], [2, 2]),
        "x": tf.constant([[1.0], [2.0]]),
    }
    x = layers.real_valued_column("x")
    logits, variables, bias = layers.weighted_sum_from_feature_columns(
        features, [word, x], 1, scope="linear"
    )
    assign = [
        (variables[word][0], [[1.0], [5.0], [7.0]]),
        (variables[x][0], [[10.0]]),
        (bias, [0.5]),
    ]
    assert run(logits, assign).tolist() == [[3.0 + 10.0 + 0.5], [7.0 + 20.0 + 0.5]]
    assert [v.op.name for v in tf.trainable_variables()] == [
        "linear/word/weights", "linear/x/weight", "linear/bias_weight",
    ]  # fmt: skip


def test_a_joint_model_has_one_variable():
    a = layers.sparse_column_with_integerized_feature("a", 2)
    b = layers.sparse_column_with_integerized_feature("b", 3)
    features = {"a": tf.constant([[1], [0]]), "b": tf.constant([[2], [1]])}
    logits, variables, _ = layers.joint_weighted_sum_from_feature_columns(features, [b, a], 1)
    weights = variables[a][0]
    assert variables[b] == [weights]
    values = [[1.0], [2.0], [10.0], [20.0], [30.0]]
    assert run(logits, [(weights, values)]).tolist() == [[32.0], [21.0]]


def test_crossings_are_those_of_features():
    keys = layers.sparse_column_with_keys("a", ["x", "y"])
    hashed = layers.sparse_column_with_hash_bucket("b", 10)
    old = layers.crossed_column([hashed, keys], 1000)
    new = tf.feature_column.crossed_column(["a", "b"], 1000)
    features = {"a": tf.constant([["x"], ["q"]]), "b": tf.constant([["u"], ["v"]])}
    fc = tf.feature_column
    found = run([fc.input_layer(features, [fc.indicator_column(one)]) for one in (old, new)])
    assert np.array_equal(*found)
    assert sorted(layers.create_feature_spec_for_parsing([old])) == ["a", "b"]


def test_examples_are_parsed():
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.extend([1.5, 2.5])
    example.features.feature["w"].bytes_list.value.append(b"cat")
    word = layers.sparse_column_with_hash_bucket("w", 10)
    found = run(
        layers.parse_feature_columns_from_examples(
            [example.SerializeToString()], [layers.real_valued_column("x", 2), word]
        )
    )
    assert found["x"].tolist() == [[1.5, 2.5]]
    assert found["w"].values.tolist() == [b"cat"]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: layers.real_valued_column("x", 1.5), TypeError),
        (lambda: layers.bucketized_column(layers.real_valued_column("x"), [2, 1]), ValueError),
        (lambda: layers.crossed_column([layers.real_valued_column("x")] * 2, 10), TypeError),
        (lambda: layers.one_hot_column(layers.real_valued_column("x")), TypeError),
        (lambda: layers.sparse_column_with_keys("x", ["a"], combiner="max"), ValueError),
        (lambda: layers.sparse_column_with_hash_bucket("x", 0), ValueError),
    ],
)
def test_arguments_are_checked(make, error):
    with pytest.raises(error):
        make()


def test_programs_ask_for_classes_of_columns():
    kinds = layers.feature_column
    word = layers.sparse_column_with_hash_bucket("word", 10)
    assert isinstance(word, kinds._SparseColumn)
    assert isinstance(layers.real_valued_column("x"), kinds._RealValuedColumn)
    assert not isinstance(layers.real_valued_column("x"), kinds._SparseColumn)
