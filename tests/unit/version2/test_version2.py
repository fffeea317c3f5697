"""`tf.compat.v2`."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import graphflow as tf
from graphflow.launcher.internal.util_tf_inspect import getfullargspec

two = tf.compat.v2


def test_arguments_stand_where_tensorflow_2_has_them():
    assert list(inspect.signature(two.gather).parameters)[3:5] == ["axis", "batch_dims"]
    assert list(inspect.signature(two.shape).parameters) == ["input", "out_type", "name"]
    assert list(inspect.signature(two.where).parameters) == ["condition", "x", "y", "name"]
    assert list(inspect.signature(two.reduce_sum).parameters)[2] == "keepdims"


def test_names_that_are_the_same_are_the_same_functions():
    assert two.matmul is tf.matmul
    assert two.math.log is tf.math.log
    assert two.linalg.cholesky is tf.linalg.cholesky
    assert two.float32 is tf.float32


def test_what_only_tensorflow_1_has_is_not_there():
    for name in ("placeholder", "Session", "get_variable", "to_float"):
        assert not hasattr(two, name)


def test_a_variable_is_a_resource():
    variable = two.Variable([1.0, 4.0], True, name="w")
    assert not variable.dtype._is_ref_dtype
    assert isinstance(variable, two.Variable)
    assert isinstance(tf.Variable(1.0), two.Variable)
    assert not isinstance(tf.constant(1.0), two.Variable)
    with tf.Session() as session:
        session.run(variable.initializer)
        np.testing.assert_array_equal(session.run(variable.assign_add([0.5, 2])), [1.5, 6])


def test_a_constant_is_not_filled_up():
    with pytest.raises(TypeError, match="2 elements, the shape 6"):
        two.constant([1, 2], shape=[2, 3])
    with tf.Session() as session:
        np.testing.assert_array_equal(
            session.run(two.constant(4, shape=[2, 3])), np.full((2, 3), 4)
        )


def test_a_failed_check_gives_the_message():
    x = tf.placeholder(tf.float32, [2])
    check = two.debugging.assert_less(x, [2.0, 3.0], "too much")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="too much"):
        session.run(check, {x: [1.0, 4.0]})


def test_arguments_have_no_annotations_for_programs_that_compare_them():
    def own(input, out_type=tf.int32, name=None):
        return input, out_type, name

    assert getfullargspec(two.shape) == getfullargspec(own)
