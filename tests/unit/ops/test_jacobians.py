"""Jacobians against formulas."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops
from graphflow.launcher.aliases import module_of

X = np.array([[1.0, 2.0, -3.0], [0.5, -1.0, 4.0]])


def test_a_jacobian_has_a_row_for_each_element():
    x, other = tf.constant(X), tf.constant(3.0)
    y = tf.matmul(x, x, transpose_b=True)
    found = ops.jacobian(y, {"x": x, "other": other})
    assert found["other"] is None
    assert found["x"].shape.as_list() == [2, 2, 2, 3]
    # d(x_i . x_j) / d x_kl = [i = k] x_jl + [j = k] x_il
    eye = np.eye(2)
    expected = np.einsum("ik,jl->ijkl", eye, X) + np.einsum("jk,il->ijkl", eye, X)
    np.testing.assert_allclose(tf.Session().run(found["x"]), expected)
    zeros = ops.jacobian(y, other, unconnected_gradients="zero")
    np.testing.assert_array_equal(tf.Session().run(zeros), np.zeros([2, 2]))


def test_a_jacobian_by_a_variable_and_of_unknown_shape():
    v = tf.Variable([2.0, 5.0])
    x = tf.placeholder(tf.float32, [None])
    found = ops.jacobian(x * v[0] + tf.reduce_sum(v * v), v)
    with tf.Session() as session:
        session.run(v.initializer)
        rows = session.run(found, {x: [3.0, -1.0, 4.0]})
    np.testing.assert_allclose(rows, [[7.0, 10.0], [3.0, 10.0], [8.0, 10.0]])


@pytest.mark.parametrize("shape", [[2, 3], [None, 3], None])
def test_a_batch_jacobian_has_a_matrix_for_each_row(shape):
    x = tf.placeholder_with_default(X, shape if shape is not None else [None, None])
    y = tf.stack([x[:, 0] * x[:, 1], tf.sin(x[:, 2])], axis=1)
    expected = np.zeros([2, 2, 3])
    expected[:, 0, 0], expected[:, 0, 1], expected[:, 1, 2] = X[:, 1], X[:, 0], np.cos(X[:, 2])
    found = module_of("python.ops.parallel_for.gradients").batch_jacobian(y, x)
    np.testing.assert_allclose(tf.Session().run(found), expected)
    assert module_of("python.ops.parallel_for.gradients").jacobian(y, x).shape.ndims == 4


def test_batches_that_do_not_fit():
    with pytest.raises(ValueError, match=r"first dimensions of .* differ"):
        ops.batch_jacobian(tf.zeros([2, 1]), tf.zeros([3, 1]))
    assert ops.batch_jacobian(tf.zeros([2, 1]), tf.zeros([2, 1])) is None
