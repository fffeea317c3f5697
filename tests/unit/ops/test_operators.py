"""The operators of tensors: op types, names, and what they do with other operands."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture
def x():
    return tf.constant([[1.0, 2.0], [3.0, 4.0]], name="x")


@pytest.mark.parametrize(
    ("make", "op_type", "name", "constant"),
    [
        (lambda x: x + 1, "AddV2", "add", "add/y"),
        (lambda x: 1 + x, "AddV2", "add", "add/x"),
        (lambda x: x - 1, "Sub", "sub", "sub/y"),
        (lambda x: 1 - x, "Sub", "sub", "sub/x"),
        (lambda x: x * 2, "Mul", "mul", "mul/y"),
        (lambda x: x / 2, "RealDiv", "truediv", "truediv/y"),
        (lambda x: 2 / x, "RealDiv", "truediv", "truediv/x"),
        (lambda x: x // 2, "FloorDiv", "floordiv", "floordiv/y"),
        (lambda x: x % 2, "FloorMod", "mod", "mod/y"),
        (lambda x: x**2, "Pow", "pow", "pow/y"),
        (lambda x: 2**x, "Pow", "pow", "pow/x"),
        (lambda x: x @ [[1], [2]], "MatMul", "matmul", "matmul/y"),
        (lambda x: x < 2, "Less", "Less", "Less/y"),
        (lambda x: x > 2, "Greater", "Greater", "Greater/y"),
        (lambda x: x <= 2, "LessEqual", "LessEqual", "LessEqual/y"),
        (lambda x: x >= 2, "GreaterEqual", "GreaterEqual", "GreaterEqual/y"),
    ],
)
def test_op_type_and_names(x, make, op_type, name, constant):
    result = make(x)
    assert (result.op.type, result.op.name) == (op_type, name)
    inputs = [tensor.op.name for tensor in result.op.inputs]
    assert sorted(inputs) == sorted(["x", constant])
    assert all(tensor.dtype == tf.float32 for tensor in result.op.inputs)


@pytest.mark.parametrize(
    ("make", "op_type", "name"),
    [
        (lambda p, q: p & q, "LogicalAnd", "and"),
        (lambda p, q: p | q, "LogicalOr", "or"),
        (lambda p, q: p ^ q, "LogicalAnd", "xor"),
        (lambda p, q: ~p, "LogicalNot", "LogicalNot"),
    ],
)
def test_logical_operators(make, op_type, name):
    p, q = tf.constant([True, True, False]), tf.constant([True, False, False])
    result = make(p, q)
    assert (result.op.type, result.op.name) == (op_type, name)


def test_negation_and_absolute_value(x):
    assert ((-x).op.type, (-x).op.name) == ("Neg", "Neg_1")
    assert (abs(x).op.type, abs(x).op.name) == ("Abs", "Abs_1")


def test_values(x):
    with tf.Session() as session:
        assert session.run(7 - x).tolist() == [[6, 5], [4, 3]]
        assert session.run(x % 3).tolist() == [[1, 2], [0, 1]]
        assert session.run(12 / x).tolist() == [[12, 6], [4, 3]]
        assert session.run(x @ [[10.0], [1.0]]).tolist() == [[12], [34]]


def test_integers_divide_to_float64():
    quotient = tf.constant([7, -7]) / 2
    assert quotient.dtype == tf.float64
    assert (tf.constant([7], tf.int8) / 2).dtype == tf.float32
    assert tf.Session().run(quotient).tolist() == [3.5, -3.5]


def test_strings_are_joined_by_add():
    joined = tf.constant(["a", "b"]) + "c"
    assert joined.op.type == "Add"
    assert tf.Session().run(joined).tolist() == [b"ac", b"bc"]


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(TypeError, match=r"float32.*int32"):
        tf.constant([1, 2]) + 1.5


def test_dtypes_do_not_mix(x):
    with pytest.raises(TypeError, match="float64"):
        x + tf.constant(1.0, tf.float64)


def test_numpy_arrays_on_the_left(x):
    result = np.asarray([[1.0, 2.0]], np.float32) + x
    assert isinstance(result, tf.Tensor)
    assert tf.Session().run(result).tolist() == [[2, 4], [4, 6]]


def test_classes_that_know_tensors_may_take_over(x):
    class Matrix:
        def __radd__(self, other):
            return "taken over", other

    result = x + Matrix()
    assert result == ("taken over", x)


def test_equality_is_identity(x):
    other = tf.identity(x)
    assert x == x
    assert x != other
    assert len({x, other}) == 2
