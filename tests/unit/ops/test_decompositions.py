"""Decompositions of matrices: that they are some, and gradients that samples cannot check."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient

RANDOM = np.random.RandomState(5)
REAL = RANDOM.normal(size=(2, 4, 4))
COMPLEX = REAL + 1j * RANDOM.normal(size=(2, 4, 4))


def _run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


def _adjoint(matrix):
    return matrix.swapaxes(-1, -2).conj()


def _symmetric(x):
    """A positive definite matrix for any matrix."""
    return tf.matmul(x, x, adjoint_b=True)


@pytest.mark.parametrize("x", [REAL, COMPLEX])
def test_cholesky(x):
    matrix = x @ _adjoint(x)
    chol = _run(tf.cholesky(matrix))
    np.testing.assert_allclose(chol @ _adjoint(chol), matrix)
    np.testing.assert_array_equal(np.triu(chol, 1), 0)


@pytest.mark.parametrize("x", [REAL[0, :3, :3], COMPLEX[0, :2, :2]])
def test_gradient_of_cholesky(x):
    check_gradient(lambda x: tf.cholesky(_symmetric(x)), x, order=2)


@pytest.mark.parametrize("x", [REAL, COMPLEX])
def test_lu(x):
    lu, p = _run(tf.linalg.lu(x))
    lower, upper = np.tril(lu, -1) + np.eye(4), np.triu(lu)
    for index in range(2):
        np.testing.assert_allclose((lower @ upper)[index], x[index, p[index]])


@pytest.mark.parametrize("full_matrices", [False, True])
@pytest.mark.parametrize("shape", [(4, 3), (3, 4)])
@pytest.mark.parametrize("x", [REAL, COMPLEX])
def test_svd(x, shape, full_matrices: bool):
    x = x[:, : shape[0], : shape[1]]
    s, u, v = _run(tf.svd(x, full_matrices))
    assert s.dtype == np.float64
    np.testing.assert_allclose((u[..., :3] * s[:, None]) @ _adjoint(v[..., :3]), x)
    for vectors in (u, v):
        np.testing.assert_allclose(
            _adjoint(vectors) @ vectors, [np.eye(vectors.shape[-1])] * 2, atol=1e-12
        )
    np.testing.assert_allclose(_run(tf.svd(x, compute_uv=False)), s)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3)])
@pytest.mark.parametrize("full_matrices", [False, True])
def test_gradient_of_svd_where_signs_cancel(shape, full_matrices: bool):
    weights = np.arange(1.0, 1.0 + max(shape))

    def invariant(x):
        s, u, v = tf.svd(x, full_matrices)
        kinds = [tf.square(vectors) * weights[: vectors.shape[-1]] for vectors in (u, v)]
        return [s, *kinds]

    check_gradient(invariant, REAL[0, : shape[0], : shape[1]], order=2)


def test_gradient_of_complex_svd_where_phases_cancel():
    def invariant(x):
        s, u, v = tf.svd(x)
        return [s, u * tf.conj(u), tf.matmul(u, v, adjoint_b=True)]

    check_gradient(invariant, COMPLEX[0, :3, :2])


def test_gradient_of_complex_eigenvectors_where_phases_cancel():
    def invariant(x):
        e, v = tf.self_adjoint_eig(_symmetric(x))
        return [e, v * tf.conj(v)]

    check_gradient(invariant, COMPLEX[0, :3, :3], order=2)


@pytest.mark.parametrize("x", [REAL, COMPLEX])
def test_self_adjoint_eig(x):
    matrix = x + _adjoint(x)
    e, v = _run(tf.linalg.eigh(matrix))
    np.testing.assert_allclose(matrix @ v, v * e[:, None], atol=1e-12)
    assert (np.diff(e.real) > 0).all()
    np.testing.assert_allclose(_run(tf.linalg.eigvalsh(matrix)), e)


def test_matrices_that_are_not_finite_have_no_singular_values():
    x = REAL.copy()
    x[1, 2, 0] = np.inf
    s, u, _ = _run(tf.svd(x))
    np.testing.assert_allclose(s[0], np.linalg.svd(x[0], compute_uv=False))
    assert np.isnan(s[1]).all()
    assert np.isnan(u[1]).all()


def test_undetermined_gradients_are_refused():
    x = tf.placeholder(tf.float64, [4, 2])
    with pytest.raises(NotImplementedError, match="full_matrices"):
        tf.gradients(tf.svd(x, full_matrices=True)[1], x)
    with pytest.raises(NotImplementedError, match="full_matrices"):
        tf.gradients(tf.qr(x, full_matrices=True)[0], x)
