"""Programs with columns of features: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations

import os
import tempfile


def columns_of_numbers(tf):
    fc = tf.feature_column
    size = fc.numeric_column("size", shape=2, normalizer_fn=lambda x: (x - 1.0) / 4.0)
    year = fc.numeric_column("year", dtype=tf.int64)
    years = fc.bucketized_column(year, [1950, 1975, 2000])
    sizes = fc.bucketized_column(fc.numeric_column("size", shape=[2]), [0.0, 2.5])
    features = {
        "size": tf.constant([[1.0, -2.0], [2.5, 7.0], [0.0, 3.0]]),
        "year": tf.constant([1975, 1899, 2019], tf.int64),
    }
    outputs = {}
    layer = fc.input_layer(features, [years, size, sizes, year], cols_to_output_tensors=outputs)
    return [layer, outputs[years], outputs[size], outputs[sizes]]


def _features(tf):
    places = [[0, 0], [0, 1], [2, 0], [2, 2]]
    return {
        "color": tf.constant([["red"], ["blue"], ["green"]]),
        "words": tf.SparseTensor(places, ["a", "bb", "a", "zebra"], [3, 3]),
        "number": tf.constant([[3, -1], [0, 1], [2, 2]], tf.int64),
        "code": tf.constant([7, 300, 41]),
        "height": tf.constant([[1.5], [3.25], [8.0]]),
        "importance": tf.SparseTensor(places, [0.5, 2.0, -1.0, 4.0], [3, 3]),
    }


def _categories(tf):
    fc = tf.feature_column
    path = os.path.join(tempfile.mkdtemp(), "words")
    with open(path, "w") as file:
        file.write("a\nbb\nccc\n")
    words = fc.categorical_column_with_vocabulary_file("words", path)
    numbers = fc.categorical_column_with_identity("number", 4)
    heights = fc.bucketized_column(fc.numeric_column("height"), [2.0, 4.0])
    return [
        fc.categorical_column_with_vocabulary_list("color", ["blue", "red", "pink"]),
        words,
        fc.weighted_categorical_column(words, "importance"),
        numbers,
        fc.categorical_column_with_hash_bucket("code", 11, tf.int32),
        fc.crossed_column(["color", numbers], 13),
        fc.crossed_column([heights, "words"], 17, hash_key=5),
    ]


def indicators(tf):
    fc = tf.feature_column
    features = _features(tf)
    layers = [fc.input_layer(features, fc.indicator_column(col)) for col in _categories(tf)]
    others = fc.categorical_column_with_vocabulary_list("color", ["red", "blue"], num_oov_buckets=3)
    default = fc.categorical_column_with_identity("code", 50, default_value=9)
    return [
        *layers,
        fc.input_layer(features, [fc.indicator_column(others), fc.indicator_column(default)]),
    ]


def linear_models(tf):
    fc = tf.feature_column
    features = _features(tf)
    categories = _categories(tf)
    height = fc.numeric_column("height")
    columns = [*categories, height, fc.bucketized_column(height, [2.0, 4.0])]
    results, names = [], []
    for combiner, units in (("sum", 1), ("mean", 2), ("sqrtn", 1)):
        variables = {}
        model = fc.linear_model(features, columns, units, combiner, cols_to_vars=variables)
        # The weights begin with zeros: the slopes tell what they are multiplied by.
        slopes = tf.constant([[1.5], [-2.0], [4.0]])
        weights = [variables[column][0] for column in columns] + list(variables["bias"])
        names = names or sorted(v.op.name for v in tf.trainable_variables())
        results.append(model)
        results += [tf.convert_to_tensor(grad) for grad in tf.gradients(slopes * model, weights)]
    return [*results, tf.constant(names)]


def embeddings(tf):
    fc = tf.feature_column
    features = _features(tf)

    def numbers(shape, dtype=None, partition_info=None):
        return tf.cos(tf.reshape(tf.range(0.0, float(shape[0] * shape[1])), shape))

    words, weighted = _categories(tf)[1:3]
    layers = [
        fc.input_layer(features, fc.embedding_column(column, 3, combiner, numbers, max_norm=norm))
        for column in (words, weighted)
        for combiner, norm in (("mean", None), ("sum", 1.25), ("sqrtn", None))
    ]
    low = fc.categorical_column_with_identity("low", 6)
    high = fc.categorical_column_with_identity("high", 6)
    shared = fc.shared_embedding_columns([low, high], 2, initializer=numbers)
    pairs = {"low": tf.constant([[0], [1]]), "high": tf.constant([[5], [0]])}
    layers.append(fc.input_layer(pairs, shared))
    layers.append(tf.gradients(layers[-1], tf.trainable_variables()[-1:])[0].values)
    return [*layers, tf.constant(sorted(v.op.name for v in tf.trainable_variables()))]


def parsed_examples(tf):
    fc = tf.feature_column
    columns = [
        fc.numeric_column("x", shape=2, default_value=[1.5, 2.5]),
        fc.numeric_column("n", dtype=tf.int64),
        fc.indicator_column(fc.categorical_column_with_vocabulary_list("w", ["p", "q"])),
    ]
    feature = tf.train.Feature
    examples = [
        {"n": feature(int64_list=tf.train.Int64List(value=[4]))},
        {
            "n": feature(int64_list=tf.train.Int64List(value=[-2])),
            "x": feature(float_list=tf.train.FloatList(value=[7.0, 8.0])),
            "w": feature(bytes_list=tf.train.BytesList(value=[b"q", b"p", b"q"])),
        },
    ]
    texts = [
        tf.train.Example(features=tf.train.Features(feature=item)).SerializeToString()
        for item in examples
    ]
    spec = fc.make_parse_example_spec(columns)
    return [fc.input_layer(tf.parse_example(tf.constant(texts), spec), columns)]


PROGRAMS = {
    program.__name__: program
    for program in (columns_of_numbers, indicators, linear_models, embeddings, parsed_examples)
}
