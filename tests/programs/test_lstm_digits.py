"""An LSTM reads the digits of MNIST row by row: at least 97 % are right on the test images.

Two programs, which differ in how images arrive: through `tf.data`, and from TFRecord files through
readers and queue runners.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.datasets import mnist

ROWS, COLUMNS, UNITS, CLASSES = 28, 28, 128, 10
BATCH, EPOCHS = 100, 3

pytestmark = pytest.mark.slow


def classifier(images):
    """Read images [batch, rows, columns] with values 0...1; return logits [batch, classes]."""
    cell = tf.nn.rnn_cell.BasicLSTMCell(UNITS)
    outputs, _ = tf.nn.dynamic_rnn(cell, images, dtype=tf.float32)
    weights = tf.get_variable("weights", [UNITS, CLASSES])
    biases = tf.get_variable("biases", [CLASSES], initializer=tf.zeros_initializer())
    return tf.matmul(outputs[:, -1], weights) + biases


def training_step(logits, labels):
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses)
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.004, step, 600, 0.5)
    optimizer = tf.train.AdamOptimizer(rate)
    grads, variables = zip(*optimizer.compute_gradients(loss), strict=True)
    clipped, _ = tf.clip_by_global_norm(grads, 1.0)
    return optimizer.apply_gradients(zip(clipped, variables, strict=True), global_step=step)


def number_right(logits, labels):
    hits = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), labels)
    return tf.reduce_sum(tf.cast(hits, tf.int32))


def test_through_datasets():
    tf.set_random_seed(1)
    digits = mnist.load()

    def dataset(images, labels):
        rows = tf.data.Dataset.from_tensor_slices((images, labels.astype(np.int32)))
        return rows.map(lambda image, label: (tf.cast(image, tf.float32) / 255, label))

    train = dataset(digits.train_images, digits.train_labels)
    train = train.shuffle(10_000, seed=2).batch(BATCH).prefetch(2)
    test = dataset(digits.test_images, digits.test_labels).batch(500)
    iterator = tf.data.Iterator.from_structure(train.output_types, train.output_shapes)
    images, labels = iterator.get_next()
    logits = classifier(images)
    train_step, right = training_step(logits, labels), number_right(logits, labels)
    start_training, start_testing = (iterator.make_initializer(data) for data in (train, test))

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(EPOCHS):
            session.run(start_training)
            for _ in elements(session, train_step):
                pass
        session.run(start_testing)
        total = sum(elements(session, right))
    assert total >= 9700


def elements(session, fetch):
    """Run until the data ends; yield what is fetched."""
    while True:
        try:
            yield session.run(fetch)
        except tf.errors.OutOfRangeError:
            return


def test_through_record_files_and_queue_runners(tmp_path: Path):
    tf.set_random_seed(1)
    digits = mnist.load()
    for part, images in enumerate(np.split(digits.train_images, 4)):
        labels = np.split(digits.train_labels, 4)[part]
        write_records(tmp_path / f"train-{part}.tfrecord", images, labels)
    write_records(tmp_path / "test.tfrecord", digits.test_images, digits.test_labels)

    image, label = read_record(sorted(map(str, tmp_path.glob("train-*"))), EPOCHS, shuffle=True)
    images, labels = tf.train.shuffle_batch(
        [image, label], BATCH, capacity=5000, min_after_dequeue=3000, num_threads=2
    )
    image, label = read_record([str(tmp_path / "test.tfrecord")], 1, shuffle=False)
    test_images, test_labels = tf.train.batch([image, label], 500, capacity=1500)
    with tf.variable_scope("classifier") as scope:
        train_step = training_step(classifier(images), labels)
        scope.reuse_variables()
        right = number_right(classifier(test_images), test_labels)

    coordinator = tf.train.Coordinator()
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        threads = tf.train.start_queue_runners(session, coordinator)
        steps = sum(1 for _ in elements(session, train_step))
        total = sum(elements(session, right))
        coordinator.request_stop()
        coordinator.join(threads)
    assert steps == EPOCHS * len(digits.train_images) // BATCH
    assert not any(thread.is_alive() for thread in threads)
    assert total >= 9700


def write_records(path, images, labels):
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for image, label in zip(images, labels, strict=True):
            features = {
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()])),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


def read_record(paths, epochs, *, shuffle):
    """Return one image and its label, from files that are read again and again."""
    names = tf.train.string_input_producer(paths, num_epochs=epochs, shuffle=shuffle)
    _, record = tf.TFRecordReader().read(names)
    features = {
        "image": tf.FixedLenFeature([], tf.string),
        "label": tf.FixedLenFeature([], tf.int64),
    }
    parsed = tf.parse_single_example(record, features)
    image = tf.reshape(tf.decode_raw(parsed["image"], tf.uint8), [ROWS, COLUMNS])
    return tf.cast(image, tf.float32) / 255, tf.cast(parsed["label"], tf.int32)
