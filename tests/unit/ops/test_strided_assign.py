from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def variable(request):
    return tf.Variable(np.arange(12.0).reshape(3, 4), use_resource=request.param)


KEYS = {
    "index": 1,
    "negative": (-1, 2),
    "slice": (slice(None), slice(1, 3)),
    "steps": (slice(None, None, -2), slice(0, None, 2)),
    "ellipsis": (..., 1),
    "whole": slice(None),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_slices_are_assigned_as_in_numpy(variable, key):
    expected = np.arange(12.0).reshape(3, 4)
    value = -1 - np.zeros_like(expected[key])
    expected[key] = value
    with tf.Session() as sess:
        sess.run(variable.initializer)
        np.testing.assert_array_equal(sess.run(variable[key].assign(value)), expected)
        np.testing.assert_array_equal(sess.run(variable), expected)


def test_a_tensor_says_where(variable):
    row = tf.placeholder(tf.int32, [])
    assign = variable[row, 1:].assign([7.0, 8.0, 9.0])
    with tf.Session() as sess:
        sess.run(variable.initializer)
        assert sess.run(assign, {row: 2})[2].tolist() == [8, 7, 8, 9]


def test_reads_before_see_the_old_value(variable):
    before = variable.read_value()
    with tf.control_dependencies([before]):
        assign = variable[0].assign([9.0, 9.0, 9.0, 9.0])
    with tf.Session() as sess:
        sess.run(variable.initializer)
        old, _ = sess.run([before, assign])
        assert old[0].tolist() == [0, 1, 2, 3]


def test_shapes_must_agree(variable):
    with pytest.raises(ValueError, match="the slice has shape"):
        variable[1].assign([1.0, 2.0])


def test_only_variables_are_assigned_to():
    assert not hasattr(tf.constant([1, 2])[0], "assign")


@pytest.mark.parametrize("use_resource", [False, True])
def test_the_function_assign_takes_slices(use_resource):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=use_resource)
    row = tf.assign(v[tf.constant(1)], [7.0, 8.0])
    column = tf.assign(v[:, 0], [5.0, 6.0], name="column")
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(row)
        session.run(column)
        assert session.run(v).tolist() == [[5.0, 2.0], [6.0, 8.0]]
