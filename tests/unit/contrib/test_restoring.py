"""Variables get values from checkpoints."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import graphflow as tf

framework = tf.contrib.framework


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint of `a` and `b`."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.get_variable("a", initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
        tf.get_variable("b", initializer=7.0)
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver().save(sess, str(tmp_path / "model"))


def test_assigned_values(checkpoint):
    a, other = tf.get_variable("a", [3, 2]), tf.get_variable("other", [])
    by_name, feed = framework.assign_from_checkpoint(checkpoint, [a])
    renamed, more = framework.assign_from_checkpoint(checkpoint, {"b": other})
    with tf.Session() as sess:
        sess.run([by_name, renamed], {**feed, **more})
        assert sess.run(a).tolist() == [[0, 1], [2, 3], [4, 5]]
        assert sess.run(other) == 7


def test_parts_of_a_variable(checkpoint):
    with tf.variable_scope("", partitioner=tf.fixed_size_partitioner(2)):
        a = tf.get_variable("a", [3, 2])
    with tf.Session() as sess:
        for variables in (list(a), [a], {"a": a}):
            sess.run(tf.variables_initializer(list(a)))
            assign, feed = framework.assign_from_checkpoint(checkpoint, variables)
            sess.run(assign, feed)
            assert sess.run(tf.convert_to_tensor(a)).tolist() == [[0, 1], [2, 3], [4, 5]]


def test_missing_variables_and_wrong_shapes(checkpoint, caplog):
    b, c = tf.get_variable("b", []), tf.get_variable("c", [2])
    with pytest.raises(ValueError, match="no variable 'c'"):
        framework.assign_from_checkpoint(checkpoint, [b, c])
    with caplog.at_level(logging.WARNING, "graphflow"):
        _, feed = framework.assign_from_checkpoint(checkpoint, [b, c], ignore_missing_vars=True)
    assert len(feed) == 1
    assert "no variable 'c'" in caplog.records[0].message
    with pytest.raises(ValueError, match=r"c has shape \[2\], 'a' in the checkpoint \[3, 2\]"):
        framework.assign_from_checkpoint(checkpoint, {"a": c})


def test_functions_of_a_session(checkpoint):
    b, c = tf.get_variable("b", []), tf.get_variable("c", [6])
    restore = framework.assign_from_checkpoint_fn(checkpoint, [b, c], ignore_missing_vars=True)
    reshape = framework.assign_from_checkpoint_fn(checkpoint, {"a": c}, reshape_variables=True)
    with tf.Session() as sess:
        restore(sess)
        reshape(sess)
        assert sess.run(b) == 7
        assert sess.run(c).tolist() == [0, 1, 2, 3, 4, 5]
        strict = framework.assign_from_checkpoint_fn(checkpoint, [b, c])
        with pytest.raises(tf.errors.NotFoundError):
            strict(sess)
    assert framework.assign_from_checkpoint_fn(checkpoint, [c], ignore_missing_vars=True) is None
    with pytest.raises(ValueError, match="var_list is empty"):
        framework.assign_from_checkpoint_fn(checkpoint, [])


def test_what_a_checkpoint_holds(checkpoint):
    assert framework.list_variables(checkpoint) == [("a", [3, 2]), ("b", [])]
    assert framework.load_variable(checkpoint, "b") == 7
