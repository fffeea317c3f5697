"""Zero operators."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import as_dtype, float32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import Hint, always, never


class LinearOperatorZeros(LinearOperator):
    """A matrix of zeros, or a batch of them.

    Args:
      num_rows: integer scalar, how many rows there are.
      num_columns: integer scalar, how many columns there are, by default `num_rows`.
      batch_shape: integer vector, the shape of the batch; by default there is one matrix.
      dtype: the dtype, float32 by default.
      is_non_singular: False, if given.
      is_self_adjoint: True for a square operator; must be set to False for others.
      is_positive_definite: False, if given.
      is_square: whether there are as many rows as columns; must be set to False for others.
      assert_proper_shapes: whether to check in the run that sizes are not negative and that
        arguments have as many rows as there are columns, where this is not known before.
      name: name of the operator.

    Raises:
      ValueError: a hint is wrong, or the arguments are no sizes.
      TypeError: the arguments are no integers.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorZeros(2, 3, is_square=False, is_self_adjoint=False)
    >>> tf.Session().run(operator.matvec([1.0, 2.0, 3.0]))
    array([0., 0.], dtype=float32)
    """

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: Hint = False,
        is_self_adjoint: Hint = True,
        is_positive_definite: Hint = False,
        is_square: Hint = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        self._checks_sizes = assert_proper_shapes
        if is_square:
            is_self_adjoint = always(
                is_self_adjoint, "a square operator of zeros is always self-adjoint"
            )
        with name_scope(name, type(self).__name__, [num_rows, num_columns, batch_shape]):
            self._num_rows = shapes.size_argument(num_rows, "num_rows", assert_proper_shapes)
            self._num_columns = (
                self._num_rows
                if num_columns is None
                else shapes.size_argument(num_columns, "num_columns", assert_proper_shapes)
            )
            self._batch = shapes.sizes_argument(batch_shape, "batch_shape", assert_proper_shapes)
        sizes = [shapes.known_size(size) for size in (self._num_rows, self._num_columns)]
        if is_square and None not in sizes and sizes[0] != sizes[1]:
            raise ValueError(
                f"{sizes[0]} rows and {sizes[1]} columns are not square: set is_square=False and "
                "is_self_adjoint=False"
            )
        super().__init__(
            as_dtype(dtype or float32),
            graph_parents=[self._num_rows, self._num_columns, self._batch],
            is_non_singular=never(is_non_singular, "an operator of zeros is always singular"),
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=never(
                is_positive_definite, "an operator of zeros is never positive definite"
            ),
            is_square=is_square,
            name=name,
        )

    def _shape(self) -> TensorShape:
        sizes = [shapes.known_size(self._num_rows), shapes.known_size(self._num_columns)]
        return shapes.known_shape(self._batch).concatenate(sizes)

    def _shape_tensor(self) -> Tensor:
        return ops.concat([self._batch, [self._num_rows, self._num_columns]], 0)

    def _assert_non_singular(self) -> Operation:
        raise InvalidArgumentError(None, None, f"{self.name}: zeros are always singular")

    def _assert_positive_definite(self) -> Operation:
        raise InvalidArgumentError(None, None, f"{self.name}: zeros are never positive definite")

    def _assert_self_adjoint(self) -> Operation:
        return ops.no_op()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rows, columns = self._num_rows, self._num_columns
        if adjoint:
            rows, columns = columns, rows
        x = shapes.adjoint_if(adjoint_arg, x)
        width = shapes.size_of(x, -1)
        zeros = ops.zeros(ops.concat([self.batch_shape_tensor(), [rows, width]], 0), self.dtype)
        result = shapes.repeated(zeros, shapes.dynamic_shape(x)[:-2], x.shape[:-2])
        return shapes.checked_rows(x, columns, result) if self._checks_sizes else result

    def _determinant(self) -> Tensor:
        return ops.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return ops.log(self._determinant())

    def _to_dense(self) -> Tensor:
        return ops.zeros(self.shape_tensor(), dtype=self.dtype)

    def _trace(self) -> Tensor:
        return self._determinant()

    def _diag_part(self) -> Tensor:
        shape = self.shape_tensor()
        length = ops.minimum(shape[-1], shape[-2])
        return ops.zeros(ops.concat([shape[:-2], [length]], 0), dtype=self.dtype)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor.

        Args:
          mat: a tensor of the operator's dtype whose shape broadcasts with the operator's.
          name: name scope of the operations.

        Returns:
          A tensor [..., m, n].

        Raises:
          TypeError: the dtypes differ.
        """
        with self._name_scope(name, [mat]):
            return self.to_dense() + self._of_same_dtype(mat, "mat")


@algebra.adjoint.register(LinearOperatorZeros)
def _(operator: LinearOperatorZeros) -> LinearOperatorZeros:
    # Only those that are not square come here.
    rows, columns = operator.domain_dimension_tensor(), operator.range_dimension_tensor()
    return zeros_like(operator, rows, columns, operator.batch_shape_tensor())


def zeros_like(
    operator: LinearOperator, num_rows: Tensor, num_columns: Tensor, batch_shape: Tensor
) -> LinearOperatorZeros:
    """Make an operator of zeros of another size and the same dtype."""
    rows, columns = shapes.known_size(num_rows), shapes.known_size(num_columns)
    is_square = rows is not None and rows == columns
    return LinearOperatorZeros(
        num_rows,
        num_columns,
        batch_shape=batch_shape,
        dtype=operator.dtype,
        is_square=is_square,
        is_self_adjoint=is_square,
    )
