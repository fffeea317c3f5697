from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops import to_array


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, tf.int32),
        (2**31 - 1, tf.int32),
        (2**31, tf.int64),
        ([1, -(2**40)], tf.int64),
        (1.5, tf.float32),
        ([1, 2.5], tf.float32),
        (True, tf.bool),
        ([True, 2], tf.int32),
        (1j, tf.complex128),
        ("é", tf.string),
        ([b"a\0", "bc"], tf.string),
        ([], tf.float32),
        (range(3), tf.int32),
        (np.float64(1), tf.float64),
        ([np.float64(1)], tf.float32),
        (np.arange(3), tf.int64),
        ([np.float16(1)], tf.float16),
        (np.asarray(["a"]), tf.string),
        ([np.zeros(2)], tf.float32),
        (tf.TensorShape([2, 3]), tf.int32),
        ([tf.Dimension(2), 3], tf.int32),
    ],
)
def test_natural_dtype(value, dtype):
    array, found = to_array(value, None)
    assert found is dtype
    assert array.dtype == dtype.numpy


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (1, tf.float32, 1.0),
        (True, tf.int32, 1),
        (2, tf.complex64, 2),
        (np.asarray(1.75), tf.int32, 1),
        (2**70, tf.float64, 2.0**70),
        (3, tf.bfloat16, 3),
    ],
)
def test_wanted_dtype(value, dtype, expected):
    array, found = to_array(value, dtype)
    assert (array.dtype, found) == (dtype.numpy, dtype)
    assert array == expected


@pytest.mark.parametrize(
    ("value", "dtype", "error"),
    [
        (1.5, tf.int32, TypeError),
        (1, tf.bool, TypeError),
        (1, tf.string, TypeError),
        ("a", tf.float32, TypeError),
        (1j, tf.float32, TypeError),
        (np.asarray(1j), tf.float32, TypeError),
        (2**70, None, TypeError),
        (2**70, tf.int32, TypeError),
        ([1, "a"], None, TypeError),
        ([1, None], None, TypeError),
        ({}, None, TypeError),
        (None, None, ValueError),
        ([[1], [2, 3]], None, ValueError),
        ([["a"], ["b", "c"]], None, ValueError),
        ([[1], 2], None, ValueError),
    ],
)
def test_refused_values(value, dtype, error):
    with pytest.raises(error):
        to_array(value, dtype)


def test_integers_wrap_around_as_numpy_s_did(caplog):
    x = tf.constant([3, -5])
    values = [x * 2**31, x + (2**32 + 7), tf.constant([-1, 300], tf.uint8), tf.constant(-(2**63))]
    results = tf.Session().run(values)
    assert [result.tolist() for result in results] == [
        [-(2**31), -(2**31)],
        [10, 2],
        [255, 44],
        -(2**63),
    ]
    texts = [record.message.partition(" (")[0] for record in caplog.records]
    assert texts[0] == "2147483648 does not fit int32: it is taken modulo 2**32"
    assert texts[2] == "-1 does not fit uint8: it is taken modulo 2**8"


def test_strings_become_utf8_bytes_and_keep_trailing_zeros():
    array, _ = to_array(["é", b"a\0"], None)
    assert array.tolist() == ["é".encode(), b"a\0"]


def test_shape_fills_with_the_last_element():
    filled = tf.constant([1, 2], shape=[2, 2])
    assert tf.Session().run(filled).tolist() == [[1, 2], [2, 2]]
    assert tf.Session().run(tf.constant("x", shape=[2])).tolist() == [b"x", b"x"]
    assert tf.Session().run(tf.constant([], tf.int32, shape=[2])).tolist() == [0, 0]


def test_shape_that_does_not_fit():
    with pytest.raises(ValueError, match="too many elements"):
        tf.constant([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match="expected a value of shape"):
        tf.constant([1, 2], shape=[2, 2], verify_shape=True)
    with pytest.raises(ValueError, match="fully known"):
        tf.constant(1, shape=[None])


def test_an_empty_shape_takes_any_value():
    assert tf.Session().run(tf.constant(7, shape=[2, 0])).shape == (2, 0)


def test_a_constant_is_a_copy():
    source = np.asarray([1, 2])
    made = tf.constant(source)
    source[0] = 9
    assert tf.Session().run(made).tolist() == [1, 2]


def test_tensors_are_no_constants():
    with pytest.raises(TypeError, match=r"tf\.stack"):
        tf.constant([tf.constant(1), 2])


def test_lists_with_tensors_are_packed():
    packed = tf.convert_to_tensor([[tf.constant(1), 2], [3, 4]])
    assert packed.op.type == "Pack"
    assert tf.Session().run(packed).tolist() == [[1, 2], [3, 4]]


def test_large_zeros_are_filled_when_the_graph_runs():
    assert tf.zeros([30, 30]).op.type == "Const"
    assert tf.zeros([40, 50]).op.type == "Fill"
    assert tf.zeros([40, 50]).shape.as_list() == [40, 50]
    names = [op.name for op in tf.zeros([40, 50], name="z").graph.get_operations()]
    assert {"z", "z/shape_as_tensor", "z/Const"} <= set(names)


def test_shapes_with_tensors():
    size = tf.placeholder(tf.int32, [])
    ones = tf.ones([size, 3])
    assert ones.shape.as_list() == [None, 3]
    assert tf.Session().run(ones, {size: 2}).tolist() == [[1, 1, 1]] * 2
    assert tf.Session().run(tf.zeros(size), {size: 2}).tolist() == [0, 0]


@pytest.mark.parametrize("function", [tf.zeros_like, tf.ones_like])
def test_like_follows_a_shape_that_is_not_known(function):
    x = tf.placeholder(tf.float32, [None, 2])
    y = function(x, dtype=tf.int32)
    assert y.shape.as_list() == [None, 2]
    assert tf.Session().run(y, {x: np.ones([3, 2])}).shape == (3, 2)


def test_a_default_says_nothing_about_a_fed_value():
    shape = tf.placeholder_with_default([2, 3], [2])
    x = tf.reshape(tf.range(6), shape)
    assert x.shape.as_list() == [None, None]
    assert tf.Session().run(x, {shape: [3, 2]}).shape == (3, 2)


def test_a_placeholder_must_be_fed():
    x = tf.placeholder(tf.float32, [2], name="x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="must feed a value"):
        tf.Session().run(x + 1.0)


def test_range_takes_the_widest_dtype():
    assert tf.range(5).dtype is tf.int32
    assert tf.range(1, 3.5).dtype is tf.float32
    assert tf.range(tf.constant(1, tf.int64), 3).dtype is tf.int64
    assert tf.Session().run(tf.range(1, 3.5)).tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="delta must not be 0"):
        tf.range(1, 3, 0)


@pytest.mark.parametrize("feed", [False, True])
def test_eye_of_batches(feed):
    rows = tf.placeholder_with_default(2, []) if feed else 2
    matrix = tf.eye(rows, 3, batch_shape=[2])
    assert tf.Session().run(matrix).tolist() == [[[1, 0, 0], [0, 1, 0]]] * 2


def test_false_in_the_place_of_the_dtype_of_zeros_is_none():
    x = tf.placeholder_with_default([1.5, 2.5], [None])
    zeros = [tf.zeros_like(x, False), tf.zeros_like([1, 2, 3], False)]
    with tf.Session() as session:
        values = session.run(zeros)
    assert [value.dtype.name for value in values] == ["float32", "int32"]
