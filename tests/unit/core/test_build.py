"""Applying ops: what errors name, and where nodes go."""

from __future__ import annotations

import re

import pytest

import graphflow as tf


def test_dtypes_that_differ():
    x = tf.constant([1.0, 2.0], name="x")
    n = tf.constant([1, 2], name="n")
    with pytest.raises(TypeError, match=r"Mul\(\).*'n:0'.*int32.*float32.*'x'.*tf\.cast") as info:
        tf.multiply(x, n)
    assert re.search(r"at .*test_build\.py:\d+ in test_dtypes_that_differ", str(info.value))


def test_dtypes_that_an_op_does_not_take():
    with pytest.raises(TypeError, match=r"Sigmoid.*int32.*not one of"):
        tf.sigmoid(tf.constant(3))


def test_a_value_that_does_not_fit_the_dtype_of_a_tensor():
    with pytest.raises(TypeError, match="'y'"):
        tf.add(tf.constant(3), 2.5)
    with pytest.raises(ValueError, match="None; expected a tensor"):
        tf.add(tf.constant(3), None)


def test_shapes_that_do_not_fit():
    x, w = tf.zeros([2, 3], name="x"), tf.zeros([4, 5], name="w")
    text = r"MatMul\(.*\)\(x:0: float32\(2, 3\), w:0: float32\(4, 5\)\).*3.*4"
    with pytest.raises(ValueError, match=text) as info:
        tf.matmul(x, w)
    assert "test_build.py" in str(info.value)


def test_a_write_to_what_is_no_variable():
    with pytest.raises((TypeError, ValueError, AttributeError)):
        tf.assign(tf.constant(1.0), 2.0)


def test_a_failed_operation_leaves_the_graph_as_it_was():
    x, w = tf.zeros([2, 3]), tf.zeros([4, 5])
    before = tf.get_default_graph().version
    with pytest.raises(ValueError, match="MatMul"):
        tf.matmul(x, w)
    assert tf.get_default_graph().version == before


def test_nodes_go_to_the_graph_of_the_inputs():
    with tf.Graph().as_default() as graph:
        x = tf.constant(2.0)
    y = tf.multiply(x, 3.0)
    assert y.graph is graph
    with pytest.raises(ValueError, match="same graph"):
        tf.add(y, tf.constant(1.0))


def test_constants_made_from_values_have_names_below_the_operation():
    y = tf.multiply(tf.constant(2.0), 3.0, name="twice")
    assert [t.name for t in y.op.inputs] == ["Const:0", "twice/y:0"]
