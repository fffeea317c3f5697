"""Data sets of slim: decoders, readers that run at the same time, queues."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import graphflow as tf

slim = tf.contrib.slim
decoders = slim.tfexample_decoder


def feature(*values):
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(**features):
    wrapped = {name.replace("__", "/"): value for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=wrapped)).SerializeToString()


def encoded(array, kind):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind)
    return buffer.getvalue()


def decoded(record, features, handlers, items=None):
    """The items of a record, evaluated."""
    tensors = decoders.TFExampleDecoder(features, handlers).decode(tf.constant(record), items)
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        return sess.run(tensors)


# -- handlers --------------------------------------------------------------------------------------

PICTURE = np.random.RandomState(4).randint(0, 255, [5, 4, 3]).astype(np.uint8)
IMAGE_FEATURES = {
    "image/encoded": tf.FixedLenFeature((), tf.string),
    "image/format": tf.FixedLenFeature((), tf.string),
}


@pytest.mark.parametrize("kind", ["png", "bmp", "jpeg"])
def test_images(kind):
    record = example(
        image__encoded=feature(encoded(PICTURE, kind)), image__format=feature(kind.encode())
    )
    (image,) = decoded(record, IMAGE_FEATURES, {"image": decoders.Image()})
    assert image.shape == (5, 4, 3)
    if kind != "jpeg":
        np.testing.assert_array_equal(image, PICTURE)


def test_raw_and_converted_images():
    array = PICTURE.astype(np.float32)
    record = example(image__encoded=feature(array.tobytes()), image__format=feature(b"raw"))
    handler = decoders.Image(shape=[5, 4, 3], dtype=tf.float32)
    np.testing.assert_array_equal(decoded(record, IMAGE_FEATURES, {"i": handler})[0], array)
    png = example(image__encoded=feature(encoded(PICTURE, "png")), image__format=feature(b"png"))
    np.testing.assert_array_equal(decoded(png, IMAGE_FEATURES, {"i": handler})[0], array)


def test_several_images():
    buffers = [encoded(PICTURE + np.uint8(n), "png") for n in (0, 1)]
    record = example(image__encoded=feature(*buffers), image__format=feature(b"png"))
    features = {**IMAGE_FEATURES, "image/encoded": tf.FixedLenFeature((2,), tf.string)}
    (images,) = decoded(record, features, {"images": decoders.Image(repeated=True)})
    np.testing.assert_array_equal(images, [PICTURE, PICTURE + np.uint8(1)])


def test_tensors_in_shapes():
    record = example(values=feature(1, 2, 3, 4, 5, 6), rows=feature(3), columns=feature(2))
    features = {
        "values": tf.VarLenFeature(tf.int64),
        "rows": tf.VarLenFeature(tf.int64),
        "columns": tf.FixedLenFeature((), tf.int64),
    }
    handlers = {
        "as they are": decoders.Tensor("values"),
        "given": decoders.Tensor("values", shape=[2, 3]),
        "read": decoders.Tensor("values", shape_keys=["rows", "columns"]),
        "number": decoders.Tensor("columns"),
    }
    found = decoded(record, features, handlers)
    assert [array.tolist() for array in found] == [
        [1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]], 2,
    ]  # fmt: skip
    assert decoded(record, features, handlers, ["number"]) == [2]
    with pytest.raises(ValueError, match="not both"):
        decoders.Tensor("values", shape_keys="rows", shape=[3])


def test_tables_callbacks_and_backups():
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["cat", "dog"], tf.constant([7, 8], tf.int64)), -1
    )
    record = example(name=feature(b"dog", b"owl"), empty=feature(3))
    features = {
        "name": tf.VarLenFeature(tf.string),
        "empty": tf.VarLenFeature(tf.int64),
        "absent": tf.VarLenFeature(tf.int64),
    }
    numbers = decoders.Tensor("absent")
    handlers = {
        "label": decoders.LookupTensor("name", table),
        "twice": decoders.ItemHandlerCallback("empty", lambda keys: keys["empty"].values * 2),
        "backup": decoders.BackupHandler(numbers, decoders.Tensor("empty")),
        "first": decoders.BackupHandler(decoders.Tensor("empty"), numbers),
    }
    found = decoded(record, features, handlers)
    assert [array.tolist() for array in found] == [[8, -1], [6], [3], [3]]
    with pytest.raises(ValueError, match="a handler is needed"):
        decoders.BackupHandler(numbers, None)


def test_boxes():
    sides = {"ymin": [0.0, 0.1], "xmin": [0.2, 0.3], "ymax": [0.5, 0.6], "xmax": [0.7, 0.8]}
    record = example(**{f"box__{name}": feature(*values) for name, values in sides.items()})
    features = {f"box/{name}": tf.VarLenFeature(tf.float32) for name in sides}
    (boxes,) = decoded(record, features, {"boxes": decoders.BoundingBox(prefix="box/")})
    np.testing.assert_allclose(boxes, [[0, 0.2, 0.5, 0.7], [0.1, 0.3, 0.6, 0.8]])
    with pytest.raises(ValueError, match="four keys"):
        decoders.BoundingBox(["left", "right"])


def test_sparse_tensors():
    record = example(indices=feature(0, 3), values=feature(0.5, 2.0), size=feature(5))
    features = {
        "indices": tf.VarLenFeature(tf.int64),
        "values": tf.VarLenFeature(tf.float32),
        "size": tf.FixedLenFeature((1,), tf.int64),
    }
    handlers = {
        "sparse": decoders.SparseTensor(shape=[6]),
        "dense": decoders.SparseTensor(shape_key="size", densify=True, default_value=-1.0),
    }
    sparse, dense = decoded(record, features, handlers)
    assert (sparse.indices.tolist(), sparse.dense_shape.tolist()) == ([[0], [3]], [6])
    assert dense.tolist() == [0.5, -1, -1, 2, -1]


def test_sequences():
    steps = tf.train.FeatureList(feature=[feature(1, 2), feature(3, 4)])
    record = tf.train.SequenceExample(
        context=tf.train.Features(feature={"length": feature(2)}),
        feature_lists=tf.train.FeatureLists(feature_list={"steps": steps}),
    ).SerializeToString()
    decoder = decoders.TFSequenceExampleDecoder(
        {"length": tf.FixedLenFeature((), tf.int64)},
        {"steps": tf.FixedLenSequenceFeature((2,), tf.int64)},
        {"n": decoders.Tensor("length"), "x": decoders.Tensor("steps")},
    )
    assert decoder.list_items() == ["n", "x"]
    with tf.Session() as sess:
        length, found = sess.run(decoder.decode(tf.constant(record)))
    assert (length, found.tolist()) == (2, [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="share names"):
        decoders.TFSequenceExampleDecoder({"a": None}, {"a": None}, {})


# -- data sets -------------------------------------------------------------------------------------


@pytest.fixture
def dataset(tmp_path):
    """Three files with ten records, numbered from 0 to 29."""
    for part in range(3):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"part-{part}.tfrecord")) as writer:
            for index in range(10):
                writer.write(example(number=feature(10 * part + index)))
    decoder = decoders.TFExampleDecoder(
        {"number": tf.FixedLenFeature((), tf.int64)}, {"number": decoders.Tensor("number")}
    )
    return slim.dataset.Dataset(
        str(tmp_path / "part-*.tfrecord"), tf.TFRecordReader, decoder, 30, {"number": "a number"},
        num_classes=30,
    )  # fmt: skip


def all_of(tensor):
    """The values of a tensor until its queues are at their end."""
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        with slim.queues.QueueRunners(sess):
            try:
                while True:
                    found.append(sess.run(tensor))
            except tf.errors.OutOfRangeError:
                pass
    return found


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_record_is_provided_once_in_an_epoch(dataset, shuffle):
    provider = slim.dataset_data_provider.DatasetDataProvider(
        dataset, num_readers=2, shuffle=shuffle, num_epochs=2, common_queue_capacity=12,
        common_queue_min=5, seed=3,
    )  # fmt: skip
    assert provider.list_items() == ["number", "record_key"]
    assert provider.num_samples() == dataset.num_classes == 30
    number, key = provider.get(["number", "record_key"])
    found = all_of([number, key])
    assert sorted(number for number, _ in found) == sorted([*range(30)] * 2)
    assert all(b"part-" in key for _, key in found)
    with pytest.raises(ValueError, match="no items colour, only number, record_key"):
        provider.get(["colour"])
    with pytest.raises(ValueError, match="another record_key"):
        slim.dataset_data_provider.DatasetDataProvider(dataset, record_key="number")
    with pytest.raises(AttributeError, match="nothing is known of 'colour'"):
        dataset.colour  # noqa: B018


def test_one_reader_in_order(dataset):
    _, record = slim.parallel_reader.single_pass_read(dataset.data_sources, dataset.reader)
    (number,) = dataset.decoder.decode(record)
    assert all_of(number) == list(range(30))


def test_several_records_at_once(dataset, tmp_path):
    queue = tf.FIFOQueue(100, [tf.string, tf.string], shapes=[[], []])
    reader = slim.parallel_reader.ParallelReader(tf.TFRecordReader, queue, num_readers=2)
    names = tf.train.string_input_producer(
        tf.constant(slim.parallel_reader.get_data_files(dataset.data_sources)), num_epochs=1
    )
    keys, _ = reader.read_up_to(names, 4)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    assert reader.common_queue is queue
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        sess.run(reader.reset())
        with slim.queues.QueueRunners(sess):
            found = [len(sess.run(keys)) for _ in range(7)]
            assert sum(found) + len(sess.run(keys)) == 30
            assert sess.run(counts) == [30, 3]
    with pytest.raises(TypeError, match="must be a queue"):
        slim.parallel_reader.ParallelReader(tf.TFRecordReader, None)
    with pytest.raises(ValueError, match="no files"):
        slim.parallel_reader.get_data_files(str(tmp_path / "none*"))


@pytest.mark.parametrize("named", [True, False])
def test_prefetched_batches(named):
    counter = tf.get_variable("counter", [], tf.int64, tf.zeros_initializer(), trainable=False)
    batch = tf.fill([3], counter.assign_add(1))
    tensors = {"x": batch, "y": -batch} if named else [batch, -batch]
    queue = slim.prefetch_queue.prefetch_queue(tensors, capacity=4)
    taken = queue.dequeue()
    with tf.Session() as sess:
        sess.run(counter.initializer)
        with slim.queues.QueueRunners(sess):
            for step in range(1, 8):
                found = sess.run(taken)
                x, y = (found["x"], found["y"]) if named else found
                assert (x.tolist(), y.tolist()) == ([step] * 3, [-step] * 3)
