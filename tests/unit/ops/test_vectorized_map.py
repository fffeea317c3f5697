"""`vectorized_map` finds out what the function returns."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_rows_of_structures():
    x = tf.placeholder(tf.float32, [None, 2])
    scale = tf.Variable(3.0)

    def of_row(row):
        total = tf.reduce_sum(row["x"]) * scale
        return {"total": total, "parts": (row["k"] + 1, tf.gradients(total, row["x"])[0])}

    found = tf.vectorized_map(of_row, {"x": x, "k": tf.constant([5, 7], tf.int64)})
    assert found["parts"][0].dtype == tf.int64
    with tf.Session() as session:
        session.run(scale.initializer)
        values = session.run(found, {x: [[1.0, 2.0], [4.0, 8.0]]})
    np.testing.assert_array_equal(values["total"], [9.0, 36.0])
    np.testing.assert_array_equal(values["parts"][0], [6, 8])
    np.testing.assert_array_equal(values["parts"][1], np.full((2, 2), 3.0))


def test_the_trial_leaves_nothing_in_the_graph():
    x = tf.constant([[1.0], [2.0]])
    tf.vectorized_map(lambda row: tf.multiply(row, 2.0, name="twice"), x)
    assert not [op.name for op in x.graph.get_operations() if "trial" in op.name]


def test_what_cannot_be():
    with pytest.raises(ValueError, match="no tensors to map over"):
        tf.vectorized_map(lambda row: row, [])
    with pytest.raises(NotImplementedError, match="returns an operation"):
        tf.vectorized_map(lambda row: tf.no_op(), tf.zeros([2]))
