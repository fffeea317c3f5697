"""A network that finds squares: separable, dilated and transposed convolutions, and a 3-D one."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def weights(name, shape, seed):
    start = np.random.RandomState(seed).randn(*shape) * 0.3
    return tf.get_variable(name, shape, initializer=tf.constant_initializer(start))


def network(images):
    """Logits for each pixel of [batch, 12, 12, 1]."""
    with tf.variable_scope("down"):
        h = tf.nn.separable_conv2d(
            images,
            weights("each", [3, 3, 1, 3], 1),
            weights("points", [1, 1, 3, 4], 2),
            [1, 1, 1, 1],
            "SAME",
        )
        skipped = tf.nn.relu(h)
        h = tf.nn.lrn(skipped, depth_radius=2, alpha=0.1, beta=0.75)
        h, _ = tf.nn.max_pool_with_argmax(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    with tf.variable_scope("wide"):
        h = tf.nn.relu(tf.nn.atrous_conv2d(h, weights("holes", [3, 3, 4, 6], 3), 2, "SAME"))
        patches = tf.extract_image_patches(
            h, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], padding="SAME"
        )
        h = tf.tanh(tf.nn.conv2d(patches, weights("mix", [1, 1, 54, 8], 4), [1, 1, 1, 1], "VALID"))
    with tf.variable_scope("up"):
        shape = tf.stack([tf.shape(images)[0], 12, 12, 4])
        up = tf.nn.conv2d_transpose(h, weights("spread", [2, 2, 4, 8], 5), shape, [1, 2, 2, 1])
        pixels = tf.depth_to_space(h, 2)
        volume = tf.expand_dims(tf.concat([up, skipped, pixels], axis=-1), 1)
        filters = weights("volume", [1, 3, 3, 10, 1], 6)
        return tf.squeeze(tf.nn.conv3d(volume, filters, [1, 1, 1, 1, 1], "SAME"), [1, 4])


def squares(random, count):
    """Noisy images with a bright square each, and where it is."""
    images, masks = random.rand(count, 12, 12, 1), np.zeros((count, 12, 12))
    for image, mask, (i, j) in zip(images, masks, random.randint(0, 8, (count, 2))):  # noqa: B905
        mask[i : i + 4, j : j + 4] = 1
        image[i : i + 4, j : j + 4] += 0.7
    return images, masks


def main() -> list[float]:
    data, masks = squares(np.random.RandomState(3), 16)
    images = tf.placeholder(tf.float32, [None, 12, 12, 1])
    labels = tf.placeholder(tf.float32, [None, 12, 12])
    logits = network(images)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.train.MomentumOptimizer(0.2, 0.9).minimize(loss)
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(30):
            value, _ = sess.run([loss, step], {images: data, labels: masks})
            losses.append(float(value))
    return losses


def test_squares_are_found() -> None:
    losses = main()
    assert losses[-1] < 0.7 * losses[0]
