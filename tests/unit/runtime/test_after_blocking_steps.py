from __future__ import annotations

import numpy as np

import graphflow as tf


def test_a_division_by_zero_after_a_blocking_step_is_no_warning():
    queue = tf.FIFOQueue(3, tf.float32, shapes=[])
    number = queue.dequeue()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[0.0, 5.0]]))
        first = session.run([number / 0.0, number * 2.0])
        second = session.run([number / 0.0, number * 2.0])
    assert np.isnan(first[0])
    assert second == [np.inf, 10.0]
