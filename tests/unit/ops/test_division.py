"""Signs and zeros in divisions and remainders, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

_X = [7, -7, 7, -7, 6, -6]
_Y = [2, 2, -2, -2, 3, 3]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.floor_div, [3, -4, -4, 3, 2, -2]),
        (tf.floordiv, [3, -4, -4, 3, 2, -2]),
        (tf.div, [3, -4, -4, 3, 2, -2]),
        (tf.truncatediv, [3, -3, -3, 3, 2, -2]),
        (tf.floormod, [1, 1, -1, -1, 0, 0]),
        (tf.mod, [1, 1, -1, -1, 0, 0]),
        (tf.truncatemod, [1, -1, 1, -1, 0, 0]),
    ],
)
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_signs_of_integers(function, expected, dtype):
    result = tf.Session().run(function(tf.constant(_X, dtype), tf.constant(_Y, dtype)))
    assert result.tolist() == expected
    assert result.dtype == dtype.as_numpy_dtype


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.floor_div, [3, -4, -4, 3, 2, -2]),
        (tf.div, [3.5, -3.5, -3.5, 3.5, 2, -2]),
        (tf.floormod, [1, 1, -1, -1, 0, 0]),
        (tf.truncatemod, [1, -1, 1, -1, 0, 0]),
    ],
)
def test_signs_of_floats(function, expected):
    x, y = np.asarray(_X, np.float32), np.asarray(_Y, np.float32)
    assert tf.Session().run(function(x, y)).tolist() == expected


@pytest.mark.parametrize(
    "function", [tf.floor_div, tf.div, tf.truncatediv, tf.floormod, tf.truncatemod]
)
def test_integer_division_by_zero(function):
    divisor = tf.placeholder(tf.int32, [2])
    quotient = function(tf.constant([4, 5]), divisor)
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"),
    ):
        session.run(quotient, {divisor: [2, 0]})


def test_nothing_divided_by_zero_is_nothing():
    quotient = tf.floor_div(tf.zeros([0], tf.int32), 0)
    assert tf.Session().run(quotient).shape == (0,)


def test_floats_divided_by_zero():
    result = tf.Session().run(tf.floor_div([1.0, -1.0, 0.0], 0.0))
    np.testing.assert_array_equal(result, [np.inf, -np.inf, np.nan])


def test_floor_division_rounds_the_quotient():
    # 0.1 is a little more than a tenth; the rounded quotient is 10 nevertheless.
    assert tf.Session().run(tf.floor_div([1.0], 0.1)).tolist() == [10.0]


def test_no_nan_where_the_divisor_is_zero():
    x, y = tf.constant([3.0, 0.0, 3.0]), tf.constant([0.0, 0.0, 4.0])
    quotient = tf.div_no_nan(x, y)
    slopes = tf.gradients(quotient, [x, y])
    assert tf.Session().run(quotient).tolist() == [0, 0, 0.75]
    by_x, by_y = tf.Session().run(slopes)
    assert by_x.tolist() == [0, 0, 0.25]
    assert by_y.tolist() == [0, 0, -0.1875]


def test_quotients_of_python_numbers():
    assert tf.divide(1, 4) == 0.25
    named = tf.divide(tf.constant(1), 4, name="quarter")
    assert named.op.name == "quarter"
    assert tf.Session().run(named) == 0.25


def test_mixed_dtypes_are_refused():
    for function in (tf.div, tf.truediv):
        with pytest.raises(TypeError, match="one dtype"):
            function(tf.constant(1), tf.constant(2.0))


def test_integers_have_no_negative_powers():
    power = tf.pow(tf.constant([2, 3]), tf.placeholder_with_default([1, -1], [2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
        tf.Session().run(power)
