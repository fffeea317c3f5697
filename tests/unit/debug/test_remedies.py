from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.debug.nan import find_nan
from graphflow.debug.state_copy import StateSnapshot, copied
from graphflow.ops.kernels.philox import Philox, uniform

CASES = {
    "a negative logarithm": (tf.log, [-2.5], "log of -2.5", "tf.maximum"),
    "log1p": (tf.log1p, [-1.0], "log1p of -1.0", "tf.maximum"),
    "a division": (tf.divide, [3.0, 0.0], "3.0 divided by 0.0", "div_no_nan"),
    "nothing by nothing": (tf.divide, [0.0, 0.0], "0.0 divided by 0.0", "div_no_nan"),
    "a large ratio": (tf.divide, [1e30, 1e-30], "1e+30 divided by 1e-30: too large", "smaller"),
    "a reciprocal": (tf.reciprocal, [0.0], "1 divided by 0.0", "div_no_nan"),
    "a root": (tf.sqrt, [-4.0], "sqrt of -4.0", "variance"),
    "a reciprocal root": (tf.rsqrt, [0.0], "1 / sqrt of 0.0", "1e-12"),
    "exp": (tf.exp, [90.0], "exp of 90.0: in float32 exp overflows above 88.72", "logsumexp"),
    "a power": (tf.pow, [-8.0, 0.5], "-8.0 to the power 0.5", "negative number"),
    "a power of 0": (tf.pow, [0.0, -1.0], "0.0 to the power -1.0", "division by 0"),
    "a large power": (tf.pow, [10.0, 50.0], "10.0 to the power 50.0: too large", "smaller"),
    "a product": (tf.multiply, [1e30, 1e20], "1e+30 times 1e+20: too large", "clip_by_global_norm"),
    "acos": (tf.acos, [1.5], "acos of 1.5, which is not between -1 and 1", "clip_by_value"),
    "acosh": (tf.acosh, [0.5], "acosh of 0.5, which is below 1", "tf.maximum(x, 1)"),
    "a sum": (tf.add, [3e38, 3e38], "Add of values up to 3e+38", "smaller learning rate"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_follows_from_the_values(name):
    function, values, fact, advice = CASES[name]
    fed = [tf.placeholder(tf.float32, []) for _ in values]
    y = function(*fed)
    with tf.Session() as session:
        found = find_nan(session, y, dict(zip(fed, values, strict=True)))
    assert found.fact.startswith(fact)
    assert advice in found.advice


def test_broadcast_inputs_are_told_at_the_place():
    x = tf.placeholder(tf.float32, [2, 3])
    y = tf.divide(x, [[1.0, 0.0, 2.0]])
    with tf.Session() as session:
        found = find_nan(session, y, {x: [[1, 0, 3], [4, 5, 6]]})
    # 0 / 0 is NaN, and comes before 5 / 0, which is infinite
    assert (found.index, found.fact) == ((0, 1), "0.0 divided by 0.0")


def test_float16_ends_early():
    x = tf.placeholder(tf.float16, [])
    with tf.Session() as session:
        found = find_nan(session, tf.multiply(x, x), {x: 300.0})
    assert "65504" in found.advice


def test_a_softmax_before_a_logarithm():
    logits = tf.placeholder(tf.float32, [3])
    y = tf.log(tf.nn.softmax(logits))
    with tf.Session() as session:
        found = find_nan(session, y, {logits: [0.0, 300.0, 0.0]})
    assert "softmax_cross_entropy_with_logits_v2" in found.advice
    assert "comes from Softmax" in found.advice


def test_a_copied_stream_of_random_numbers_goes_on_by_itself():
    original = Philox(3, 5)
    uniform(original, (4,), np.float32)
    same = copied(original)
    expected = uniform(same, (4,), np.float32)
    uniform(same, (8,), np.float32)
    np.testing.assert_array_equal(uniform(original, (4,), np.float32), expected)


def test_a_snapshot_copies_no_array_and_restores_what_was():
    w, later = tf.Variable([1.0, 2.0], name="w"), tf.Variable(3.0, name="later")
    double = tf.assign(w, w * 2.0)
    with tf.Session() as session:
        session.run(w.initializer)
        snapshot = StateSnapshot.of(session._resources)
        (kept,) = [value for value in snapshot.values.values() if value is not None]
        for _ in range(3):
            session.run(double)
        np.testing.assert_array_equal(kept, [1, 2])  # nobody wrote into it
        session.run(later.initializer)
        snapshot.restore(session._resources)
        np.testing.assert_array_equal(session.run(w), [1, 2])
        assert session.run(tf.report_uninitialized_variables()).tolist() == [b"later"]
        session.run(double)
        snapshot.restore(session._resources)
        np.testing.assert_array_equal(session.run(w), [1, 2])
