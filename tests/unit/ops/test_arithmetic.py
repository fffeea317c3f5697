"""What generic checks of arithmetic cannot prove: static shapes, special values, gradients."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def test_shape_arithmetic_is_static():
    x = tf.placeholder(tf.float32, [None, 4, 6])
    rows = tf.shape(x)[1] * 2 + 1
    columns = (tf.shape(x)[2] - 1) // 2
    assert tf.zeros([rows, columns, tf.shape(x)[0]]).shape.as_list() == [9, 2, None]


def test_static_arithmetic_stays_within_the_dtype():
    large = tf.constant(2**31 - 1) + 1
    assert tf.Session().run(large) == -(2**31)


def test_the_gradient_of_a_broadcast_bias():
    x = tf.placeholder(tf.float32, [None, 2])
    bias = tf.constant([0.5, 1.0])
    by_x, by_bias = tf.gradients(x * bias, [x, bias])
    values = tf.Session().run([by_x, by_bias], {x: [[1, 2], [3, 4], [5, 6]]})
    assert values[0].tolist() == [[0.5, 1.0]] * 3
    assert values[1].tolist() == [9, 12]
    # x has the shape of the result whatever the batch is: only the bias needs a sum.
    types = [op.type for op in tf.get_default_graph().get_operations()]
    assert types.count("BroadcastGradientArgs") == 1
    assert types.count("Sum") == 1


def test_equal_shapes_need_no_sum():
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0, 5.0])
    tf.gradients(x - y, [x, y])
    types = {op.type for op in tf.get_default_graph().get_operations()}
    assert "BroadcastGradientArgs" not in types


def test_at_a_tie_the_first_operand_gets_the_gradient():
    x, y = tf.constant([1.0, 2.0, 3.0]), tf.constant([3.0, 2.0, 1.0])
    for function in (tf.maximum, tf.minimum):
        by_x, by_y = tf.Session().run(tf.gradients(function(x, y), [x, y]))
        assert (by_x[1], by_y[1]) == (1, 0)


def test_the_gradient_of_powers_of_zero():
    x, y = tf.constant([0.0, 0.0]), tf.constant([2.0, 1.0])
    by_x, by_y = tf.Session().run(tf.gradients(tf.pow(x, y), [x, y]))
    assert by_x.tolist() == [0, 1]
    assert by_y.tolist() == [0, 0]


def test_large_negative_numbers_have_sigmoid_zero():
    result = tf.Session().run(tf.sigmoid([-1000.0, 1000.0]))
    assert result.tolist() == [0, 1]


def test_rounding_goes_to_the_even_neighbour():
    assert tf.Session().run(tf.round([0.5, 1.5, 2.5, -0.5])).tolist() == [0, 2, 2, 0]
    integers = tf.constant([1, 2])
    assert tf.round(integers) is integers


def test_complex_gradients_are_conjugate():
    x = tf.constant([1 + 2j, 3 - 1j])
    (slope,) = tf.gradients(x * (2 + 1j), x, grad_ys=tf.constant([1 + 0j, 1 + 0j]))
    assert tf.Session().run(slope).tolist() == [2 - 1j, 2 - 1j]


def test_the_gradient_of_an_absolute_value_of_zero_is_zero():
    x = tf.constant([3 + 4j, 0j])
    (slope,) = tf.gradients(tf.abs(x), x)
    np.testing.assert_allclose(tf.Session().run(slope), [0.6 + 0.8j, 0])


def test_add_n_of_one_tensor_is_the_tensor():
    x = tf.constant([1.0])
    assert tf.add_n([x]) is x
    assert tf.add_n([x], name="sum").op.type == "Identity"
    with pytest.raises(ValueError, match="at least one"):
        tf.add_n([])


def test_accumulate_n_checks_dtype_and_shape():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(TypeError, match="float32"):
        tf.accumulate_n([x, x], tensor_dtype=tf.int32)
    with pytest.raises(ValueError, match="not compatible"):
        tf.accumulate_n([x, x], shape=[3])


def test_scalar_mul_takes_scalars_only():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(ValueError, match="must be a scalar"):
        tf.scalar_mul([2.0], x)
    slices = tf.IndexedSlices(x, tf.constant([0, 3]))
    assert tf.Session().run(tf.scalar_mul(2.0, slices).values).tolist() == [2, 4]


def test_equality_of_other_shapes():
    x, y = tf.constant([1, 2]), tf.constant([1, 2, 3])
    with pytest.raises(ValueError, match="do not broadcast"):
        tf.equal(x, y)


def test_running_products_in_both_directions():
    x = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    forward = tf.cumprod(x, axis=1, exclusive=True)
    backward = tf.cumprod(x, axis=-1, reverse=True)
    values = tf.Session().run([forward, backward])
    assert values[0].tolist() == [[1, 1, 2], [1, 4, 20]]
    assert values[1].tolist() == [[6, 6, 3], [120, 30, 6]]
