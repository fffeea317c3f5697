"""Linear systems: sizes, formats and gradients that samples do not cover."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.testing import check_gradient

RANDOM = np.random.RandomState(5)


def _run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("adjoint", [False, True])
def test_large_triangles(lower: bool, adjoint: bool):
    matrix = 3 * np.eye(50) + RANDOM.normal(size=(50, 50, 2)).view(complex)[..., 0] / 20
    rhs = RANDOM.normal(size=(3, 50, 2)) + 0j
    x = _run(tf.matrix_triangular_solve(matrix, rhs, lower, adjoint))
    triangle = np.tril(matrix) if lower else np.triu(matrix)
    np.testing.assert_allclose((triangle.conj().T if adjoint else triangle) @ x, rhs, atol=1e-12)


def test_errors_tell_which_large_triangle_has_no_inverse():
    matrices = np.stack([np.eye(40)] * 3)
    matrices[1, 7, 7] = 0
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"at \[1\] of the batch"):
        _run(tf.matrix_triangular_solve(matrices, matrices))


@pytest.mark.parametrize(
    ("function", "bad"),
    [
        (tf.matrix_inverse, [[1.0, 2.0], [2.0, 4.0]]),
        (tf.cholesky, [[1.0, 2.0], [2.0, 1.0]]),
        (lambda x: tf.matrix_solve(x, x), [[1.0, 2.0], [2.0, 4.0]]),
        (lambda x: tf.matrix_triangular_solve(x, x), [[1.0, 0.0], [2.0, 0.0]]),
    ],
)
def test_errors_tell_which_matrix_of_a_batch_is_refused(function, bad: list):
    matrices = np.stack([[np.eye(2)] * 3] * 2)
    matrices[1, 2] = bad
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"at \[1, 2\] of the batch"):
        _run(function(tf.placeholder_with_default(matrices, None)))


def test_cholesky_solve():
    x = RANDOM.normal(size=(2, 3, 3))
    matrix, rhs = x @ x.swapaxes(1, 2), RANDOM.normal(size=(2, 3, 2))
    solution = _run(tf.cholesky_solve(tf.cholesky(matrix), rhs))
    np.testing.assert_allclose(matrix @ solution, rhs)


def test_logdet_is_that_of_slogdet():
    x = RANDOM.normal(size=(2, 3, 3))
    matrix = x @ x.swapaxes(1, 2)
    logdet, (sign, logarithm) = _run([tf.linalg.logdet(matrix), tf.linalg.slogdet(matrix)])
    np.testing.assert_allclose(logdet, logarithm)
    np.testing.assert_array_equal(sign, 1)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4)])
@pytest.mark.parametrize("regularizer", [0.0, 0.5])
@pytest.mark.parametrize("is_complex", [False, True])
def test_gradients_of_least_squares(shape, regularizer: float, is_complex: bool):
    matrix, rhs = RANDOM.normal(size=shape), RANDOM.normal(size=(shape[0], 2))
    if is_complex:
        matrix, rhs = matrix + 1j * RANDOM.normal(size=shape), rhs * (1 - 2j)
    check_gradient(lambda a, b: apply(ops.MatrixSolveLs(), a, b, regularizer), matrix, rhs, order=2)
    composed = _run(tf.matrix_solve_ls(matrix, rhs, regularizer))
    np.testing.assert_allclose(_run(apply(ops.MatrixSolveLs(), matrix, rhs, regularizer)), composed)


def test_least_squares_of_unknown_shape():
    x = tf.placeholder(tf.float64)
    matrix = RANDOM.normal(size=(4, 2))
    solution = _run(tf.matrix_solve_ls(x, np.eye(4)), {x: matrix})
    np.testing.assert_allclose(solution, np.linalg.pinv(matrix), atol=1e-12)
    with pytest.raises(NotImplementedError, match="must be known"):
        tf.gradients(tf.matrix_solve_ls(x, np.eye(4)), x)


def test_deficient_least_squares_have_the_smallest_solution():
    matrix = np.outer([1.0, 2.0, 3.0], [1.0, -1.0])
    solution = _run(tf.matrix_solve_ls(matrix, np.eye(3), fast=False))
    np.testing.assert_allclose(solution, np.linalg.pinv(matrix), atol=1e-12)
    with pytest.raises(tf.errors.InvalidArgumentError, match="fast=False"):
        _run(tf.matrix_solve_ls(tf.placeholder_with_default(matrix, None), np.eye(3)))


@pytest.mark.parametrize("diagonals_format", ["compact", "sequence", "matrix", "short"])
def test_tridiagonal_formats(diagonals_format: str):
    upper, main, lower = RANDOM.normal(size=(3, 2, 5))
    main = main + 5
    matrices = np.stack([
        np.diag(main[i]) + np.diag(upper[i, :-1], 1) + np.diag(lower[i, 1:], -1) for i in range(2)
    ])  # fmt: skip
    diagonals = {
        "compact": np.stack([upper, main, lower], 1),
        "sequence": (upper, main, lower),
        "matrix": matrices,
        "short": (upper[:, :-1], main, lower[:, 1:]),
    }[diagonals_format]
    kind = diagonals_format.replace("short", "sequence")
    rhs = RANDOM.normal(size=(2, 5, 3))
    solution = _run(tf.linalg.tridiagonal_solve(diagonals, rhs, kind))
    np.testing.assert_allclose(matrices @ solution, rhs)
    product = _run(tf.linalg.tridiagonal_matmul(diagonals, rhs, kind))
    np.testing.assert_allclose(product, matrices @ rhs)
    single = _run(tf.linalg.tridiagonal_solve(diagonals, rhs[..., 0], kind))
    np.testing.assert_allclose(single, solution[..., 0])
    turned = tf.linalg.tridiagonal_solve(diagonals, rhs.swapaxes(1, 2), kind, transpose_rhs=True)
    np.testing.assert_allclose(_run(turned), solution)


def test_tridiagonal_refusals():
    with pytest.raises(ValueError, match="diagonals_format must be"):
        tf.linalg.tridiagonal_solve(np.ones([3, 4]), np.ones(4), "full")
    with pytest.raises(ValueError, match="three tensors"):
        tf.linalg.tridiagonal_solve(np.ones([3, 4]), np.ones(4), "sequence")
