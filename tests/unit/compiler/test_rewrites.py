"""Rewrites of a run's steps for known shapes: what is left, and that the values are the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import graphflow as tf

_ONE_THREAD: dict[str, Any] = {"inter_op_parallelism_threads": 1}
_RUNS = 6  # three are measured before the line of rewritten steps is in use


def run(fetches: Any, feeds: dict[Any, Any]) -> tuple[list[Any], Counter[str]]:
    """Return the values, and how many steps of each type the line has."""
    with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
        session.run(tf.global_variables_initializer())
        first = session.run(fetches, feeds)
        for _ in range(_RUNS):
            values = session.run(fetches, feeds)
        for value, other in zip(values, first, strict=True):
            np.testing.assert_array_equal(value, other)
        *_, plan = session._plans.values()
        (found,) = plan.variants.values()
        assert found.line is not None
        return values, Counter(unit.step.op.type for unit in found.line.units)


def test_gradients_of_broadcasts_that_were_none_take_no_steps() -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.placeholder(tf.float32, [None, 3])
    gradients = tf.gradients(tf.exp(x * y), [x, y])
    a = np.asarray([[1, -2, 0.5], [0, 1, 2]], np.float32)
    values, types = run(gradients, {x: a, y: a + 1})
    np.testing.assert_allclose(values[0], np.exp(a * (a + 1)) * (a + 1), rtol=1e-6)
    assert types["Sum"] == 0


def test_a_sum_over_no_axis_between_steps_is_left_out() -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    axes = tf.range(tf.rank(x), 2)
    y = tf.exp(tf.reshape(tf.reduce_sum(-x, axes), tf.shape(x)))
    a = np.asarray([[1, -2, 0.5], [0, 1, 2]], np.float32)
    (value,), types = run([y], {x: a})
    np.testing.assert_array_equal(value, np.exp(-a))
    assert types["Sum"] == types["Reshape"] == 0


def test_a_slice_whose_bounds_are_fed_is_still_checked() -> None:
    x = tf.placeholder(tf.float32, [2])
    begin = tf.placeholder(tf.int32, [1])
    y = -tf.slice(x, begin, [2])
    with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
        for _ in range(_RUNS):
            assert session.run(y, {x: [1, 2], begin: [0]}).tolist() == [-1, -2]
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(y, {x: [1, 2], begin: [1]})


def test_what_is_fetched_is_no_array_of_the_feed() -> None:
    x = tf.placeholder(tf.float32, [2])
    y = tf.tile(x, [1])
    fed = np.asarray([1, 2], np.float32)
    with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
        for _ in range(_RUNS):
            found = session.run(y, {x: fed})
            found[0] = 7
    assert fed.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_the_gradient_of_shared_weights_is_one_sum_of_products(dtype: tf.DType) -> None:
    x = tf.placeholder(dtype, [4, 3])
    matrix = np.asarray([[0.5, -1, 0.25], [1, 0.5, -0.5], [0.25, 0, 1]])
    weights = tf.Variable(matrix.astype(dtype.as_numpy_dtype))
    y = x
    for _ in range(3):
        y = tf.matmul(y, weights)
    gradient = tf.gradients(y, weights)[0]
    a = np.arange(12).reshape(4, 3).astype(dtype.as_numpy_dtype) / 4
    (value,), types = run([gradient], {x: a})
    ones = np.ones((4, 3))
    expected = sum(
        np.linalg.matrix_power(matrix.T, i) @ a.T @ ones @ np.linalg.matrix_power(matrix.T, 2 - i)
        for i in range(3)
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert types["_SumOfProducts"] == 1
    assert types["AddN"] == 0


def test_products_that_others_read_stay_steps() -> None:
    x = tf.placeholder(tf.float32, [2, 2])
    y = tf.placeholder(tf.float32, [2, 2])
    product = tf.matmul(x, y)
    total = tf.add_n([product, tf.matmul(y, x), tf.matmul(x, x)])
    a, b = np.asarray([[1, 2], [3, 5]], np.float32), np.asarray([[0, -1], [2, 1]], np.float32)
    values, types = run([total, tf.exp(product)], {x: a, y: b})
    np.testing.assert_array_equal(values[0], a @ b + b @ a + a @ a)
    assert types["AddN"] == 1
    assert types["MatMul"] == 3
