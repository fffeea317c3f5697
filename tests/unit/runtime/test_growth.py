"""A graph that grows in a training loop draws one warning."""

from __future__ import annotations

import inspect
import warnings

import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_one_warning_names_the_line():
    x = tf.Variable(1.0)
    step = x.assign_add(1.0)
    with tf.Session() as sess, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sess.run(x.initializer)
        for _ in range(50):
            sess.run(step)
            loss = tf.square(x) + 1.0
            sess.run(loss)
    (warning,) = caught
    assert issubclass(warning.category, tf.GraphGrowthWarning)
    assert warning.filename == __file__
    source = inspect.getsource(inspect.getmodule(test_one_warning_names_the_line))
    assert "tf.square(x) + 1.0" in source.splitlines()[warning.lineno - 1]
    assert "test_one_warning_names_the_line has added operations 20 times" in str(warning.message)


def test_graphs_that_are_built_in_stages():
    with tf.Session() as sess:
        lines = "\n".join(f"sess.run(tf.constant({i}))" for i in range(60))
        exec(compile(lines, "stages.py", "exec"), {"sess": sess, "tf": tf})


def test_loops_that_only_run():
    x = tf.placeholder(tf.float32, [])
    y = [x * float(i) for i in range(60)]
    with tf.Session() as sess:
        for item in y:
            sess.run(item, {x: 1.0})


def test_many_graphs():
    for i in range(60):
        with tf.Graph().as_default(), tf.Session() as sess:
            sess.run(tf.constant(i))
