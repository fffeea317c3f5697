"""`tensorflow.python.ops.linalg.linear_operator_util`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.linear_operators.hints import assert_no_zeros, assert_real
from graphflow.linear_operators.shapes import same_batches


def assert_no_entries_with_modulus_zero(
    x: Any, message: str | None = None, name: str = "assert_no_entries_with_modulus_zero"
) -> Operation:
    """Check in a run that no element is zero.

    Args:
      x: tensor of numbers.
      message: what to say if one is.
      name: a name for the operations.

    Returns:
      The operation that checks it.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(assert_no_entries_with_modulus_zero([1.0, -4.0]))
    """
    with name_scope(name, values=[x]):
        return assert_no_zeros(convert_to_tensor(x, name="x"), message or "an element is zero")


def assert_zero_imag_part(
    x: Any, message: str | None = None, name: str = "assert_zero_imag_part"
) -> Operation:
    """Check in a run that all elements are real.

    Args:
      x: tensor of real or complex numbers.
      message: what to say if one is not.
      name: a name for the operations.

    Returns:
      The operation that checks it; for real dtypes it does nothing.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     session.run(assert_zero_imag_part([1 + 0j, -4 + 0j]))
    """
    with name_scope(name, values=[x]):
        return assert_real(convert_to_tensor(x, name="x"), message or "an element is not real")


def broadcast_matrix_batch_dims(
    batch_matrices: Sequence[Any], name: str | None = None
) -> list[Tensor]:
    """Repeat matrices so that all have the same batch shape.

    Args:
      batch_matrices: tensors [..., rows, columns] of one dtype.
      name: a name for the operations.

    Raises:
      ValueError: one of them has fewer than two axes.

    >>> import graphflow as tf
    >>> one, two = broadcast_matrix_batch_dims([tf.ones([3, 1, 2, 4]), tf.ones([5, 1, 1])])
    >>> one.shape.as_list(), two.shape.as_list()
    ([3, 5, 2, 4], [3, 5, 1, 1])
    """
    with name_scope(name or "broadcast_matrix_batch_dims", values=list(batch_matrices)):
        matrices = [convert_to_tensor(matrix) for matrix in batch_matrices]
        for matrix in matrices:
            if matrix.shape.rank is not None and matrix.shape.rank < 2:
                raise ValueError(f"{matrix!r} is no matrix: it has fewer than two axes")
        return same_batches(matrices)


def matrix_triangular_solve_with_broadcast(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Solve triangular systems of equations whose batch shapes broadcast.

    Args:
      matrix: tensor [..., M, M] of floats or complex numbers.
      rhs: tensor [..., M, K] of the same dtype.
      lower: whether the part below the diagonal counts, else that above.
      adjoint: whether to solve with the adjoint of the matrix.
      name: a name for the operations.

    Returns:
      A tensor [..., M, K].

    >>> import graphflow as tf
    >>> solution = matrix_triangular_solve_with_broadcast(
    ...     [[2.0, 0.0], [1.0, 4.0]], [[[2.0], [9.0]], [[4.0], [2.0]]])
    >>> tf.Session().run(solution).tolist()
    [[[1.0], [2.0]], [[2.0], [0.0]]]
    """
    with name_scope(name, "MatrixTriangularSolve", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, dtype=matrix.dtype, name="rhs")
        matrix, rhs = broadcast_matrix_batch_dims([matrix, rhs])
        return ops.matrix_triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint)


def shape_tensor(shape: Any, name: str | None = None) -> Tensor:
    """Convert a shape to a tensor: without dimensions it is int32 as well.

    Args:
      shape: a list of numbers, or a tensor.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> shape_tensor([]).dtype, shape_tensor([2, 4]).dtype
    (tf.int32, tf.int32)
    """
    is_empty = isinstance(shape, (tuple, list)) and not shape
    return convert_to_tensor(shape, dtype=int32 if is_empty else None, name=name)
