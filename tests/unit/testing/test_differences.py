"""`check_gradient` accepts right gradients and finds wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient


def test_a_composite_function():
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    w = np.array([[1.0, 0.5, -2.0], [0.25, -0.5, 1.5]])
    check_gradient(lambda x, w: tf.tanh(tf.matmul(x, w)), x, w, order=2)


def test_several_outputs():
    check_gradient(lambda x: [tf.exp(x), x * x], np.array([0.5, 1.5]), order=2)


def test_large_inputs_are_moved_in_random_directions():
    check_gradient(lambda x: tf.reduce_sum(tf.sin(x) * x), np.linspace(0.2, 3, 60).reshape(6, 10))


def test_single_precision():
    check_gradient(lambda x: tf.exp(x) / x, np.float32([0.5, -2.0]))


def test_complex_numbers():
    z = np.array([1 + 2j, -0.5 + 0.25j])
    check_gradient(lambda z: z * z, z, order=2)


def test_indexed_slices():
    table = np.arange(6.0).reshape(3, 2)
    check_gradient(lambda t: tf.gather(t, [2, 0, 2]) ** 2, table)


def wrong_square(x):
    @tf.custom_gradient
    def square(x):
        return x * x, lambda grad: grad * x

    return square(x)


def test_a_wrong_gradient_is_found():
    with pytest.raises(AssertionError, match=r"wrong at \[1\]: .*differences give"):
        check_gradient(wrong_square, np.array([0.0, 2.0]))


def test_a_wrong_gradient_of_a_large_input_is_found():
    with pytest.raises(AssertionError, match="wrong in random direction 0"):
        check_gradient(wrong_square, np.linspace(1, 2, 50))


def test_a_wrong_second_gradient_is_found():
    def cube(x):
        @tf.custom_gradient
        def function(x):
            return x * x * x, lambda grad: grad * 3.0 * x * tf.stop_gradient(x)

        return function(x)

    x = np.array([1.5, 2.0])
    check_gradient(cube, x)
    with pytest.raises(AssertionError, match="wrong at"):
        check_gradient(cube, x, order=2)


def test_only_some_inputs():
    x = np.array([1.0, 2.0])
    check_gradient(lambda x, y: x * tf.stop_gradient(y), x, x + 1, wrt=[0])
    with pytest.raises(AssertionError, match="wrong at"):
        check_gradient(lambda x, y: x * tf.stop_gradient(y), x, x + 1)


def test_a_missing_gradient_is_an_error_where_the_function_varies():
    with pytest.raises(AssertionError, match="wrong at"):
        check_gradient(lambda x: tf.stop_gradient(x) + 1.0, np.array([3.0]))
    check_gradient(tf.floor, np.array([3.25]))
