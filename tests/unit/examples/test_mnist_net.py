"""The net of the tutorial on MNIST."""

from __future__ import annotations

import numpy as np

import graphflow as tf
from graphflow.examples.tutorials.mnist import mnist


def test_it_learns():
    tf.set_random_seed(3)
    images = np.random.default_rng(5).random((20, mnist.IMAGE_PIXELS), np.float32)
    labels = np.arange(20) % 10
    x, y = tf.placeholder(tf.float32, [20, mnist.IMAGE_PIXELS]), tf.placeholder(tf.int32, [20])
    logits = mnist.inference(x, 32, 16)
    loss = mnist.loss(logits, y)
    step = mnist.training(loss, 0.1)
    right = mnist.evaluation(logits, y)
    feed = {x: images, y: labels}
    assert [v.name for v in tf.global_variables()] == [
        "hidden1/weights:0", "hidden1/biases:0", "hidden2/weights:0", "hidden2/biases:0",
        "softmax_linear/weights:0", "softmax_linear/biases:0", "global_step:0",
    ]  # fmt: skip
    (summary,) = tf.get_collection(tf.GraphKeys.SUMMARIES)
    assert summary.op.name == "loss"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(loss, feed)
        for _ in range(200):
            session.run(step, feed)
        assert session.run("global_step:0") == 200
        assert session.run(loss, feed) < first / 2
        assert session.run(right, feed) > 10
