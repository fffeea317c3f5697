from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops import Defun


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(list(fetches))


def test_calls_have_their_own_scopes():
    @Defun(tf.float32, tf.float32)
    def both(x, y):
        return x + y, x - y

    first, second = both(5.0, 2.0), both(1.0, 4.0, name="again")
    assert run(*first, *second) == [7, 3, 5, -3]
    assert first[0].op.name == "both/add"
    assert second[1].op.name == "again/sub"


def test_outer_tensors_and_variables_are_captured():
    scale = tf.Variable(3.0)

    @Defun(tf.float32)
    def scaled(x):
        return scale * x

    y = scaled(2.0)
    by_scale = tf.gradients(y, scale)[0]
    assert run(y, by_scale) == [6, 2]


def test_types_may_be_left_open():
    @Defun()
    def double(x):
        return x * 2

    assert double(3).dtype is tf.int32
    assert double(1.5).dtype is tf.float32


def test_nothing_returned_is_an_operation():
    counter = tf.Variable(0)

    @Defun()
    def count():
        tf.assign_add(counter, 1)

    assert isinstance(count(), tf.Operation)


def test_gradient_by_a_defined_function():
    @Defun(tf.float32, tf.float32)
    def slope(x, dy):
        return 100.0 * x * dy

    @Defun(tf.float32, grad_func=slope)
    def square(x):
        return x * x

    x = tf.constant(3.0)
    y = square(x)
    assert run(y, tf.gradients(y, x, tf.constant(2.0))[0]) == [9, 600]
    assert square.grad_func_name == "slope"


def test_gradient_by_a_python_function():
    def slope(call, dy):
        return dy * call.outputs[0] * 1000.0

    @Defun(tf.float32, python_grad_func=slope, func_name="mine")
    def exp(x):
        return tf.exp(x)

    x = tf.constant([0.0, 1.0])
    y = exp(x)
    np.testing.assert_allclose(run(tf.gradients(y, x)[0])[0], [1000, 1000 * np.e], rtol=1e-5)
    assert y.op.name.startswith("mine/")


def test_shapes_by_a_function():
    @Defun(tf.float32, shape_func=lambda call: [call.inputs[0].shape])
    def opaque(x):
        return tf.py_func(lambda v: v, [x], tf.float32)

    assert opaque(tf.zeros([2, 3])).shape.as_list() == [2, 3]


def test_bad_arguments():
    @Defun(tf.float32)
    def one(x):
        return x

    with pytest.raises(ValueError, match="one takes 1 arguments, got 2"):
        one(1.0, 2.0)
    with pytest.raises(TypeError, match="one: argument 0"):
        one(tf.constant(3))
    with pytest.raises(ValueError, match="does not take 2 arguments"):
        Defun(tf.float32, tf.float32)(lambda x: x)
    with pytest.raises(ValueError, match="not both"):
        Defun(tf.float32, grad_func=one, python_grad_func=lambda call, dy: dy)


def test_hints_for_xla_change_nothing():
    @Defun(tf.float32, noinline=True, compiled=True, separate_compiled_gradients=True)
    def half(x):
        return x / 2.0

    x = tf.constant(3.0)
    y = half(x)
    assert tf.Session().run([y, *tf.gradients(y, x)]) == [1.5, 0.5]
