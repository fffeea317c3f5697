"""A convnet that tells bars from columns: a train and a test tower share variables."""

from __future__ import annotations

import numpy as np

import graphflow as tf


def conv_relu(images, kernel_shape, seed):
    start = np.random.RandomState(seed).randn(*kernel_shape) * 0.3
    weights = tf.get_variable("weights", kernel_shape, initializer=tf.constant_initializer(start))
    biases = tf.get_variable("biases", kernel_shape[-1:], initializer=tf.constant_initializer(0.1))
    conv = tf.nn.conv2d(images, weights, strides=[1, 1, 1, 1], padding="SAME")
    return tf.nn.relu(tf.nn.bias_add(conv, biases))


def tower(images, keep_prob):
    with tf.variable_scope("conv1"):
        h = conv_relu(images, [3, 3, 1, 4], 1)
    h = tf.nn.max_pool(h, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    with tf.variable_scope("conv2"):
        h = conv_relu(h, [3, 3, 4, 4], 2)
    h = tf.nn.avg_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    flat = tf.reshape(h, [-1, int(np.prod(h.get_shape().as_list()[1:]))])
    with tf.variable_scope("fc"):
        start = np.random.RandomState(3).randn(16, 2) * 0.3
        weights = tf.get_variable("weights", [16, 2], initializer=tf.constant_initializer(start))
        biases = tf.get_variable("biases", [2], initializer=tf.constant_initializer(0.0))
        return tf.matmul(tf.nn.dropout(flat, keep_prob), weights) + biases


def main() -> list[float]:
    random = np.random.RandomState(7)
    labels = random.randint(0, 2, 40)
    data = 0.2 * random.rand(40, 8, 8, 1)
    for image, label, place in zip(data, labels, random.randint(0, 8, 40)):  # noqa: B905
        image[(slice(None), place) if label else (place, slice(None))] += 1.0

    images = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
    y = tf.placeholder(tf.int32, [None])
    with tf.variable_scope("net") as scope:
        train_logits = tower(images, keep_prob=1.0)
        scope.reuse_variables()
        test_logits = tower(images, keep_prob=1.0)
    one_hot = tf.one_hot(y, 2)
    loss = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=train_logits)
    )
    step = tf.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True).minimize(loss)
    assert [v.name for v in tf.trainable_variables()][:3] == [
        "net/conv1/weights:0",
        "net/conv1/biases:0",
        "net/conv2/weights:0",
    ]
    assert len(tf.trainable_variables()) == 6

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(50):
            value, _ = sess.run([loss, step], {images: data, y: labels})
            losses.append(float(value))
        answers = sess.run(tf.argmax(test_logits, 1), {images: data})
    assert np.mean(answers == labels) > 0.9
    return losses


def test_bars_and_columns_are_told_apart() -> None:
    losses = main()
    assert losses[-1] < 0.5 * losses[0]
