"""Symbolic differentiation: values worked out by hand, structure of the graph, errors."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.convert import IndexedSlices
from graphflow.core.gradients import _registered


def value(fetches):
    with tf.Session() as session:
        return session.run(fetches)


@pytest.fixture
def registry():
    """Forget the gradients that a test registers."""
    before = dict(_registered)
    yield
    _registered.clear()
    _registered.update(before)


def test_several_ys_and_xs():
    x, w = tf.constant([1.0, 2.0]), tf.constant([3.0, 5.0])
    dx, dw = value(tf.gradients([x * w, x * x], [x, w]))
    np.testing.assert_array_equal(dx, [5, 9])  # w + 2x
    np.testing.assert_array_equal(dw, [1, 2])


def test_names_and_types_of_the_nodes():
    x, w = tf.constant([1.0, 2.0], name="x"), tf.constant([3.0, 5.0], name="w")
    before = tf.get_default_graph().version
    tf.gradients(tf.multiply(x, w, name="mul"), [x, w])
    new = tf.get_default_graph().get_operations()[before + 1 :]
    assert [(op.name, op.type) for op in new] == [
        ("gradients/Shape", "Const"),
        ("gradients/grad_ys_0", "Const"),
        ("gradients/Fill", "Fill"),
        ("gradients/mul_grad/Mul", "Mul"),
        ("gradients/mul_grad/Mul_1", "Mul"),
    ]


def test_an_intermediate_x_and_a_y_that_feeds_another():
    x = tf.constant(3.0)
    y = x * x
    z = 2.0 * y
    dx, dy = value(tf.gradients([y, z], [x, y]))
    assert (dx, dy) == (18.0, 3.0)  # (1 + 2) * 2x and 1 + 2


def test_grad_ys():
    x = tf.constant([1.0, 2.0, 3.0])
    (dx,) = tf.gradients([x * x, 5.0 * x], x, grad_ys=[tf.constant([1.0, 10.0, 100.0]), None])
    np.testing.assert_array_equal(value(dx), [2 + 5, 40 + 5, 600 + 5])
    with pytest.raises(ValueError, match="1 ys but 2 grad_ys"):
        tf.gradients(x, x, grad_ys=[None, None])
    with pytest.raises(ValueError, match="shape"):
        tf.gradients(x, x, grad_ys=[tf.constant([1.0, 2.0])])


def test_stop_gradients():
    x = tf.constant(3.0)
    y = x * x
    z = x + 7.0 * y
    assert value(tf.gradients(z, [x, y], stop_gradients=[y])) == [1.0, 7.0]
    assert value(tf.gradients(z, [x])) == [43.0]
    assert value(tf.gradients(x + 7.0 * tf.stop_gradient(y), [x])) == [1.0]


def test_unconnected_gradients():
    x, other = tf.constant([1.0, 2.0]), tf.constant([[3.0, 4.0, 5.0]])
    assert tf.gradients(x, other) == [None]
    (zero,) = tf.gradients(x, other, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    np.testing.assert_array_equal(value(zero), [[0, 0, 0]])
    with pytest.raises(ValueError, match="nonsense"):
        tf.gradients(x, x, unconnected_gradients="nonsense")


def test_integers_pass_no_gradient():
    x, i = tf.constant(2.0), tf.constant(3)
    assert tf.gradients(i, x) == [None]
    assert tf.gradients(x, i) == [None]
    assert tf.gradients(tf.argmax([x, x]), x) == [None]
    assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x) == [None]
    assert tf.gradients([], x) == [None]
    assert tf.gradients(x, []) == []
    with pytest.raises(TypeError, match="bool"):
        tf.gradients(x > 1.0, x)
    with pytest.raises(TypeError, match="grad_ys"):
        tf.gradients(tf.complex(x, x), x)


def test_gradients_of_gradients():
    x = tf.constant(2.0)
    y = x**4.0
    derivatives = [y]
    for _ in range(3):
        derivatives.append(tf.gradients(derivatives[-1], x)[0])
    np.testing.assert_allclose(value(derivatives), [16, 32, 48, 48], rtol=1e-6)


def test_hessians():
    x = tf.constant([2.0, 3.0])
    (hessian,) = tf.hessians(x[0] * x[0] * x[1] + x[1] ** 3.0, x)
    np.testing.assert_allclose(value(hessian), [[6, 4], [4, 18]], rtol=1e-6)


def test_indexed_slices_stay_sparse_and_add_up():
    table = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y = tf.gather(table, [2, 0]) * 3.0 + tf.gather(table, [2, 2]) * 10.0
    (grad,) = tf.gradients(y, table)
    assert isinstance(grad, IndexedSlices)
    indices, values = value([grad.indices, grad.values])
    dense = np.zeros([3, 2])
    np.add.at(dense, indices, values)
    np.testing.assert_array_equal(dense, [[3, 3], [0, 0], [23, 23]])
    np.testing.assert_array_equal(value(tf.convert_to_tensor(grad)), dense)


def test_sparse_and_dense_gradients_add_up_densely():
    table = tf.constant([[1.0], [3.0], [5.0]])
    (grad,) = tf.gradients([tf.gather(table, [1, 1]), table * 10.0], table)
    assert isinstance(grad, tf.Tensor)
    np.testing.assert_array_equal(value(grad), [[10], [12], [10]])


def test_gate_gradients_and_aggregation_methods_give_the_same():
    x, w = tf.constant(3.0), tf.constant(5.0)
    for method in (None, 0, 1, 2):
        for gate in (False, True):
            grads = tf.gradients(
                x * w + x * x, [x, w], gate_gradients=gate, aggregation_method=method
            )
            assert value(grads) == [11.0, 3.0]
    with pytest.raises(ValueError, match="aggregation_method"):
        tf.gradients(x, x, aggregation_method=9)


def test_colocated_gradients():
    with tf.device("/job:ps/device:GPU:3"):
        x = tf.constant(3.0)
        y = tf.square(x)
    (grad,) = tf.gradients(y, x, colocate_gradients_with_ops=True)
    assert grad.device == "/job:ps/device:GPU:3"


def test_registered_gradients_by_name(registry):
    @tf.RegisterGradient("TwiceForTest")
    def _twice(op, grad):
        return 2.0 * grad

    x = tf.constant(3.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "TwiceForTest"}):
        y = tf.identity(x)
    assert value(tf.gradients([y, tf.identity(x)], x)) == [3.0]
    with pytest.raises(KeyError, match="TwiceForTest"):
        tf.RegisterGradient("TwiceForTest")(_twice)
    with pytest.raises(KeyError, match="MatMul"):
        tf.no_gradient("MatMul")
    with pytest.raises(TypeError):
        tf.RegisterGradient(3)


@pytest.mark.parametrize(
    ("op_type", "function", "other", "expected"),
    [
        ("Sign", tf.sign, "Identity", [2.0, 3.0]),
        ("Round", tf.round, "Identity", [2.0, 3.0]),
        ("Sign", tf.sign, "Relu", [0.0, 3.0]),
        ("Exp", tf.exp, "Tanh", [2.0 * (1 - np.exp(-1.0)), 3.0 * (1 - np.exp(2.0))]),
    ],
)
def test_gradients_of_other_ops_by_name(op_type, function, other, expected):
    x = tf.constant([-0.5, 1.0])
    with tf.get_default_graph().gradient_override_map({op_type: other}):
        y = function(x)
    (grad,) = tf.gradients(y, x, grad_ys=[[2.0, 3.0]])
    np.testing.assert_allclose(value(grad), expected, rtol=1e-6)


def test_no_gradient_stops_silently(registry):
    tf.no_gradient("StopForTest")
    x = tf.constant(3.0)
    with tf.get_default_graph().gradient_override_map({"Square": "StopForTest"}):
        y = tf.square(x)
    assert tf.gradients(y, x) == [None]


def test_a_name_without_gradient():
    x = tf.constant(3.0)
    with tf.get_default_graph().gradient_override_map({"Square": "Nowhere"}):
        y = tf.square(x)
    with pytest.raises(LookupError, match=r"'Nowhere'.*Square"):
        tf.gradients(y, x)


def test_gradient_functions_that_return_too_few_or_wrong_shapes(registry):
    @tf.RegisterGradient("TooFewForTest")
    def _too_few(op, grad):
        return [grad]

    @tf.RegisterGradient("WrongShapeForTest")
    def _wrong_shape(op, grad):
        return [tf.zeros([7]), None]

    x = tf.constant([3.0, 4.0])
    for name, text in (("TooFewForTest", "1 gradients for 2"), ("WrongShapeForTest", "shape")):
        with tf.get_default_graph().gradient_override_map({"Mul": name}):
            y = tf.multiply(x, x)
        with pytest.raises(ValueError, match=text):
            tf.gradients(y, x)


def test_tensors_of_two_graphs():
    x = tf.constant(3.0)
    with tf.Graph().as_default():
        y = tf.constant(4.0)
    with pytest.raises(ValueError, match="same graph"):
        tf.gradients(y, x)


def test_a_chain_longer_than_the_stack():
    length = 50_000
    assert length > sys.getrecursionlimit()
    x = tf.constant(2.0)
    y = x
    for _ in range(length):
        y = tf.negative(y)
    before = tf.get_default_graph().version
    (grad,) = tf.gradients(y, x)
    new = tf.get_default_graph().get_operations()[before:]
    assert sum(op.type == "Neg" for op in new) == length
    assert len(new) < length + 10
    assert value(grad) == 1.0
