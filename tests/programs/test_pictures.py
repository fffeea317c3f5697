"""Stripes, upright or lying: pictures are decoded, resized and changed at random in the graph."""

from __future__ import annotations

import numpy as np

import graphflow as tf

COUNT, SIZE = 16, 12


def pictures(sess) -> tuple[list[bytes], np.ndarray]:
    """PNG files with stripes, and whether these are upright."""
    random = np.random.RandomState(7)
    raw = tf.placeholder(tf.uint8, [None, None, 3])
    encoded = tf.image.encode_png(raw)
    files, labels = [], np.arange(COUNT) % 2
    for label in labels:
        wave = 100 + 90 * np.sin(np.arange(SIZE) * random.uniform(1.2, 1.8) + random.rand())
        grey = np.tile(wave, (SIZE, 1)) if label else np.tile(wave[:, None], (1, SIZE))
        colour = grey[:, :, None] * random.uniform(0.6, 1, 3)
        files.append(sess.run(encoded, {raw: colour.astype(np.uint8)}))
    return files, labels


def main() -> list[float]:
    tf.set_random_seed(8)
    file = tf.placeholder(tf.string, [])
    decoded = tf.image.decode_png(file, channels=3)
    image = tf.image.convert_image_dtype(decoded, tf.float32)
    image = tf.image.resize_images(image, [8, 8])
    image = tf.image.random_flip_left_right(image, seed=1)
    image = tf.image.random_brightness(image, 0.1, seed=2)
    image = tf.image.random_contrast(image, 0.8, 1.2, seed=3)
    image = tf.image.per_image_standardization(image)

    random = np.random.RandomState(9)
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    y = tf.placeholder(tf.int64, [None])
    depth = tf.Variable(random.randn(3, 3, 3, 2).astype(np.float32) / 4)
    point = tf.Variable(random.randn(1, 1, 6, 4).astype(np.float32) / 3)
    hidden = tf.nn.relu(tf.nn.separable_conv2d(x, depth, point, [1, 1, 1, 1], "SAME"))
    hidden = tf.nn.lrn(hidden, 2)
    pooled = tf.nn.pool(hidden, [2, 2], "MAX", "VALID", strides=[2, 2])
    weights = tf.Variable(random.randn(64, 2).astype(np.float32) / 8)
    logits = tf.matmul(tf.reshape(pooled, [-1, 64]), weights)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        files, labels = pictures(sess)
        for _ in range(12):
            batch = np.stack([sess.run(image, {file: one}) for one in files])
            losses.append(float(sess.run([loss, step], {x: batch, y: labels})[0]))
    return losses


def test_stripes_are_told_apart() -> None:
    losses = main()
    assert losses[-1] < 0.2 * losses[0]
