"""Conversions between dtypes."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_floats_lose_what_is_behind_the_point():
    result = tf.Session().run(tf.cast([1.9, -1.9, 0.999, -7.5], tf.int32))
    assert result.tolist() == [1, -1, 0, -7]
    assert result.dtype == np.int32


def test_numbers_as_booleans_and_back():
    assert tf.Session().run(tf.cast([0.0, -0.5, 3.0], tf.bool)).tolist() == [False, True, True]
    assert tf.Session().run(tf.cast([True, False], tf.int64)).tolist() == [1, 0]


def test_complex_numbers_lose_the_imaginary_part():
    assert tf.Session().run(tf.cast(tf.constant([2 + 3j]), tf.float32)).tolist() == [2.0]
    assert tf.Session().run(tf.cast(tf.constant([3j, 2 + 0j]), tf.bool)).tolist() == [False, True]


def test_the_same_dtype_gives_the_same_tensor():
    x = tf.constant([1.0])
    assert tf.cast(x, tf.float32) is x


def test_names():
    x = tf.constant([1.0])
    assert tf.cast(x, tf.int32).op.name == "Cast"
    assert tf.to_float(tf.constant(3)).op.name == "ToFloat"
    assert tf.to_int32(x, name="number").op.name == "number"


def test_sparse_tensors_keep_their_indices():
    sparse = tf.SparseTensor([[1]], [2.5], [3])
    assert tf.cast(sparse, tf.int32).values.dtype == tf.int32
    assert tf.cast(sparse, tf.int32).indices is sparse.indices


def test_strings_are_refused():
    with pytest.raises(TypeError, match="string"):
        tf.cast(tf.constant("1"), tf.int32)
    with pytest.raises(TypeError, match="string"):
        tf.cast(tf.constant(1), tf.string)


def test_gradients_pass_between_floating_dtypes_only():
    x = tf.constant([1.5, 2.5])
    (slope,) = tf.gradients(tf.cast(x, tf.float64) * 3, x)
    assert slope.dtype == tf.float32
    assert tf.Session().run(slope).tolist() == [3, 3]
    assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x) == [None]


def test_saturation():
    assert tf.Session().run(tf.saturate_cast([-300.0, 300.7], tf.int8)).tolist() == [-128, 127]


def test_bits_of_smaller_and_larger_dtypes():
    bits = tf.bitcast(tf.constant([1, 256], tf.int32), tf.uint8)
    assert tf.Session().run(bits).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert tf.Session().run(tf.bitcast(bits, tf.int32)).tolist() == [1, 256]
    assert bits.op.get_attr("type") == tf.uint8


def test_static_values_pass_through():
    sizes = tf.cast(tf.shape(tf.placeholder(tf.float32, [None, 3])), tf.int64)
    assert tf.zeros(sizes).shape.as_list() == [None, 3]
