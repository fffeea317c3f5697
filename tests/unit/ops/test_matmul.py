"""Which op multiplies matrices, and products along axes."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.mark.parametrize(
    ("shape_a", "shape_b", "op_type"),
    [
        ([2, 3], [3, 4], "MatMul"),
        ([5, 2, 3], [5, 3, 4], "BatchMatMulV2"),
        ([2, 3], [5, 3, 4], "BatchMatMulV2"),
        (None, [3, 4], "BatchMatMulV2"),
    ],
)
def test_the_rank_decides(shape_a, shape_b, op_type):
    product = tf.matmul(tf.placeholder(tf.float32, shape_a), tf.placeholder(tf.float32, shape_b))
    assert (product.op.type, product.op.name) == (op_type, "MatMul")


def test_transposes_and_adjoints():
    a = np.asarray([[1 + 1j, 2], [3, 4 - 2j]])
    b = np.asarray([[2, 1j], [1, 3]])
    with tf.Session() as session:
        for left in (a, np.stack([a, 2 * a])):
            swapped = np.swapaxes(left, -1, -2)
            plain = session.run(tf.matmul(left, b, transpose_a=True))
            np.testing.assert_allclose(plain, swapped @ b)
            adjoint = session.run(tf.matmul(left, b, adjoint_a=True, transpose_b=True))
            np.testing.assert_allclose(adjoint, swapped.conj() @ b.T)
    with pytest.raises(ValueError, match="exclude each other"):
        tf.matmul(a, b, transpose_b=True, adjoint_b=True)


def test_hints_of_sparsity_change_the_op_only():
    a, b = np.float32([[0, 2]]), np.float32([[3], [4]])
    product = tf.matmul(a, b, a_is_sparse=True)
    assert product.op.type == "SparseMatMul"
    assert tf.Session().run(product).tolist() == [[8]]


def test_short_floats_are_accumulated_in_float32():
    ones = tf.ones([1, 4000], tf.float16)
    assert tf.Session().run(tf.matmul(ones, ones, transpose_b=True)).tolist() == [[4000]]


def test_batches_of_unknown_size_have_gradients():
    x, y = tf.placeholder(tf.float32, [None, 2, 3]), tf.placeholder(tf.float32, [3, 1])
    (by_y,) = tf.gradients(tf.matmul(x, y), y)
    values = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    result = tf.Session().run(by_y, {x: values, y: np.ones((3, 1), np.float32)})
    np.testing.assert_allclose(result[:, 0], values.sum(axis=(0, 1)))


@pytest.mark.parametrize("axes", [0, 1, 2, [[1], [0]], [[2, 1], [1, 0]], [[-1], [1]], ([0], [2])])
@pytest.mark.parametrize("is_static", [True, False])
def test_tensordot(axes, is_static):
    a = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
    b = np.arange(24, dtype=np.float64).reshape(3, 4, 2) - 5
    if axes == 1:
        b = b.transpose(1, 0, 2)
    shapes = (a.shape, b.shape) if is_static else (None, None)
    x, y = tf.placeholder(tf.float64, shapes[0]), tf.placeholder(tf.float64, shapes[1])
    expected = np.tensordot(a, b, axes)
    product = tf.tensordot(x, y, axes)
    if is_static:
        assert product.shape.as_list() == list(expected.shape)
    np.testing.assert_allclose(tf.Session().run(product, {x: a, y: b}), expected)


def test_tensordot_of_partly_known_shapes():
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [3, None, 2])
    product = tf.tensordot(x, y, 1)
    assert product.shape.as_list() == [None, None, 2]
    a, b = np.ones((4, 3), np.float32), np.ones((3, 5, 2), np.float32)
    assert tf.Session().run(product, {x: a, y: b}).shape == (4, 5, 2)


def test_tensordot_refuses_what_does_not_fit():
    a, b = tf.ones([2, 3]), tf.ones([3, 2])
    with pytest.raises(ValueError, match="pairs 2 axes"):
        tf.tensordot(a, b, [[0, 1], [0]])
    with pytest.raises(ValueError, match="does not exist"):
        tf.tensordot(a, b, [[2], [0]])
    with pytest.raises(ValueError, match="must not be negative"):
        tf.tensordot(a, b, -1)
