"""Identity operators, and multiples of them."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import as_dtype, float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import (
    Hint,
    always,
    assert_no_zeros,
    assert_positive_real_part,
    assert_real,
    floating_tensor,
    hints_of,
)


class LinearOperatorIdentity(LinearOperator):
    """An identity matrix, or a batch of them.

    Args:
      num_rows: integer scalar, how many rows and columns there are.
      batch_shape: integer vector, the shape of the batch; by default there is one matrix.
      dtype: the dtype, float32 by default.
      is_non_singular: True, if given; so are all hints.
      is_self_adjoint: True, if given.
      is_positive_definite: True, if given.
      is_square: True, if given.
      assert_proper_shapes: whether to check in the run that sizes are not negative and that
        arguments have `num_rows` rows, where this is not known before.
      name: name of the operator.

    Raises:
      ValueError: a hint is False, or the arguments are no sizes.
      TypeError: the arguments are no integers.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorIdentity(2, batch_shape=[2])
    >>> tf.Session().run(operator.matvec([3.0, 5.0]))
    array([[3., 5.],
           [3., 5.]], dtype=float32)
    """

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: Hint = True,
        is_self_adjoint: Hint = True,
        is_positive_definite: Hint = True,
        is_square: Hint = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        self._checks_sizes = assert_proper_shapes
        with name_scope(name, type(self).__name__, [num_rows, batch_shape]):
            self._num_rows = shapes.size_argument(num_rows, "num_rows", assert_proper_shapes)
            self._batch = shapes.sizes_argument(batch_shape, "batch_shape", assert_proper_shapes)
        super().__init__(
            as_dtype(dtype or float32),
            graph_parents=[self._num_rows, self._batch],
            is_non_singular=always(is_non_singular, "an identity is always non-singular"),
            is_self_adjoint=always(is_self_adjoint, "an identity is always self-adjoint"),
            is_positive_definite=always(
                is_positive_definite, "an identity is always positive definite"
            ),
            is_square=always(is_square, "an identity is always square"),
            name=name,
        )

    def _shape(self) -> TensorShape:
        rows = shapes.known_size(self._num_rows)
        return shapes.known_shape(self._batch).concatenate([rows, rows])

    def _shape_tensor(self) -> Tensor:
        return ops.concat([self._batch, [self._num_rows, self._num_rows]], 0)

    def _assert_non_singular(self) -> Operation:
        return ops.no_op()

    def _assert_positive_definite(self) -> Operation:
        return ops.no_op()

    def _assert_self_adjoint(self) -> Operation:
        return ops.no_op()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        del adjoint
        x = shapes.adjoint_if(adjoint_arg, x)
        if self._checks_sizes:
            x = shapes.checked_rows(x, self._num_rows, x)
        return shapes.repeated(x, self.batch_shape_tensor(), self.batch_shape)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _determinant(self) -> Tensor:
        return ops.ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return ops.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _diag_part(self) -> Tensor:
        return ops.ones(self.shape_tensor()[:-1], dtype=self.dtype)

    def _trace(self) -> Tensor:
        return ops.cast(self._num_rows, self.dtype) * self._determinant()

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor.

        Args:
          mat: a tensor of the operator's dtype whose shape broadcasts with the operator's.
          name: name scope of the operations.

        Returns:
          A tensor [..., n, n].

        Raises:
          TypeError: the dtypes differ.
        """
        with self._name_scope(name, [mat]):
            mat = self._of_same_dtype(mat, "mat")
            return _added_to_diagonal(self, mat, ops.ones([], dtype=self.dtype))


class LinearOperatorScaledIdentity(LinearOperator):
    """A multiple of an identity matrix, or a batch of them.

    Args:
      num_rows: integer scalar, how many rows and columns there are.
      multiplier: float or complex, of the shape of the batch.
      is_non_singular: whether no multiplier is 0.
      is_self_adjoint: whether the multipliers are real; True for a real dtype.
      is_positive_definite: whether all multipliers have positive real parts.
      is_square: True, if given.
      assert_proper_shapes: whether to check in the run that `num_rows` is not negative and that
        arguments have `num_rows` rows, where this is not known before.
      name: name of the operator.

    Raises:
      ValueError: `is_square` is False, or `is_self_adjoint` is for a real dtype, or `num_rows` is
        no size.
      TypeError: `num_rows` is no integer.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorScaledIdentity(3, multiplier=2.0)
    >>> tf.Session().run([operator.matvec([1.0, 3.0, 5.0]), operator.determinant()])
    [array([ 2.,  6., 10.], dtype=float32), np.float32(8.0)]
    """

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        self._checks_sizes = assert_proper_shapes
        self._given = multiplier
        with name_scope(name, type(self).__name__, [num_rows, multiplier]):
            self._num_rows = shapes.size_argument(num_rows, "num_rows", assert_proper_shapes)
            self._multiplier = floating_tensor(multiplier, "multiplier", 0)
        if not self._multiplier.dtype.is_complex:
            is_self_adjoint = always(
                is_self_adjoint, "a real multiple of an identity is always self-adjoint"
            )
        super().__init__(
            self._multiplier.dtype,
            graph_parents=[self._num_rows, self._multiplier],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=always(is_square, "a multiple of an identity is always square"),
            name=name,
        )

    @property
    def multiplier(self) -> Tensor:
        """What the identity is multiplied by."""
        return self._multiplier

    def _shape(self) -> TensorShape:
        rows = shapes.known_size(self._num_rows)
        return self._multiplier.shape.concatenate([rows, rows])

    def _shape_tensor(self) -> Tensor:
        return ops.concat([ops.shape(self._multiplier), [self._num_rows, self._num_rows]], 0)

    def _assert_non_singular(self) -> Operation:
        return assert_no_zeros(self._multiplier, "Singular operator: a multiplier was zero.")

    def _assert_positive_definite(self) -> Operation:
        return assert_positive_real_part(
            self._multiplier, "Not positive definite: a multiplier had no positive real part."
        )

    def _assert_self_adjoint(self) -> Operation:
        return assert_real(self._multiplier, "Not self-adjoint: a multiplier was not real.")

    def _scale(self, adjoint: bool) -> Tensor:
        scale = ops.conj(self._multiplier) if adjoint else self._multiplier
        return scale[..., None, None]

    def _argument_matrix(self, x: Tensor, adjoint_arg: bool) -> Tensor:
        x = shapes.adjoint_if(adjoint_arg, x)
        return shapes.checked_rows(x, self._num_rows, x) if self._checks_sizes else x

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._argument_matrix(x, adjoint_arg) * self._scale(adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._argument_matrix(rhs, adjoint_arg) / self._scale(adjoint)

    def _determinant(self) -> Tensor:
        return ops.pow(self._multiplier, ops.cast(self._num_rows, self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        logarithm = ops.cast(ops.log(ops.abs(self._multiplier)), self.dtype)
        return ops.cast(self._num_rows, self.dtype) * logarithm

    def _diag_part(self) -> Tensor:
        ones = ops.ones(ops.expand_dims(self._num_rows, 0), dtype=self.dtype)
        return shapes.as_columns(self._multiplier) * ones

    def _trace(self) -> Tensor:
        return self._multiplier * ops.cast(self._num_rows, self.dtype)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor.

        Args:
          mat: a tensor of the operator's dtype whose shape broadcasts with the operator's.
          name: name scope of the operations.

        Returns:
          A tensor [..., n, n].

        Raises:
          TypeError: the dtypes differ.
        """
        with self._name_scope(name, [mat]):
            return _added_to_diagonal(self, self._of_same_dtype(mat, "mat"), self._multiplier)


def _added_to_diagonal(operator: LinearOperator, matrix: Tensor, multiplier: Tensor) -> Tensor:
    matrix = shapes.broadcast_with(matrix, operator.shape_tensor(), operator.shape)
    diagonal = ops.matrix_diag_part(matrix) + shapes.as_columns(multiplier)
    return ops.matrix_set_diag(matrix, diagonal)


@algebra.adjoint.register(LinearOperatorIdentity)
@algebra.inverse.register(LinearOperatorIdentity)
@algebra.cholesky.register(LinearOperatorIdentity)
def _(operator: LinearOperatorIdentity) -> LinearOperatorIdentity:
    return operator


def _scaled(
    operator: LinearOperatorScaledIdentity, multiplier: Tensor, is_non_singular: Hint = None
) -> LinearOperatorScaledIdentity:
    hints = hints_of(operator, is_non_singular)
    return LinearOperatorScaledIdentity(operator.domain_dimension_tensor(), multiplier, **hints)


@algebra.adjoint.register(LinearOperatorScaledIdentity)
def _(operator: LinearOperatorScaledIdentity) -> LinearOperatorScaledIdentity:
    return _scaled(operator, ops.conj(operator.multiplier))


@algebra.inverse.register(LinearOperatorScaledIdentity)
def _(operator: LinearOperatorScaledIdentity) -> LinearOperatorScaledIdentity:
    return _scaled(operator, ops.reciprocal(operator.multiplier), is_non_singular=True)


@algebra.cholesky.register(LinearOperatorScaledIdentity)
def _(operator: LinearOperatorScaledIdentity) -> LinearOperatorScaledIdentity:
    return _scaled(operator, ops.sqrt(operator.multiplier), is_non_singular=True)
