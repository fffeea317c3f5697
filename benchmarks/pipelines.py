"""Input pipelines."""

from __future__ import annotations

from benchmarks.networks import BATCH
from benchmarks.program import Program, Setting, workload


@workload("tf.data: 100 batches of 100 images, shuffled and mapped")
def pipeline(setting: Setting) -> Program:
    tf = setting.tf
    pixels = setting.digits["train_images"].reshape(-1, 784)[:10_000]
    with tf.Graph().as_default() as graph:
        images = tf.placeholder(tf.uint8, pixels.shape)
        dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(1000, seed=3).batch(BATCH)
        dataset = dataset.map(lambda x: tf.cast(x, tf.float32) / 255.0).prefetch(2)
        iterator = tf.data.make_initializable_iterator(dataset)
        total = tf.reduce_sum(iterator.get_next())
    session = setting.session(graph)

    def step() -> float:
        session.run(iterator.initializer, {images: pixels})
        return float(sum(session.run(total) for _ in range(len(pixels) // BATCH)))

    return Program(step, step, close=session.close)
