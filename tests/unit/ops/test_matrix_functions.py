"""Functions of whole matrices agree with scipy's and numpy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import graphflow as tf
from graphflow.testing import check_gradient

RANDOM = np.random.RandomState(7)
X = RANDOM.normal(size=(2, 3, 3))
DEFICIENT = np.outer([1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 2.0])


def _run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_expm(scale: float):
    x = scale * (X - X.swapaxes(1, 2))
    np.testing.assert_allclose(_run(tf.linalg.expm(x)), scipy.linalg.expm(x), atol=1e-12)


@pytest.mark.parametrize("x", [X, X + 1j * X[::-1]])
def test_sqrtm_and_logm(x):
    x = x + 4 * np.eye(3)
    root, logarithm = _run([tf.linalg.sqrtm(x), tf.linalg.logm(x + 0j)])
    np.testing.assert_allclose(root @ root, x)
    np.testing.assert_allclose(scipy.linalg.expm(logarithm), x, atol=1e-12)


def test_matrices_without_result_do_not_spoil_others():
    x = np.stack([[[4.0, 0.0], [0.0, 9.0]], [[-4.0, 0.0], [0.0, 9.0]], [[np.inf, 0.0], [0.0, 1.0]]])
    root = _run(tf.linalg.sqrtm(x))
    np.testing.assert_allclose(root[0], [[2, 0], [0, 3]])
    assert np.isnan(root[1:]).all()


@pytest.mark.parametrize("shape", [(4, 3), (None, 3), None])
def test_pinv(shape):
    a = tf.placeholder(tf.float64, shape)
    result = tf.linalg.pinv(a, validate_args=True)
    np.testing.assert_allclose(_run(result, {a: DEFICIENT}), np.linalg.pinv(DEFICIENT), atol=1e-12)
    if shape is not None:
        assert result.shape.as_list() == [3, shape[0]]


def test_pinv_leaves_out_what_is_small():
    a = np.stack([np.diag([4.0, 1.0]), np.diag([2.0, 4.0])])
    expected = [np.diag([0.25, 0]), np.diag([0.5, 0.25])]
    np.testing.assert_allclose(_run(tf.linalg.pinv(a, rcond=[0.3, 0.4])), expected)


@pytest.mark.parametrize("shape", [(4, 3), None])
def test_matrix_rank(shape):
    a = tf.placeholder(tf.float64, shape)
    fetches = [tf.linalg.matrix_rank(a), tf.linalg.matrix_rank(a, tol=100.0)]
    assert _run(fetches, {a: DEFICIENT}) == [1, 0]


def test_the_rank_of_vectors_is_refused():
    with pytest.raises(ValueError, match="two axes"):
        tf.linalg.matrix_rank([1.0, 2.0])
    with pytest.raises(TypeError, match="floating"):
        tf.linalg.pinv([[1, 2]])
    with pytest.raises(TypeError, match="floating"):
        tf.linalg.pinv([[1j, 2]])
    vector = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError):
        _run(tf.linalg.pinv(vector, validate_args=True), {vector: [1.0, 2.0]})


def test_gradient_of_pinv():
    check_gradient(lambda x: tf.linalg.pinv(x), X[0, :, :2], order=2)
