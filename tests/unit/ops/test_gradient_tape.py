"""Gradient tapes. The numbers are those of TensorFlow's tapes in graph mode."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(value):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(value)


@pytest.fixture
def x():
    return tf.constant(3.0)


@pytest.mark.parametrize("use_resource", [False, True])
def test_trainable_variables_are_watched_unasked(use_resource):
    v = tf.Variable(3.0, use_resource=use_resource)
    tf.Variable(1.0, name="unused")
    with tf.GradientTape() as tape:
        y = v * v
    assert [item.name for item in tape.watched_variables()] == ["Variable:0"]
    assert run(tape.gradient(y, v)) == 6


def test_variables_need_not_be_watched():
    v = tf.Variable(3.0, use_resource=True)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
    assert tape.watched_variables() == ()
    assert tape.gradient(y, v) is None


def test_what_was_built_before_is_constant(x):
    z = x * x
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = z * x
    assert run(tape.gradient(y, x)) == 9


def test_what_is_not_watched_has_no_gradient(x):
    with tf.GradientTape() as tape:
        y = x * x
    assert tape.gradient(y, x) is None


def test_what_is_built_after_has_no_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y * 2, x) is None


def test_recording_may_pause(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = z + y
    assert run(tape.gradient(w, {"a": x, "b": [x]})) == {"a": 6, "b": [6]}


def test_pausing_needs_a_recording():
    with pytest.raises(RuntimeError, match="not recording"), tf.GradientTape().stop_recording():
        pass


def test_only_persistent_tapes_give_gradients_twice(x):
    for persistent in (True, False):
        with tf.GradientTape(persistent) as tape:
            tape.watch(x)
            y = x * x
        tape.gradient(y, x)
        if persistent:
            assert run(tape.gradient(y, x)) == 6
        else:
            with pytest.raises(RuntimeError, match="persistent"):
                tape.gradient(y, x)


def test_reset_forgets(x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        z = x * x
    assert tape.gradient([y, z], x) is None


def test_nested_tapes_give_higher_derivatives(x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        slope = inner.gradient(y, x)
    assert run(outer.gradient(slope, x)) == 18


def test_output_gradients_and_unconnected_sources(x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert run(tape.gradient(y, x, output_gradients=tf.constant(5.0))) == 30
    assert run(tape.gradient(y, tf.constant(1.0), unconnected_gradients="zero")) == 0


def test_gathered_rows_have_sparse_gradients():
    v = tf.Variable([[3.0], [4.0]], use_resource=True)
    with tf.GradientTape() as tape:
        y = tf.gather(v, [1])
    assert isinstance(tape.gradient(y, v), tf.IndexedSlices)


def test_jacobian_of_a_product():
    a = np.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
    x = tf.constant([[0.5], [2.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.matmul(a, x)
    np.testing.assert_array_equal(run(tape.jacobian(y, [x]))[0].reshape(3, 2), a)


def test_jacobian_needs_a_known_shape():
    x = tf.placeholder(tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(NotImplementedError, match="static shape"):
        tape.jacobian(y, x)


def test_batch_jacobian_of_a_batch_of_unknown_size():
    x = tf.placeholder(tf.float32, [None, 2])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x[:, ::-1]
    found = tf.Session().run(tape.batch_jacobian(y, x), {x: [[1, 3], [4, 5]]})
    np.testing.assert_array_equal(found, [[[3, 1], [3, 1]], [[5, 4], [5, 4]]])


def test_recomputed_functions_may_use_variables(x):
    v = tf.Variable(2.0)
    y = tf.recompute_grad(lambda a: v * a * a)(x)
    assert run(tf.gradients(y, [x, v])) == [12, 9]


def test_recomputed_functions_may_return_several_tensors(x):
    y, z = tf.recompute_grad(lambda a, b: [a * b, a + b])(x, tf.constant(5.0))
    assert run(tf.gradients(y * 2 + z, x)) == [11]


def test_recomputed_functions_may_return_integers(x):
    y, n = tf.recompute_grad(lambda a: [a * a, tf.constant(7)])(x)
    assert run([tf.gradients(y, x)[0], n]) == [6, 7]


def test_recomputed_functions_are_computed_twice(x):
    calls = []

    def noted(value):
        calls.append(value)
        return value

    def f(a):
        y = tf.py_func(noted, [a], tf.float32, stateful=False)
        y.set_shape([])
        return a * a * tf.stop_gradient(y)

    y = tf.recompute_grad(f)(x)
    assert run([y, tf.gradients(y, x)[0]]) == [27, 18]
    assert calls == [3, 3]
