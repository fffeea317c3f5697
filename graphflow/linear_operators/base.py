"""The base of all linear operators, also of those that programs define."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, int32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.hints import Hint, always
from graphflow.variables.module import Module


class LinearOperator(Module):
    """A matrix, or a batch of them, known by what it does rather than by its elements.

    A subclass defines `_shape`, `_shape_tensor` and `_matmul`. All other methods have defaults,
    most of which make the dense matrix first; a subclass with something better overrides `_solve`,
    `_determinant`, `_log_abs_determinant`, `_to_dense`, `_diag_part`, `_trace`, `_add_to_tensor`,
    `_matvec`, `_solvevec`, `_assert_non_singular`, `_assert_positive_definite` or
    `_assert_self_adjoint`.

    The hints are promises of the caller, which nothing checks in the run: methods may be quicker
    for them, and wrong if they are.

    Args:
      dtype: the dtype of the matrix, and of the arguments of `matmul` and `solve`.
      graph_parents: the tensors that the operator was made of.
      is_non_singular: whether there is an inverse.
      is_self_adjoint: whether the matrix equals its conjugate transpose.
      is_positive_definite: whether the real part of x^H A x is positive for all x but 0; the matrix
        need not be self-adjoint.
      is_square: whether there are as many rows as columns.
      name: name of the operator, and name scope of its operations.

    Raises:
      ValueError: the hints contradict one another.

    >>> import graphflow as tf
    >>> class Reversal(tf.linalg.LinearOperator):
    ...     def _shape(self):
    ...         return tf.TensorShape([3, 3])
    ...     def _matmul(self, x, adjoint=False, adjoint_arg=False):
    ...         return tf.reverse(tf.linalg.adjoint(x) if adjoint_arg else x, [-2])
    >>> operator = Reversal(tf.float32, is_non_singular=True)
    >>> y = operator.matvec([1.0, 2.0, 5.0])
    >>> tf.Session().run([y, operator.solvevec(y), operator.determinant()])
    [array([5., 2., 1.], dtype=float32), array([1., 2., 5.], dtype=float32), np.float32(-1.0)]
    """

    # What a constructor was given before it was converted: its variables are the operator's.
    _given: Any = None

    def __init__(
        self,
        dtype: Any,
        graph_parents: Sequence[Any] | None = None,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str | None = None,
    ) -> None:
        if is_positive_definite:
            is_non_singular = always(
                is_non_singular, "a positive definite operator is always non-singular"
            )
        if is_non_singular:
            is_square = always(is_square, "a non-singular operator is always square")
        if is_self_adjoint:
            is_square = always(is_square, "a self-adjoint operator is always square")
        self._dtype = as_dtype(dtype).base_dtype
        self._graph_parents = list(graph_parents or ())
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._is_square = is_square
        self._name = name or type(self).__name__

    @contextmanager
    def _name_scope(self, name: str | None, values: Sequence[Any] = ()) -> Iterator[str]:
        """Enter the scope of one method within that of the operator."""
        with (
            name_scope(self._name, values=[*values, *self._graph_parents]),
            name_scope(name, "operation") as scope,
        ):
            yield scope

    # -- properties --------------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of the matrix."""
        return self._dtype

    @property
    def name(self) -> str:
        """The operator's name."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """A context manager that enters a name scope named after the operator."""
        return name_scope(self._name)

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors that the operator was made of."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> Hint:
        """Whether there is an inverse, None if nothing is known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> Hint:
        """Whether the matrix equals its conjugate transpose, None if nothing is known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> Hint:
        """Whether the matrix is positive definite, None if nothing is known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> Hint:
        """Whether there are as many rows as columns, None if nothing is known.

        Raises:
          ValueError: the hint says no, but the shape says yes.
        """
        same = self.domain_dimension == self.range_dimension
        if self._is_square is False and same:
            raise ValueError(f"{self._name}: is_square=False, but the shape is {self.shape}")
        return same if self._is_square is None else self._is_square

    # -- shapes ------------------------------------------------------------------------------------

    def _shape(self) -> TensorShape:
        """What is known of the shape while building."""
        raise NotImplementedError(f"{type(self).__name__} does not define _shape")

    def _shape_tensor(self) -> Tensor:
        """The shape as a tensor; called only where `_shape` does not know all of it."""
        raise NotImplementedError(f"{type(self).__name__} does not define _shape_tensor")

    @property
    def shape(self) -> TensorShape:
        """The shape [..., m, n], as far as it is known."""
        return self._shape()

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """Return the shape as an int32 vector.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            if self.shape.is_fully_defined():
                return shapes.shape_constant(self.shape)
            return self._shape_tensor()

    @property
    def batch_shape(self) -> TensorShape:
        """The shape without the last two axes, as far as it is known."""
        return self.shape[:-2]

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Return the shape without the last two axes, as an int32 vector.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            if self.batch_shape.is_fully_defined():
                return shapes.shape_constant(self.batch_shape)
            return self.shape_tensor()[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """How many axes there are, None if that is not known."""
        return self.shape.ndims

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """Return how many axes there are, as an int32 scalar.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            if self.tensor_rank is not None:
                return ops.constant(self.tensor_rank, dtype=int32)
            return ops.size(self.shape_tensor())

    @property
    def domain_dimension(self) -> Dimension:
        """How many columns there are: the size of the vectors that the operator takes."""
        return shapes.dimension_of(self.shape, -1)

    @property
    def range_dimension(self) -> Dimension:
        """How many rows there are: the size of the vectors that the operator gives."""
        return shapes.dimension_of(self.shape, -2)

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """Return how many columns there are, as an int32 scalar.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._dimension_tensor(self.domain_dimension, -1)

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """Return how many rows there are, as an int32 scalar.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._dimension_tensor(self.range_dimension, -2)

    def _dimension_tensor(self, known: Dimension, axis: int) -> Tensor:
        if known.value is not None:
            return ops.constant(known.value, dtype=int32)
        return self.shape_tensor()[axis]

    # -- assertions --------------------------------------------------------------------------------

    def assert_non_singular(self, name: str = "assert_non_singular") -> Operation:
        """Return an operation that fails if the matrix is singular to its precision.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._assert_non_singular()

    def _assert_non_singular(self) -> Operation:
        if self._can_use_cholesky():
            return self.assert_positive_definite()
        values = ops.svd(self.to_dense(), compute_uv=False)
        real = values.dtype.base_dtype
        condition = ops.reduce_max(values, -1) / ops.reduce_min(values, -1)
        size = ops.maximum(self.domain_dimension_tensor(), self.range_dimension_tensor())
        limit = 1.0 / (ops.cast(ops.maximum(size, 100), real) * float(np.finfo(real.numpy).eps))
        return ops.assert_less(
            condition, limit, message="Singular matrix: its condition number is too large."
        )

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Operation:
        """Return an operation that fails if the matrix is not positive definite.

        Args:
          name: name scope of the operations.

        Raises:
          NotImplementedError: there is no check for such an operator.
        """
        with self._name_scope(name):
            return self._assert_positive_definite()

    def _assert_positive_definite(self) -> Operation:
        if not self.is_self_adjoint:
            raise NotImplementedError(
                f"{self._name}: only operators with is_self_adjoint=True can be checked"
            )
        return ops.assert_positive(
            ops.real(ops.matrix_diag_part(ops.cholesky(self.to_dense()))),
            message="Matrix was not positive definite.",
        )

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Operation:
        """Return an operation that fails if the matrix is not its own conjugate transpose.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._assert_self_adjoint()

    def _assert_self_adjoint(self) -> Operation:
        dense = self.to_dense()
        return ops.assert_equal(
            dense, shapes.adjoint(dense), message="Matrix was not equal to its adjoint."
        )

    # -- products ----------------------------------------------------------------------------------

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """Multiply with matrices from the right, or with another operator.

        Args:
          x: a tensor [..., n, k] of the operator's dtype, whose batch axes broadcast with the
            operator's; or an operator.
          adjoint: whether to take the adjoint of the operator.
          adjoint_arg: whether to take the adjoint of `x`.
          name: name scope of the operations.

        Returns:
          A tensor [..., m, k]; or an operator, of a simpler class where the structures allow it.

        Raises:
          ValueError: the sizes do not fit.
          TypeError: the dtypes differ.
        """
        if isinstance(x, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            check_operators(left, right)
            with self._name_scope(name):
                return algebra.product(left, right)
        with self._name_scope(name, [x]):
            x = self._argument(x, "x", 2, adjoint, -1 if adjoint_arg else -2)
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _argument(self, x: Any, name: str, rank: int, adjoint: bool, axis: int) -> Tensor:
        """Convert and check an argument whose `axis` the operator, or its adjoint, acts on."""
        tensor = self._of_same_dtype(x, name)
        if tensor.shape.ndims is not None and tensor.shape.ndims < rank:
            raise ValueError(
                f"{self._name}: {name} must have rank {rank} or more, its shape is {tensor.shape}"
            )
        wanted = self.range_dimension if adjoint else self.domain_dimension
        size = shapes.dimension_of(tensor.shape, axis)
        if not wanted.is_compatible_with(size):
            which = "the adjoint of " if adjoint else ""
            raise ValueError(
                f"{which}{self._name} of shape {self.shape} cannot be applied to {name} of shape "
                f"{tensor.shape}: {wanted} and {size} differ"
            )
        return tensor

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not define _matmul")

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """Multiply with vectors from the right.

        Args:
          x: a tensor [..., n] of the operator's dtype.
          adjoint: whether to take the adjoint of the operator.
          name: name scope of the operations.

        Returns:
          A tensor [..., m].

        Raises:
          ValueError: the sizes do not fit.
          TypeError: the dtypes differ.
        """
        with self._name_scope(name, [x]):
            x = self._argument(x, "x", 1, adjoint, -1)
            return self._matvec(x, adjoint=adjoint)

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return ops.squeeze(self.matmul(shapes.as_columns(x), adjoint=adjoint), axis=-1)

    # -- determinants ------------------------------------------------------------------------------

    def determinant(self, name: str = "det") -> Tensor:
        """Return the determinant of each matrix.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor of the batch shape and the operator's dtype.

        Raises:
          NotImplementedError: the operator is not square.
        """
        self._check_square("the determinant")
        with self._name_scope(name):
            return self._determinant()

    def _determinant(self) -> Tensor:
        if self._can_use_cholesky():
            return ops.exp(self.log_abs_determinant())
        return ops.matrix_determinant(self.to_dense())

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """Return the logarithm of the absolute value of the determinant of each matrix.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor of the batch shape and the operator's dtype.

        Raises:
          NotImplementedError: the operator is not square.
        """
        self._check_square("the determinant")
        with self._name_scope(name):
            return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Tensor:
        dense = self.to_dense()
        if self._can_use_cholesky():
            diagonal = ops.matrix_diag_part(ops.cholesky(dense))
            return 2.0 * ops.reduce_sum(ops.log(diagonal), [-1])
        return ops.slogdet(dense).log_abs_determinant

    def _check_square(self, what: str) -> None:
        if self.is_square is False:
            raise NotImplementedError(
                f"{self._name}: {what} of an operator that is not square, but {self.shape}"
            )

    # -- solutions ---------------------------------------------------------------------------------

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """Return what the operator takes to given matrices: the product of its inverse with them.

        Args:
          rhs: a tensor [..., m, k] of the operator's dtype, whose batch axes broadcast with the
            operator's; or an operator.
          adjoint: whether to take the adjoint of the operator.
          adjoint_arg: whether to take the adjoint of `rhs`.
          name: name scope of the operations.

        Returns:
          A tensor [..., n, k]; or an operator, of a simpler class where the structures allow it.

        Raises:
          NotImplementedError: the operator is singular, or not square.
          ValueError: the sizes do not fit.
          TypeError: the dtypes differ.
        """
        self._check_solvable()
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = rhs.adjoint() if adjoint_arg else rhs
            check_operators(left, right)
            with self._name_scope(name):
                return algebra.product(left.inverse(), right)
        with self._name_scope(name, [rhs]):
            rhs = self._argument(rhs, "rhs", 2, not adjoint, -1 if adjoint_arg else -2)
            return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _check_solvable(self) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(f"{self._name}: no exact solution, the operator is singular")
        self._check_square("an exact solution")

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = shapes.adjoint_if(adjoint_arg, rhs)
        if self._can_use_cholesky():
            factor, rhs = shapes.same_batches([ops.cholesky(self.to_dense()), rhs])
            return ops.cholesky_solve(factor, rhs)
        dense, rhs = shapes.same_batches([self.to_dense(), rhs])
        return ops.matrix_solve(dense, rhs, adjoint=adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """Return what the operator takes to given vectors.

        Args:
          rhs: a tensor [..., m] of the operator's dtype.
          adjoint: whether to take the adjoint of the operator.
          name: name scope of the operations.

        Returns:
          A tensor [..., n].

        Raises:
          NotImplementedError: the operator is singular, or not square.
          ValueError: the sizes do not fit.
          TypeError: the dtypes differ.
        """
        self._check_solvable()
        with self._name_scope(name, [rhs]):
            rhs = self._argument(rhs, "rhs", 1, not adjoint, -1)
            return self._solvevec(rhs, adjoint=adjoint)

    def _solvevec(self, rhs: Tensor, adjoint: bool = False) -> Tensor:
        return ops.squeeze(self.solve(shapes.as_columns(rhs), adjoint=adjoint), axis=-1)

    # -- other operators ---------------------------------------------------------------------------

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Return the adjoint: the operator of the conjugate transpose.

        Args:
          name: name scope of the operations.
        """
        if self.is_self_adjoint:
            return self
        with self._name_scope(name):
            result: LinearOperator = algebra.adjoint(self)
            return result

    @property
    def H(self) -> LinearOperator:
        """The adjoint."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """Return the inverse.

        Args:
          name: name scope of the operations.

        Raises:
          ValueError: the operator is not square, or singular.
        """
        if self.is_square is False:
            raise ValueError(f"{self._name} has no inverse: it is not square, but {self.shape}")
        if self.is_non_singular is False:
            raise ValueError(f"{self._name} has no inverse: is_non_singular=False")
        with self._name_scope(name):
            result: LinearOperator = algebra.inverse(self)
            return result

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """Return the lower triangular operator whose product with its adjoint is this one.

        Args:
          name: name scope of the operations.

        Raises:
          ValueError: the operator is not known to be self-adjoint and positive definite.
        """
        if not self._can_use_cholesky():
            raise ValueError(
                f"{self._name} has no Cholesky decomposition unless it is created with "
                "is_self_adjoint=True and is_positive_definite=True"
            )
        with self._name_scope(name):
            result: LinearOperator = algebra.cholesky(self)
            return result

    def _can_use_cholesky(self) -> bool:
        return bool(self.is_self_adjoint and self.is_positive_definite)

    # -- the dense matrix --------------------------------------------------------------------------

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """Return the matrices.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor [..., m, n].
        """
        with self._name_scope(name):
            return self._to_dense()

    def _to_dense(self) -> Tensor:
        identity = ops.eye(
            self.domain_dimension_tensor(),
            batch_shape=self.batch_shape_tensor(),
            dtype=self.dtype,
        )
        return self.matmul(identity)  # type: ignore[no-any-return]

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """Return the diagonals of the matrices.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor [..., min(m, n)].
        """
        with self._name_scope(name):
            return self._diag_part()

    def _diag_part(self) -> Tensor:
        return ops.matrix_diag_part(self.to_dense())

    def trace(self, name: str = "trace") -> Tensor:
        """Return the sum of the diagonal of each matrix.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor of the batch shape.
        """
        with self._name_scope(name):
            return self._trace()

    def _trace(self) -> Tensor:
        return ops.reduce_sum(self.diag_part(), -1)

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor.

        Args:
          x: a tensor of the operator's dtype whose shape broadcasts with the operator's.
          name: name scope of the operations.

        Returns:
          A tensor [..., m, n].

        Raises:
          TypeError: the dtypes differ.
        """
        with self._name_scope(name, [x]):
            return self._add_to_tensor(self._of_same_dtype(x, "x"))

    def _of_same_dtype(self, x: Any, name: str) -> Tensor:
        tensor = convert_to_tensor(x, name=name, preferred_dtype=self.dtype)
        dtype = tensor.dtype.base_dtype
        if dtype is not self.dtype:
            raise TypeError(
                f"{self._name} has dtype {self.dtype.name}, but {name} has {dtype.name}"
            )
        return tensor

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return self.to_dense() + x


def checked_operator(value: Any) -> LinearOperator:
    """Return a value that must be an operator."""
    if not isinstance(value, LinearOperator):
        raise TypeError(f"expected a LinearOperator, got {value!r}")
    return value


def check_operators(left: LinearOperator, right: LinearOperator) -> None:
    """Check that two operators can be multiplied."""
    if left.dtype is not right.dtype:
        raise TypeError(
            f"{left.name} has dtype {left.dtype.name}, but {right.name} has {right.dtype.name}"
        )
    if not left.domain_dimension.is_compatible_with(right.range_dimension):
        raise ValueError(
            f"{left.name} of shape {left.shape} cannot be multiplied with {right.name} of shape "
            f"{right.shape}: {left.domain_dimension} and {right.range_dimension} differ"
        )
