"""A convolutional net of `tf.layers` with batch normalization, dropout, losses and metrics."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def waves(shape, dtype=None, partition_info=None):
    """Initial weights that no random generator has to agree about."""
    count = int(np.prod(shape))
    numbers = 1.7 * np.sin(np.arange(count) * 2.3) / np.sqrt(np.prod(shape[:-1]))
    return tf.constant(numbers.reshape(shape), dtype=dtype)


def network(images, training):
    regularizer = tf.keras.regularizers.l2(1e-4)
    with tf.variable_scope("net"):
        h = tf.layers.conv2d(
            images, 6, 3, padding="same", kernel_initializer=waves, kernel_regularizer=regularizer
        )
        h = tf.nn.relu(tf.layers.batch_normalization(h, training=training, momentum=0.8))
        h = tf.layers.max_pooling2d(h, 2, 2)
        h = tf.layers.separable_conv2d(
            h, 8, 3, activation=tf.nn.relu, depthwise_initializer=waves, pointwise_initializer=waves
        )
        h = tf.layers.flatten(h)
        h = tf.layers.dropout(h, 0.0, training=training)
        h = tf.layers.dense(h, 12, tf.nn.relu, kernel_initializer=waves)
        return tf.layers.dense(h, 2, kernel_initializer=waves, name="logits")


def pictures(count):
    """Pictures with a horizontal or a vertical line."""
    random = np.random.RandomState(4)
    labels = random.randint(0, 2, count)
    places = random.randint(1, 7, count)
    images = 0.3 * random.rand(count, 8, 8, 1).astype(np.float32)
    for image, label, place in zip(images, labels, places, strict=True):
        if label:
            image[place] += 1
        else:
            image[:, place] += 1
    return images, labels


def main() -> list[float]:
    images, labels = pictures(96)
    x = tf.placeholder(tf.float32, [None, 8, 8, 1])
    y = tf.placeholder(tf.int64, [None])
    training = tf.placeholder(tf.bool, [])
    logits = network(x, training)
    tf.losses.sparse_softmax_cross_entropy(y, logits)
    loss = tf.losses.get_total_loss()
    accuracy, update = tf.metrics.accuracy(y, tf.argmax(logits, 1))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)

    losses = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for step in range(24):
            batch = slice(step % 3 * 32, step % 3 * 32 + 32)
            feeds = {x: images[batch], y: labels[batch], training: True}
            losses.append(float(sess.run([loss, train], feeds)[0]))
        for start in range(0, 96, 24):
            batch = slice(start, start + 24)
            sess.run(update, {x: images[batch], y: labels[batch], training: False})
        losses.append(float(sess.run(accuracy)))
        mean = sess.run("net/batch_normalization/moving_mean:0")
    assert np.abs(mean).max() > 0.1
    return losses


def test_lines_are_told_apart() -> None:
    *losses, accuracy = main()
    assert losses[-1] < 0.1 * losses[0]
    assert accuracy > 0.95
