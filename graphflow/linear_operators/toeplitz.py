"""Toeplitz operators."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.circulant import LinearOperatorCirculant, complex_dtype
from graphflow.linear_operators.hints import Hint, always, floating_tensor


class LinearOperatorToeplitz(LinearOperator):
    """A Toeplitz matrix: one whose diagonals are constant.

    Products are computed by Fourier transforms, of the circulant matrix that contains this one.

    Args:
      col: float or complex [..., n], the first column.
      row: of the same dtype [..., n], the first row; its first element is ignored.
      is_non_singular: whether there is an inverse.
      is_self_adjoint: whether it equals its conjugate transpose.
      is_positive_definite: whether it is positive definite.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: the sizes differ, or a hint is wrong.
      TypeError: the dtypes differ.

    Source: Gray, "Toeplitz and circulant matrices: a review", 2006.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorToeplitz([1.0, 2.0, 3.0], [1.0, -4.0, -6.0])
    >>> tf.Session().run(operator.to_dense())
    array([[ 1., -4., -6.],
           [ 2.,  1., -4.],
           [ 3.,  2.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        col: Any,
        row: Any,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorToeplitz",
    ) -> None:
        self._given = (col, row)
        with name_scope(name, type(self).__name__, [row, col]):
            self._row = floating_tensor(row, "row", 1)
            self._col = floating_tensor(col, "col", 1)
        row_size, col_size = (shapes.dimension_of(x.shape, -1) for x in (self._row, self._col))
        if not row_size.is_compatible_with(col_size):
            raise ValueError(f"col and row must be equally long, not {col_size} and {row_size}")
        if self._row.dtype.base_dtype is not self._col.dtype.base_dtype:
            raise TypeError(
                f"col and row must have one dtype, not {self._col.dtype.name} and "
                f"{self._row.dtype.name}"
            )
        super().__init__(
            self._row.dtype,
            graph_parents=[self._row, self._col],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=always(is_square, "a Toeplitz operator is always square"),
            name=name,
        )

    @property
    def col(self) -> Tensor:
        """The first column."""
        return self._col

    @property
    def row(self) -> Tensor:
        """The first row."""
        return self._row

    def _shape(self) -> TensorShape:
        joined = shapes.joined_shape([self._row.shape, self._col.shape])
        return joined.concatenate([shapes.dimension_of(joined, -1)])

    def _shape_tensor(self) -> Tensor:
        joined = shapes.joined_shape_tensor([ops.shape(self._row), ops.shape(self._col)])
        return ops.concat([joined, joined[-1:]], 0)

    def _same_batch(self) -> tuple[Tensor, Tensor]:
        """The first column and row, of one batch shape."""
        columns = [shapes.as_columns(self._col), shapes.as_columns(self._row)]
        col, row = (ops.squeeze(x, axis=-1) for x in shapes.same_batches(columns))
        return col, row

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = shapes.adjoint_if(adjoint_arg, x)
        col, row = self._same_batch()
        if adjoint:
            first = ops.conj(col[..., :1])
            col, row = ops.concat([first, ops.conj(row[..., 1:])], -1), ops.conj(col)
        size = shapes.size_of(col, -1)
        wide = ops.concat([col, ops.reverse(row[..., 1:], [-1])], -1)
        spectrum = ops.fft(ops.cast(wide, complex_dtype(self.dtype)))
        circulant = LinearOperatorCirculant(spectrum, input_output_dtype=self.dtype)
        below = ops.zeros_like(x)[..., 1:, :]
        product: Tensor = circulant.matmul(ops.concat([x, below], -2))
        return product[..., :size, :]

    def _to_dense(self) -> Tensor:
        col, row = self._same_batch()
        diagonals = ops.concat([ops.reverse(row[..., 1:], [-1]), col], -1)
        size = shapes.size_of(col, -1)
        if isinstance(size, int):
            steps = np.arange(size, dtype=np.int32)
            positions: Any = steps[:, None] - steps + size - 1
        else:
            positions = ops.range(size)[:, None] - ops.range(size) + size - 1
        return ops.gather(diagonals, positions, axis=-1)

    def _diag_part(self) -> Tensor:
        # The row only widens the batch: its elements may be anything.
        col, _ = self._same_batch()
        return ops.broadcast_to(col[..., :1], shapes.dynamic_shape(col))

    def _trace(self) -> Tensor:
        col, _ = self._same_batch()
        return col[..., 0] * ops.cast(self.domain_dimension_tensor(), self.dtype)
