"""From Python values to tensors: dtypes, packing, the registry of conversion functions."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.core import convert


@pytest.fixture(autouse=True)
def registry():
    """Forget the conversion functions that a test registers."""
    before = list(convert._registry)
    yield
    convert._registry[:] = before
    convert._functions_of.clear()


@pytest.mark.parametrize(
    ("value", "options", "dtype", "shape"),
    [
        ([1, 2.5], {}, "float32", [2]),
        ([True, 2], {}, "int32", [2]),
        (2, {"dtype": tf.float32}, "float32", []),
        (2, {"preferred_dtype": tf.float32}, "float32", []),
        (2, {"dtype_hint": tf.float64}, "float64", []),
        ("x", {"preferred_dtype": tf.float32}, "string", []),
        (1.5, {"preferred_dtype": tf.int32}, "float32", []),
        (2**31, {}, "int64", []),
        ([], {}, "float32", [0]),
        (1 + 2j, {}, "complex128", []),
        (b"x", {}, "string", []),
        (np.float64(3.5), {}, "float64", []),
        (np.ones([2, 3], np.int8), {}, "int8", [2, 3]),
        (tf.TensorShape([2, 3]), {}, "int32", [2]),
        (tf.TensorShape([2]), {"dtype": tf.int64}, "int64", [1]),
        (tf.Dimension(7), {}, "int32", []),
    ],
)
def test_values(value, options, dtype, shape):
    tensor = tf.convert_to_tensor(value, **options)
    assert (tensor.dtype.name, tensor.shape.as_list()) == (dtype, shape)


@pytest.mark.parametrize(
    ("value", "options", "error"),
    [
        ([[1], [2, 3]], {}, ValueError),
        (None, {}, ValueError),
        ([None], {}, TypeError),
        ("a", {"dtype": tf.int32}, TypeError),
        (1.5, {"dtype": tf.int32}, TypeError),
        (object(), {}, TypeError),
        ([1, "a"], {}, TypeError),
        (tf.TensorShape([2, None]), {}, ValueError),
        (tf.TensorShape([2]), {"dtype": tf.float32}, TypeError),
        (tf.Dimension(None), {}, ValueError),
    ],
)
def test_values_that_do_not_convert(value, options, error):
    with pytest.raises(error):
        tf.convert_to_tensor(value, **options)


def test_names():
    assert tf.convert_to_tensor(3).name == "Const:0"
    assert tf.convert_to_tensor(3, name="three").name == "three:0"
    assert tf.convert_to_tensor(tf.TensorShape([3])).name == "shape_as_tensor:0"


def test_a_tensor_is_returned_as_it_is():
    x = tf.constant(1.0)
    assert tf.convert_to_tensor(x) is x
    assert tf.convert_to_tensor(x, preferred_dtype=tf.int32) is x
    with pytest.raises(ValueError, match="float32, but int32 is required"):
        tf.convert_to_tensor(x, dtype=tf.int32)


def test_nested_lists_with_tensors_are_packed():
    a = tf.constant(7.0, name="a")
    flat = tf.convert_to_tensor([a, 2])
    nested = tf.convert_to_tensor([[a, 1], [2, 3]])
    column = tf.convert_to_tensor(([a], (a,)))
    assert [t.name for t in (flat, nested, column)] == ["packed:0", "packed_1:0", "packed_2:0"]
    assert nested.op.type == "Pack"
    with tf.Session() as session:
        values = session.run([flat, nested, column])
    for value, wanted in zip(values, ([7, 2], [[7, 1], [2, 3]], [[7], [7]]), strict=True):
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, wanted)


def test_lists_that_do_not_pack():
    a, i = tf.constant(1.0), tf.constant(1)
    for value, error in (([a, [1]], ValueError), ([i, 2.5], TypeError), ([i, a], TypeError)):
        with pytest.raises(error):
            tf.convert_to_tensor(value)


class Celsius:
    def __init__(self, degrees):
        self.degrees = degrees


def in_kelvin(value, dtype=None, name=None, as_ref=False):
    return tf.constant(value.degrees + 273.0, dtype, name=name)


def test_a_registered_type_converts_alone_in_lists_and_as_an_input():
    tf.register_tensor_conversion_function(Celsius, in_kelvin)
    warm = Celsius(20.0)
    with tf.Session() as session:
        assert session.run(tf.convert_to_tensor(warm)) == 293.0
        assert session.run(tf.constant(1.0) + warm) == 294.0
        np.testing.assert_array_equal(session.run(tf.stack([warm, 1.0])), [293, 1])
    assert tf.convert_to_tensor(warm, tf.float64).dtype == tf.float64


def test_priorities_and_functions_that_decline():
    asked = []

    def declining(name):
        def convert(value, dtype=None, name_=name, as_ref=False, **_):
            asked.append(name_)
            return NotImplemented

        return convert

    tf.register_tensor_conversion_function(Celsius, declining("late"), priority=200)
    tf.register_tensor_conversion_function(Celsius, declining("first of 100"))
    tf.register_tensor_conversion_function((Celsius, dict), declining("second of 100"))
    tf.register_tensor_conversion_function(Celsius, declining("early"), priority=10)
    tf.register_tensor_conversion_function(Celsius, in_kelvin, priority=300)
    tf.convert_to_tensor(Celsius(1.0))
    assert [name for name in asked if name] == asked
    assert asked == ["early", "first of 100", "second of 100", "late"]


def test_functions_that_return_something_else():
    tf.register_tensor_conversion_function(Celsius, lambda *_, **__: 3, priority=1)
    with pytest.raises(RuntimeError, match="no Tensor"):
        tf.convert_to_tensor(Celsius(1.0))
    convert._registry.clear()
    convert._functions_of.clear()
    tf.register_tensor_conversion_function(Celsius, lambda *_, **__: tf.constant(3))
    with pytest.raises(RuntimeError, match=r"int32 tensor .* where float32 was asked for"):
        tf.convert_to_tensor(Celsius(1.0), tf.float32)


@pytest.mark.parametrize("arguments", [(3, in_kelvin), ((), in_kelvin), (Celsius, "no function")])
def test_registrations_that_are_refused(arguments):
    with pytest.raises(TypeError):
        tf.register_tensor_conversion_function(*arguments)
