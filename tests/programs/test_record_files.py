"""Pictures from record files, through queues that threads fill, to a softmax layer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import graphflow as tf

CLASSES, PIXELS, PICTURES, FILES, EPOCHS, BATCH = 4, 49, 240, 3, 6, 20


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Dark pictures with some bright pixels, which tell the class, and noise."""
    random = np.random.RandomState(4)
    bright = random.uniform(size=(CLASSES, PIXELS)) < 0.3
    labels = random.randint(0, CLASSES, PICTURES)
    noise = random.randint(0, 100, (PICTURES, PIXELS))
    return (noise + 120 * bright[labels]).astype(np.uint8), labels


def write(folder: Path) -> None:
    images, labels = pictures()
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    for part in range(FILES):
        path = folder / f"pictures-{part}.tfrecords"
        with tf.python_io.TFRecordWriter(str(path), options) as writer:
            for image, label in zip(images[part::FILES], labels[part::FILES], strict=True):
                raw = tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()]))
                number = tf.train.Feature(int64_list=tf.train.Int64List(value=[int(label)]))
                features = tf.train.Features(feature={"image": raw, "label": number})
                writer.write(tf.train.Example(features=features).SerializeToString())


def read(folder: Path) -> tuple[tf.Tensor, tf.Tensor]:
    """One picture and its label."""
    names = sorted(tf.gfile.Glob(str(folder / "*.tfrecords")))
    queue = tf.train.string_input_producer(names, num_epochs=EPOCHS, shuffle=False)
    options = tf.python_io.TFRecordOptions("GZIP")
    _, serialized = tf.TFRecordReader(options=options).read(queue)
    found = tf.parse_single_example(
        serialized,
        {"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)},
    )
    image = tf.decode_raw(found["image"], tf.uint8)
    image.set_shape([PIXELS])
    return tf.cast(image, tf.float32) / 255.0 - 0.5, found["label"]


def main(is_shuffled: bool = False) -> list[float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        image, label = read(folder)
        if is_shuffled:
            x, y = tf.train.shuffle_batch(
                [image, label], BATCH, capacity=200, min_after_dequeue=100, num_threads=2
            )
        else:
            x, y = tf.train.batch([image, label], BATCH, capacity=50)
        weights = tf.Variable(tf.zeros([PIXELS, CLASSES]))
        logits = tf.matmul(x, weights)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        )
        step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))
        losses = []
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            coordinator = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(session, coordinator)
            try:
                while not coordinator.should_stop():
                    value, score, _ = session.run([loss, right, step])
                    losses.append(float(value))
            except tf.errors.OutOfRangeError:
                pass
            coordinator.request_stop()
            coordinator.join(threads)
        return [*losses, float(score)]


def test_pictures_in_files_are_learned() -> None:
    *losses, right = main()
    assert len(losses) == PICTURES * EPOCHS // BATCH
    assert np.mean(losses[-5:]) < 0.3 * losses[0]
    assert right > 0.9


def test_pictures_in_files_are_learned_in_random_order() -> None:
    *losses, right = main(is_shuffled=True)
    assert len(losses) == PICTURES * EPOCHS // BATCH
    assert np.mean(losses[-5:]) < 0.3 * losses[0]
    assert right > 0.9
