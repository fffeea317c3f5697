"""Roots of symmetric matrices by iterations that take nothing but products."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor


def _power(matrix: Tensor, exponent: int) -> Tensor:
    """A matrix to the power of a positive integer, by squaring."""
    half = exponent // 2
    if not half:
        return matrix
    root = _power(matrix, half)
    squared = ops.matmul(root, root)
    return ops.matmul(squared, matrix) if exponent % 2 else squared


def matrix_square_root(
    mat_a: Any, mat_a_size: Any, iter_count: int = 100, ridge_epsilon: float = 1e-4
) -> Tensor:
    """Compute the root of a symmetric matrix without negative eigenvalues (Higham, 1997).

    Args:
      mat_a: floating [n, n].
      mat_a_size: n.
      iter_count: how many iterations there are at most.
      ridge_epsilon: is added to the diagonal.

    Returns:
      A tensor like `mat_a`.

    >>> import graphflow as tf
    >>> root = matrix_square_root([[5.0, 4.0], [4.0, 5.0]], 2, ridge_epsilon=0.0)
    >>> tf.Session().run(root).round(3)
    array([[2., 1.],
           [1., 2.]], dtype=float32)
    """
    mat_a = convert_to_tensor(mat_a)
    identity = ops.eye(mat_a_size, dtype=mat_a.dtype)
    mat_a = mat_a + ridge_epsilon * identity
    norm = ops.norm(mat_a)

    def error_of(root: Tensor) -> Tensor:
        return ops.norm(mat_a - norm * ops.matmul(root, root)) / norm

    def improves(i: Tensor, *state: Tensor) -> Tensor:
        *_, error, error_before = state
        return ops.logical_and(ops.less(i, iter_count), ops.less(error, error_before))

    def iterate(i: Tensor, root: Tensor, inverse: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        _, error, _ = state
        factor = 0.5 * (3.0 * identity - ops.matmul(inverse, root))
        better = ops.matmul(root, factor)
        return i + 1, better, ops.matmul(factor, inverse), root, error_of(better), error

    start = mat_a / norm
    error = error_of(start)
    states = [0, start, identity, start, error, error + 1.0]
    best = ops.while_loop(improves, iterate, states)[3]
    result: Tensor = best * ops.sqrt(norm)
    return result


def matrix_inverse_pth_root(
    mat_g: Any,
    mat_g_size: Any,
    alpha: float,
    iter_count: int = 100,
    epsilon: float = 1e-6,
    ridge_epsilon: float = 1e-6,
) -> Tensor:
    """Compute a symmetric positive matrix to the power of -1/p (Guo and Higham, 2006).

    Args:
      mat_g: floating [n, n].
      mat_g_size: n.
      alpha: -1/p, with a positive integer p.
      iter_count: how many iterations there are at most.
      epsilon: how near to the identity the product with the inverse must be.
      ridge_epsilon: is added to the diagonal.

    Returns:
      A tensor like `mat_g`.

    Raises:
      ValueError: `alpha` is not the negative of a fraction 1/p.

    >>> import graphflow as tf
    >>> root = matrix_inverse_pth_root([[5.0, 3.0], [3.0, 5.0]], 2, -1 / 3)
    >>> cube = tf.matmul(root, tf.matmul(root, root))
    >>> tf.Session().run(tf.matrix_inverse(cube)).round(2)
    array([[5., 3.],
           [3., 5.]], dtype=float32)
    """
    order = round(-1.0 / alpha)
    if order < 1 or abs(order * alpha + 1) > 1e-6:
        raise ValueError(f"alpha must be -1/p for a positive integer p, not {alpha}")
    mat_g = convert_to_tensor(mat_g)
    if mat_g_size == 1:
        return ops.pow(mat_g + ridge_epsilon, alpha)
    identity = ops.eye(mat_g_size, dtype=mat_g.dtype)
    damped = mat_g + ridge_epsilon * identity
    scale = (1 + order) / (2 * ops.norm(damped))

    def is_far(i: Tensor, product: Tensor, _: Tensor) -> Tensor:
        distance = ops.reduce_max(ops.abs(product - identity))
        return ops.logical_and(ops.less(i, iter_count), ops.greater(distance, epsilon))

    def iterate(i: Tensor, product: Tensor, root: Tensor) -> tuple[Tensor, ...]:
        factor = (1 - alpha) * identity + alpha * product
        return i + 1, ops.matmul(_power(factor, order), product), ops.matmul(root, factor)

    start = [0, damped * scale, identity * ops.pow(scale, -alpha)]
    _, _, root = ops.while_loop(is_far, iterate, start)
    result: Tensor = root
    return result
