"""Programs that split, format and parse strings and records: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations


def _feature(tf, values):
    if not values:
        return tf.train.Feature()
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _features(tf, values):
    return tf.train.Features(feature={key: _feature(tf, item) for key, item in values.items()})


def _record(tf, **values):
    return tf.train.Example(features=_features(tf, values)).SerializeToString()


def _sequence(tf, context, lists):
    feature_lists = {
        key: tf.train.FeatureList(feature=[_feature(tf, step) for step in steps])
        for key, steps in lists.items()
    }
    return tf.train.SequenceExample(
        context=_features(tf, context),
        feature_lists=tf.train.FeatureLists(feature_list=feature_lists),
    ).SerializeToString()


def _records(tf):
    return [
        _record(tf, n=[5], x=[1.5, 2.5], words=[b"a", b"b"], at=[3, 0], value=[0.5, 7.0]),
        _record(tf, n=[-1], x=[0.0, -1.0], long=list(range(-300, 300, 7))),
        _record(tf, n=[2**40], x=[9.0, 8.0], words=[b"c"], at=[1], value=[2.0], long=[1, 2**62]),
    ]


def _wanted(tf):
    return {
        "n": tf.FixedLenFeature([], tf.int64),
        "x": tf.FixedLenFeature([2, 1], tf.float32),
        "name": tf.FixedLenFeature([1], tf.string, default_value="nobody"),
        "words": tf.VarLenFeature(tf.string),
        "long": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True, default_value=-9),
        "pair": tf.SparseFeature("at", "value", tf.float32, size=10),
    }


def _flat(tf, parsed):
    """All tensors in a dict, in order."""
    found = []
    for key in sorted(parsed):
        item = parsed[key]
        sparse = isinstance(item, tf.SparseTensor)
        found += [item.indices, item.values, item.dense_shape] if sparse else [item]
    return found


def examples(tf):
    parsed = tf.parse_example(_records(tf), _wanted(tf))
    return _flat(tf, parsed)


def named_examples(tf):
    return _flat(tf, tf.io.parse_example(_records(tf), _wanted(tf), "parse", ["a", "b", "c"]))


def single_examples(tf):
    found = []
    for data in _records(tf):
        found += _flat(tf, tf.parse_single_example(data, _wanted(tf)))
        named = tf.io.parse_single_example(data, _wanted(tf), example_names="rex")
        found += _flat(tf, named)
    return found


def sequence_examples(tf):
    data = [
        _sequence(tf, {"n": [5], "w": [b"x", b"y"]}, {"x": [[1.0, 2.0]], "tags": [[b"p"], []]}),
        _sequence(tf, {"n": [6]}, {"x": [[3.0, 4.0], [5.0, 6.0]], "may": [[7], [8], [9]]}),
    ]
    context = {
        "n": tf.FixedLenFeature([], tf.int64),
        "w": tf.VarLenFeature(tf.string),
        "d": tf.FixedLenFeature([2], tf.float32, default_value=[1.0, 2.0]),
    }
    lists = {
        "x": tf.FixedLenSequenceFeature([2], tf.float32),
        "may": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
        "tags": tf.VarLenFeature(tf.string),
    }
    found = []
    for parsed in tf.io.parse_sequence_example(data, context, lists):
        found += _flat(tf, parsed)
    for parsed in tf.parse_single_sequence_example(data[1], context, lists, "rex"):
        found += _flat(tf, parsed)
    return found


PROGRAMS = {
    program.__name__: program
    for program in (examples, named_examples, single_examples, sequence_examples)
}
