from __future__ import annotations

from collections import Counter

import pytest

import graphflow as tf
from graphflow.compiler.compile import build_program, compile_plan
from graphflow.compiler.passes.control import relax_control


def types_of(fetches, targets, fed=()):
    """How often each op type is left after the pass."""
    program = build_program(fetches, targets, fed)
    relax_control(program)
    return Counter(node.operation.op.type for node in program.nodes)


def test_training_does_not_compute_the_gradient_of_what_is_fed():
    x = tf.placeholder(tf.float32, [None, 3])
    weights = tf.Variable(tf.ones([3, 2]))
    loss = tf.reduce_sum(tf.square(tf.matmul(x, weights)))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    # MatMul itself, and its gradient for the weights; not that for x.
    assert types_of([], [step], [x])["MatMul"] == 2
    assert sum(s.op.type == "MatMul" for s in compile_plan([], [step], [x]).steps) == 2


def test_an_edge_that_orders_an_effect_stays():
    v = tf.Variable(1.0)
    first = tf.assign_add(v, 2.0)
    after = first * 1.0  # pure, but behind the effect
    with tf.control_dependencies([after]):
        second = tf.constant(7.0) + 1.0
    assert types_of([second], [])["AssignAdd"] == 1
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(second) == 8.0
        assert sess.run(v) == 3.0


def test_an_edge_is_needless_if_the_effect_comes_before_anyway():
    v = tf.Variable(1.0)
    first, one = tf.assign_add(v, 2.0), tf.constant(1.0)
    with tf.control_dependencies([first * 5.0]):
        second = first + one
    assert "Mul" not in types_of([second], [])


def test_a_check_runs_where_somebody_waits_for_it():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.check_numerics(x, "x is bad")]):
        y = tf.identity(x)
    with tf.Session() as sess:
        assert sess.run(y, {x: 2.5}) == 2.5
        with pytest.raises(tf.errors.InvalidArgumentError, match="x is bad"):
            sess.run(y, {x: float("nan")})


def test_what_only_a_check_needs_is_kept_with_it():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.check_numerics(x * 2.0, "twice x is bad") * 3.0]):
        y = x + 1.0
    left = types_of([y], [], [x])
    assert left["CheckNumerics"] == 1
