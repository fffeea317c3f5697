from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(value, feeds=None):
    return tf.Session().run(value, feeds)


def test_arguments_have_values():
    y = tf.py_function(lambda x, n: np.cumsum(x.numpy()) * n.numpy(), [[1.0, 2.0], 3.0], tf.float32)
    assert run(y).tolist() == [3, 9]


def test_values_decide_in_python():
    def steps(x):
        count = 0
        while x > 1:
            x, count = x / 2, count + 1
        return count

    assert run(tf.py_function(steps, [10.0], tf.int32)) == 4


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: float(x[0]) + int(x[1]), 3),
        (lambda x: sum(part * 2 for part in x), 6),
        (lambda x: np.asarray(x).max() + len(x), 4),
        (lambda x: [1.0, 2.0][int(tf.argmax(x))], 2),
    ],
)
def test_tensors_are_like_numbers(function, expected):
    assert run(tf.py_function(function, [[1.0, 2.0]], tf.float32)) == expected


def test_gradients_follow_what_was_computed():
    x = tf.constant([1.0, -2.0])
    y = tf.py_function(lambda a: tf.square(a) if a[0] > 0 else a, [x], tf.float32)
    y.set_shape([2])
    [slope] = tf.gradients(y, x)
    assert run(slope).tolist() == [2, -4]
    [second] = tf.gradients(slope, x)
    assert run(second).tolist() == [2, 2]


def test_what_leaves_through_numpy_has_no_slope():
    x = tf.constant(3.0)
    y = tf.py_function(lambda a: a.numpy() ** 2, [x], tf.float32)
    assert run(tf.gradients(y, x)) == [0]


def test_integers_have_no_gradient():
    x, n = tf.constant(3.0), tf.constant(2)
    y = tf.py_function(lambda a, k: a * tf.cast(k, tf.float32), [x, n], tf.float32)
    slopes = tf.gradients(y, [x, n])
    assert slopes[1] is None
    assert run(slopes[0]) == 2


def test_without_results_it_is_an_operation():
    seen = []
    run(tf.py_function(lambda x: seen.append(x.numpy()), [[1, 2]], []))
    np.testing.assert_array_equal(seen, [[1, 2]])


def test_results_must_fit():
    wrong_dtype = tf.py_function(lambda: tf.constant(1), [], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not fit Tout"):
        run(wrong_dtype)
    wrong_count = tf.py_function(lambda: [1, 2], [], [tf.int32])
    with pytest.raises(tf.errors.InvalidArgumentError, match="returned 2 values"):
        run(wrong_count)


def test_only_functions_are_called():
    with pytest.raises(ValueError, match="expected a function"):
        tf.py_function(3, [], tf.float32)


def test_integer_results_have_no_slope():
    x = tf.constant([3.0, 5.0])
    y, count = tf.py_function(lambda a: [a * a, len(a)], [x], [tf.float32, tf.int32])
    assert run(tf.gradients(y, x)[0]).tolist() == [6, 10]
    assert run(count) == 2
