from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

learn = tf.contrib.learn


@pytest.fixture
def records(tmp_path):
    """Two files with the numbers 0 to 5."""
    for part in range(2):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"part-{part}")) as writer:
            for number in range(3 * part, 3 * part + 3):
                example = tf.train.Example()
                example.features.feature["n"].int64_list.value.append(number)
                writer.write(example.SerializeToString())
    return str(tmp_path / "part-*")


def collected(tensors):
    """All batches up to the end."""
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coordinator)
        try:
            while True:
                found.append(sess.run(tensors))
        except tf.errors.OutOfRangeError:
            pass
        coordinator.request_stop()
        coordinator.join(threads)
    return found


SPEC = {"n": tf.FixedLenFeature([], tf.int64)}


def test_features_of_files_come_in_order(records):
    features = learn.read_batch_record_features(
        records, 4, SPEC, randomize_input=False, num_epochs=1
    )
    assert [batch["n"].tolist() for batch in collected(features)] == [[0, 1, 2, 3], [4, 5]]


def test_features_are_mixed(records):
    keys, features = learn.read_keyed_batch_features(
        records, 2, SPEC, tf.TFRecordReader, num_epochs=1, queue_capacity=20
    )
    found = collected([keys, features["n"]])
    assert sorted(np.concatenate([numbers for _, numbers in found])) == [0, 1, 2, 3, 4, 5]
    assert all(b"part-" in key for names, _ in found for key in names)


def test_lines_are_parsed_one_by_one(tmp_path):
    path = tmp_path / "lines"
    path.write_text("1,a\n2,b\n3,c\n")

    def parse(line):
        number, text = tf.decode_csv(line, [[0], [""]])
        return {"number": number, "text": text}

    batches = learn.read_batch_examples(
        str(path), 3, tf.TextLineReader, False, num_epochs=1, parse_fn=parse
    )
    (found,) = collected(batches)
    assert found["number"].tolist() == [1, 2, 3]
    assert found["text"].tolist() == [b"a", b"b", b"c"]


def test_arguments_of_reading_are_checked(records):
    with pytest.raises(ValueError, match="no file matches"):
        learn.read_batch_examples(records + "x", 3, tf.TFRecordReader)
    with pytest.raises(ValueError, match="in 1 to 10"):
        learn.read_batch_examples(records, 11, tf.TFRecordReader, queue_capacity=10)


def test_tables_become_arrays():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert learn.extract_pandas_matrix(table).tolist() == [[1, "x"], [2, "y"]]
    assert learn.extract_pandas_labels(table[["a"]]).tolist() == [[1.0], [2.0]]
    assert learn.extract_pandas_labels(table["a"]).tolist() == [1, 2]
    assert learn.extract_pandas_data(3) == 3
    with pytest.raises(ValueError, match="'b'"):
        learn.extract_pandas_data(table)


def test_a_linear_model_of_the_first_tutorial():
    x = np.asarray([1.0, 2.0, 3.0, 4.0])
    input_fn = learn.io.numpy_input_fn(
        {"x": x}, np.asarray([0.0, -1.0, -2.0, -3.0]), 4, num_epochs=1000, shuffle=True
    )
    estimator = learn.LinearRegressor([tf.contrib.layers.real_valued_column("x", dimension=1)])
    estimator.fit(input_fn=input_fn, steps=1000)
    assert estimator.evaluate(input_fn=input_fn, steps=10)["loss"] < 0.01
