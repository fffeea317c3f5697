from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

fc = tf.feature_column


def run(tensor):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(tensor)


def test_an_input_layer_orders_columns_by_name():
    features = {"b": [[1.0], [2.0]], "a": [[3.0, 4.0], [5.0, 6.0]]}
    layer = fc.input_layer(features, [fc.numeric_column("b"), fc.numeric_column("a", 2)])
    assert run(layer).tolist() == [[3.0, 4.0, 1.0], [5.0, 6.0, 2.0]]


def test_weights_multiply_indicators():
    places = [[0, 0], [1, 0], [1, 1]]
    features = {
        "w": tf.SparseTensor(places, [2, 0, 2], [2, 2]),
        "f": tf.SparseTensor(places, [0.5, 3.0, 4.0], [2, 2]),
    }
    words = fc.categorical_column_with_identity("w", 3)
    weighted = fc.weighted_categorical_column(words, "f")
    layer = fc.input_layer(features, fc.indicator_column(weighted))
    assert run(layer).tolist() == [[0.0, 0.0, 0.5], [3.0, 0.0, 4.0]]


def test_a_linear_model_learns_weights_of_categories():
    words = fc.categorical_column_with_vocabulary_list("w", ["a", "b", "c"])
    model = fc.linear_model({"w": [["a"], ["c"], ["zzz"]]}, [words])
    loss = tf.reduce_sum(tf.square(model - [[2.0], [-3.0], [1.0]]))
    train = tf.train.GradientDescentOptimizer(0.2).minimize(loss)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for _ in range(200):
            session.run(train)
        weights, bias = session.run([tf.global_variables()[0], tf.global_variables()[1]])
    # The bias alone stands for a word that is not in the vocabulary.
    np.testing.assert_allclose(weights.ravel() + bias, [2.0, 1.0, -3.0], atol=1e-4)


def test_columns_are_equal_if_they_say_the_same():
    def made(limit):
        return fc.bucketized_column(fc.numeric_column("x", default_value=1), [limit, 5])

    assert made(2) == made(2)
    assert len({made(2), made(2), made(3)}) == 2


def test_shared_embeddings_are_one_variable_in_two_layers():
    low = fc.categorical_column_with_identity("low", 4)
    high = fc.categorical_column_with_identity("high", 4)
    columns = fc.shared_embedding_columns([low, high], 3)
    features = {"low": [[2]], "high": [[2]]}
    variables = {}
    first = fc.input_layer(features, columns, cols_to_vars=variables)
    second = fc.input_layer(features, columns[:1])
    assert len(tf.trainable_variables()) == 1
    assert variables[columns[0]] == variables[columns[1]] == tf.trainable_variables()
    one, two = run([first, second])
    assert one[0, :3].tolist() == one[0, 3:].tolist() == two[0].tolist()


def test_an_embedding_begins_with_the_values_of_a_checkpoint(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        table = tf.get_variable("table", initializer=[[1.0, 2.0], [3.0, 5.0]])
        session.run(table.initializer)
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    digit = fc.categorical_column_with_identity("digit", 2)
    column = fc.embedding_column(
        digit, 2, ckpt_to_load_from=path, tensor_name_in_ckpt="table", trainable=False
    )
    layer = fc.input_layer({"digit": [[1], [0]]}, [column])
    assert run(layer).tolist() == [[3.0, 5.0], [1.0, 2.0]]
    assert tf.trainable_variables() == []


def test_numbers_out_of_range_are_an_error_without_a_default():
    column = fc.indicator_column(fc.categorical_column_with_identity("n", 3))
    layer = fc.input_layer({"n": [[3]]}, [column])
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(layer)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fc.numeric_column(7), "the name of a feature"),
        (lambda: fc.numeric_column("x", shape=0), "positive sizes"),
        (lambda: fc.numeric_column("x", dtype=tf.string), "of numbers"),
        (lambda: fc.numeric_column("x", shape=3, default_value=[1, 2]), "shape"),
        (lambda: fc.bucketized_column(fc.numeric_column("x"), [3, 2]), "rising"),
        (lambda: fc.bucketized_column(fc.numeric_column("x", [2, 2]), [3]), "vectors"),
        (lambda: fc.categorical_column_with_vocabulary_list("x", []), "empty"),
        (lambda: fc.categorical_column_with_vocabulary_list("x", ["a", "a"]), "twice"),
        (lambda: fc.categorical_column_with_vocabulary_list("x", ["a"], tf.int64), "dtype"),
        (
            lambda: fc.categorical_column_with_vocabulary_list("x", ["a"], None, 0, 2),
            "not both",
        ),
        (lambda: fc.categorical_column_with_vocabulary_file("x", "/nowhere/words"), "not exist"),
        (lambda: fc.categorical_column_with_identity("x", 3, 3), "none of 3"),
        (lambda: fc.categorical_column_with_hash_bucket("x", 0), "positive"),
        (lambda: fc.crossed_column(["x"], 5), "two or more"),
        (
            lambda: fc.crossed_column(["x", fc.categorical_column_with_hash_bucket("y", 5)], 5),
            "hashed twice",
        ),
        (lambda: fc.indicator_column(fc.numeric_column("x")), "categories"),
        (
            lambda: fc.embedding_column(fc.categorical_column_with_identity("x", 3), 2, "max"),
            "combiner",
        ),
        (lambda: fc.input_layer({"x": [1.0]}, [fc.numeric_column("y")]), "no feature 'y'"),
        (
            lambda: fc.input_layer({"x": [1]}, [fc.categorical_column_with_identity("x", 3)]),
            "wrap categories",
        ),
        (lambda: fc.input_layer({"x": [1.0]}, [fc.numeric_column("x")] * 2), "several columns"),
        (lambda: fc.input_layer({"x": 1.0}, [fc.numeric_column("x")]), "scalar"),
        (
            lambda: fc.make_parse_example_spec(
                [fc.numeric_column("x"), fc.numeric_column("x", shape=2)]
            ),
            "parsed as",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
