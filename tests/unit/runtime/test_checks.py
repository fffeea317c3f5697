"""Steps whose shapes depend on data are checked in every run, but not twice for the same shapes."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.math_binary import Mul
from graphflow.ops.shapes import Reshape


@pytest.fixture
def asked(monkeypatch):
    """The shapes that `Mul` and `Reshape` were asked to judge from now on."""
    shapes: list[tuple[tuple[int, ...], ...]] = []
    for op in Mul, Reshape:

        def infer(self, *specs, original=op.infer):
            shapes.append(tuple(tuple(spec.shape.dims or ()) for spec in specs))
            return original(self, *specs)

        monkeypatch.setattr(op, "infer", infer)
    return shapes


def test_shapes_that_have_passed_are_not_judged_again(asked):
    x = tf.placeholder(tf.float32, [6])
    y = tf.boolean_mask(x, x > 2) * tf.boolean_mask(x, x < 2)
    with tf.Session() as session:
        session.run(y, {x: [1, 0, 1, 3, 4, 5]})
        asked.clear()
        session.run(y, {x: [3, 1, 4, 1, 5, 1]})
        assert asked == []
        np.testing.assert_array_equal(session.run(y, {x: [3, 2, 2, 2, 2, 1]}), [3])
        assert len(asked) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match="do not broadcast"):
            session.run(y, {x: [1, 1, 3, 3, 3, 3]})
        np.testing.assert_array_equal(session.run(y, {x: [1, 3, 0, 4, 1, 5]}), [3, 0, 5])


def test_values_that_were_read_are_compared(asked):
    x = tf.placeholder(tf.float32, [6])
    rows = tf.cast(x[0], tf.int32)
    y = tf.reshape(tf.boolean_mask(x, x > 0), [rows, -1]) * 2
    with tf.Session() as session:
        assert session.run(y, {x: [1, 1, 1, 1, 0, 0]}).shape == (1, 4)
        assert session.run(y, {x: [2, 1, 1, 1, 0, 0]}).shape == (2, 2)
        asked.clear()
        assert session.run(y, {x: [2, 1, 0, 1, 0, 1]}).shape == (2, 2)
        assert asked == []
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(y, {x: [3, 1, 1, 1, 0, 0]})
        assert session.run(y, {x: [4, 1, 1, 1, 0, 0]}).shape == (4, 1)


def test_loops_of_changing_shapes():
    sizes = tf.constant([2, 2, 3, 2, 1])
    sums = tf.map_fn(
        lambda size: tf.reduce_sum(tf.ones([size]) * tf.ones([size, 1])), sizes, tf.float32
    )
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run(sums), [4, 4, 9, 4, 1])


def test_shapes_and_values_that_take_turns_are_remembered(asked):
    x = tf.placeholder(tf.float32, [6])
    rows = tf.cast(x[0], tf.int32)
    y = tf.reshape(tf.boolean_mask(x, x > 0), [rows, -1]) * 2
    feeds = [[1, 1, 1, 1, 0, 0], [2, 1, 1, 1, 0, 0], [2, 1, 1, 1, 1, 1], [3, 1, 1, 1, 1, 1]]
    with tf.Session() as session:
        shapes = [session.run(y, {x: feed}).shape for feed in feeds]
        assert shapes == [(1, 4), (2, 2), (2, 3), (3, 2)]
        asked.clear()
        for _ in range(2):
            assert [session.run(y, {x: feed}).shape for feed in feeds] == shapes
        assert asked == []


def test_unknown_sizes_of_results_are_no_reason_for_a_check():
    x = tf.placeholder(tf.int32, [5])
    shape = tf.placeholder(tf.int32, [2])
    distinct, places = tf.unique(x)
    rows = tf.reshape(places, shape)
    with tf.Session() as session:
        plan = session._plan((distinct, rows), (), (x, shape))
        session.run([distinct, rows], {x: [3, 3, 1, 3, 2], shape: [5, 1]})
        (variant,) = plan.variants.values()
        checked = {
            step.op.type
            for step, is_checked in zip(plan.steps, variant.checked, strict=True)
            if is_checked
        }
        assert checked == {"Reshape"}
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(rows, {x: [3, 3, 1, 3, 2], shape: [2, 2]})
