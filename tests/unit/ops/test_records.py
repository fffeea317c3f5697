"""Records and files: what samples cannot say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf


def run(tensor, feed_dict=None):
    return tf.Session().run(tensor, feed_dict)


def feature(*values):
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def record(**values) -> bytes:
    features = {key: feature(*value) for key, value in values.items()}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


# -- examples --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 9, 10, 11, 40, 200])
def test_integers_of_every_length(count):
    numbers = [(-1) ** i * 3**i % 2**63 - 2**62 for i in range(count)]
    parsed = tf.parse_example([record(n=numbers)], {"n": tf.VarLenFeature(tf.int64)})["n"]
    assert run(parsed).values.tolist() == numbers


def test_numbers_that_are_not_packed():
    """Writers may give each number a field of its own."""
    floats = np.float32([1.5, -2]).tobytes()
    unpacked_floats = b"\x0d" + floats[:4] + b"\x0d" + floats[4:]
    unpacked_ints = b"\x08\x05\x08\xac\x02"
    entries = b""
    for key, kind, body in ((b"x", 2, unpacked_floats), (b"n", 3, unpacked_ints)):
        message = bytes([kind << 3 | 2, len(body)]) + body
        entry = b"\x0a\x01" + key + b"\x12" + bytes([len(message)]) + message
        entries += b"\x0a" + bytes([len(entry)]) + entry
    data = b"\x0a" + bytes([len(entries)]) + entries
    wanted = {"x": tf.FixedLenFeature([2], tf.float32), "n": tf.FixedLenFeature([2], tf.int64)}
    parsed = run(tf.parse_single_example(data, wanted))
    assert (parsed["x"].tolist(), parsed["n"].tolist()) == ([1.5, -2.0], [5, 300])


def test_unusual_encodings_are_read():
    """A value before its key, unknown fields, and a record in two parts."""
    plain = record(n=[7])
    message = b"\x1a\x03\x0a\x01\x07"
    entry = b"\x12" + bytes([len(message)]) + message + b"\x0a\x01n" + b"\x20\x05"
    reverse = b"\x0a" + bytes([len(entry) + 2, 0x0A, len(entry)]) + entry
    wanted = {"n": tf.FixedLenFeature([], tf.int64), "m": tf.FixedLenFeature([], tf.int64, 0)}
    parsed = run(
        tf.parse_example([plain, reverse, plain + record(m=[9]), plain + b"\x18\x01"], wanted)
    )
    assert parsed["n"].tolist() == [7, 7, 7, 7]
    assert parsed["m"].tolist() == [0, 0, 9, 0]


def test_garbage_never_goes_unnoticed_or_crashes():
    """Whatever a record's bytes are, there is a result or an InvalidArgumentError."""
    data = record(n=[300, 5], x=[1.5], w=[b"abc"])
    wanted = {
        "n": tf.VarLenFeature(tf.int64),
        "x": tf.VarLenFeature(tf.float32),
        "w": tf.VarLenFeature(tf.string),
    }
    text = tf.placeholder(tf.string, [])
    parsed = tf.parse_single_example(text, wanted)
    generator = np.random.RandomState(5)
    refused = 0
    with tf.Session() as sess:
        for _ in range(150):
            broken = bytearray(data)
            broken[generator.randint(len(data))] = generator.randint(256)
            del broken[len(broken) - generator.randint(3) :]
            try:
                sess.run(parsed, {text: bytes(broken)})
            except tf.errors.InvalidArgumentError:
                refused += 1
    assert refused > 50


def test_defaults_and_padding():
    data = [record(x=[1.0, 2.0, 3.0], w=[b"a"]), record(n=[5])]
    wanted = {
        "x": tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True, default_value=-1.0),
        "w": tf.FixedLenSequenceFeature([1], tf.string, allow_missing=True),
        "n": tf.FixedLenFeature([1, 1], tf.int64, default_value=[[7]]),
    }
    parsed = run(tf.parse_example(data, wanted))
    assert parsed["x"].tolist() == [[1, 2, 3], [-1, -1, -1]]
    assert parsed["w"].tolist() == [[[b"a"]], [[b""]]]
    assert parsed["n"].tolist() == [[[7]], [[5]]]


def test_sparse_features_are_merged():
    data = [record(at=[4, 1], v=[0.5, 1.5]), record(at=[0], v=[2.5])]
    parsed = tf.parse_example(data, {"s": tf.SparseFeature("at", "v", tf.float32, 6)})
    value = run(parsed["s"])
    assert value.indices.tolist() == [[0, 1], [0, 4], [1, 0]]
    assert value.values.tolist() == [1.5, 0.5, 2.5]
    assert value.dense_shape.tolist() == [2, 6]
    assert list(parsed) == ["s"]


def test_features_that_do_not_fit():
    with pytest.raises(ValueError, match="must ask for something"):
        tf.parse_example(["a"], {})
    with pytest.raises(ValueError, match="allow_missing=True"):
        tf.parse_example(["a"], {"x": tf.FixedLenSequenceFeature([], tf.int64)})
    with pytest.raises(ValueError, match="it must be fully defined"):
        tf.parse_example(["a"], {"x": tf.FixedLenFeature([None], tf.int64)})
    with pytest.raises(ValueError, match="it must be one of VarLenFeature"):
        tf.parse_example(["a"], {"x": tf.int64})
    with pytest.raises(ValueError, match="as string and as int64"):
        tf.parse_example(
            ["a"], {"n": tf.VarLenFeature(tf.string), "s": tf.SparseFeature("n", "v", tf.string, 3)}
        )
    padded = tf.FixedLenSequenceFeature([], tf.int64, default_value=3)
    with pytest.raises(NotImplementedError, match="default_value"):
        tf.parse_single_sequence_example("a", None, {"x": padded})
    with pytest.raises(TypeError, match="float32, int64 or string, not int32"):
        tf.parse_example(["a"], {"x": tf.VarLenFeature(tf.int32)})


def test_shapes_are_known():
    wanted = {"x": tf.FixedLenFeature([2, 3], tf.float32), "w": tf.VarLenFeature(tf.string)}
    parsed = tf.parse_example(tf.placeholder(tf.string, [None]), wanted)
    assert parsed["x"].shape.as_list() == [None, 2, 3]
    assert parsed["w"].indices.shape.as_list() == [None, 2]
    single = tf.parse_single_example(tf.placeholder(tf.string, []), wanted)
    assert single["x"].shape.as_list() == [2, 3]


# -- CSV, raw numbers and tensors ------------------------------------------------------------------


def test_csv_defaults():
    columns = tf.decode_csv(["1,a", ",b", "3,"], [tf.constant([9]), ["?"]])
    assert [column.tolist() for column in run(columns)] == [[1, 9, 3], [b"a", b"b", b"?"]]
    required = tf.decode_csv(["1", ""], [tf.constant([], tf.int32)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="has 0 fields"):
        run(required)


def test_csv_numbers_that_need_a_closer_look():
    column = tf.decode_csv(["0x10", "2.5", " 7 "], [[0.0]])[0]
    assert run(column).tolist() == [16.0, 2.5, 7.0]


def test_bytes_in_both_orders():
    data = np.int32([[1, -2], [300, 4]])
    texts = [row.tobytes() for row in data]
    assert run(tf.decode_raw(texts, tf.int32)).tolist() == data.tolist()
    swapped = [row.astype(">i4").tobytes() for row in data]
    assert run(tf.decode_raw(swapped, tf.int32, little_endian=False)).tolist() == data.tolist()
    with pytest.raises(ValueError, match="out_type"):
        tf.decode_raw("abcd")


def test_serialized_tensors_are_those_of_make_tensor_proto():
    text = run(tf.serialize_tensor(["a", "bc"]))
    assert text == tf.make_tensor_proto(["a", "bc"]).SerializeToString()


# -- files -----------------------------------------------------------------------------------------


def test_files_are_written_read_and_found(tmp_path: Path):
    names = [tmp_path / "new" / name for name in ("b1.txt", "a1.txt", "a2.csv", ".a3.txt")]
    with tf.Session() as sess:
        for name in names:
            sess.run(tf.write_file(str(name), name.name))
        assert sess.run(tf.read_file(str(names[1]))) == b"a1.txt"

        def found(*patterns):
            paths = [str(tmp_path / pattern) for pattern in patterns]
            matching = sess.run(tf.matching_files(paths))
            return [Path(path.decode()).name for path in matching]

        assert found("new/a*") == ["a1.txt", "a2.csv"]
        assert found("n?w/[b-c]1.*", "*/*.csv") == ["a2.csv", "b1.txt"]
        assert found("new/*a3*") == [".a3.txt"]
        assert found("new") == ["new"]
        assert found("nowhere/*", "new/x") == []
        assert found("new/a1.txt/*") == []


def test_errors_of_files_name_the_file(tmp_path: Path):
    missing = str(tmp_path / "missing")
    with pytest.raises(tf.errors.NotFoundError, match="missing: No such file"):
        run(tf.read_file(missing))
    (tmp_path / "file").write_text("x")
    with pytest.raises(tf.errors.OpError, match="file"):
        run(tf.write_file(str(tmp_path / "file" / "below"), "x"))
