"""Threads with nets of their own share a session, an optimizer, a queue and a coordinator.

Each worker copies the weights of the global net, computes gradients with its own net and applies
them to the global one, as asynchronous actor critics do; what it saw goes through a queue.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest

import graphflow as tf

WORKERS, ROUNDS = 3, 60
WEIGHTS = np.array([[1.5], [-2.0]])


class Net:
    """A linear net; one with a source has steps that copy from it and push gradients to it."""

    def __init__(self, scope, source=None, optimizer=None):
        self.x = tf.placeholder(tf.float32, [None, 2])
        self.y = tf.placeholder(tf.float32, [None, 1])
        with tf.variable_scope(scope):
            out = tf.layers.dense(self.x, 1, kernel_initializer=tf.zeros_initializer())
        self.loss = tf.reduce_mean(tf.squared_difference(out, self.y))
        self.weights = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=scope)
        if source is not None:
            grads, _ = tf.clip_by_global_norm(tf.gradients(self.loss, self.weights), 40.0)
            pairs = list(zip(self.weights, source.weights, strict=True))
            self.pull = [tf.assign(own, other) for own, other in pairs]
            counter = tf.train.get_or_create_global_step()
            self.push = optimizer.apply_gradients(
                list(zip(grads, source.weights, strict=True)), global_step=counter
            )


def test_workers_train_one_net_together():
    optimizer = tf.train.RMSPropOptimizer(0.05)
    shared = Net("global")
    nets = [Net(f"worker_{i}", shared, optimizer) for i in range(WORKERS)]
    queue = tf.FIFOQueue(WORKERS, [tf.int32, tf.float32], shapes=[[], []])
    number, loss = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [])
    report = queue.enqueue([number, loss])
    reports = queue.dequeue_many(WORKERS)
    coordinator = tf.train.Coordinator()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())

        def work(index, net):
            random = np.random.RandomState(index)
            with coordinator.stop_on_exception():
                for _ in range(ROUNDS):
                    sess.run(net.pull)
                    x = random.randn(16, 2)
                    last, _ = sess.run([net.loss, net.push], {net.x: x, net.y: x @ WEIGHTS + 0.5})
                sess.run(report, {number: index, loss: last})

        threads = [
            threading.Thread(target=work, args=(index, net)) for index, net in enumerate(nets)
        ]
        for thread in threads:
            thread.start()
        numbers, losses = sess.run(reports)  # waits for all of them
        coordinator.join(threads)
        kernel, bias = sess.run(shared.weights)
        steps = sess.run(tf.train.get_global_step())
    assert sorted(numbers) == list(range(WORKERS))
    assert max(losses) < 0.5
    assert steps == WORKERS * ROUNDS
    np.testing.assert_allclose(kernel, WEIGHTS, atol=0.3)
    assert bias == pytest.approx(0.5, abs=0.3)


def test_an_error_of_a_worker_reaches_who_waits():
    coordinator = tf.train.Coordinator()

    def fail():
        graph = tf.Graph()
        with coordinator.stop_on_exception(), graph.as_default(), tf.Session() as sess:
            tf.constant(1.0, name="something")
            sess.run("nothing:0")

    thread = threading.Thread(target=fail)
    thread.start()
    with pytest.raises(ValueError, match="nothing"):
        coordinator.join([thread])
    assert coordinator.should_stop()
