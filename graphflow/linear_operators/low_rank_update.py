"""Operators changed by a product of narrow matrices."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.linear_operators import shapes
from graphflow.linear_operators.base import LinearOperator, checked_operator
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.hints import Hint, always, floating_tensor
from graphflow.linear_operators.identity import LinearOperatorIdentity


class LinearOperatorLowRankUpdate(LinearOperator):
    """A base operator plus a product of narrow matrices: L + U D V^H.

    Solutions and determinants need those of L and of a matrix of the few columns of U only.

    Args:
      base_operator: L, an operator [..., m, n].
      u: U, of the dtype of L [..., m, k].
      diag_update: the diagonal of D [..., k], by default ones.
      v: V [..., n, k], by default `u`.
      is_diag_update_positive: whether all of `diag_update` is positive.
      is_non_singular: whether there is an inverse.
      is_self_adjoint: whether it equals its adjoint; True if L does, `v` is `u` and D is real.
      is_positive_definite: whether it is positive definite; True if L is so and self-adjoint, `v`
        is `u` and D is positive.
      is_square: whether it is square.
      name: name of the operator.

    Raises:
      ValueError: the sizes do not fit, or a hint is wrong.
      TypeError: the dtypes differ.

    Source: Woodbury, "Inverting modified matrices", 1950.

    >>> import graphflow as tf
    >>> base = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> operator = tf.linalg.LinearOperatorLowRankUpdate(base, [[3.0], [4.0]])
    >>> tf.Session().run([operator.to_dense(), operator.determinant()])
    [array([[10., 12.],
           [12., 18.]], dtype=float32), np.float32(36.0)]
    """

    def __init__(
        self,
        base_operator: LinearOperator,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: Hint = None,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        if diag_update is None:
            is_diag_update_positive = always(
                is_diag_update_positive, "without diag_update the update is always positive"
            )
        self._given = (u, diag_update, v)
        self._base_operator = checked_operator(base_operator)
        with name_scope(name, type(self).__name__, [u, diag_update, v]):
            self._u = floating_tensor(u, "u", 2)
            self._v = self._u if v is None else floating_tensor(v, "v", 2)
            self._diag_update = (
                None if diag_update is None else floating_tensor(diag_update, "diag_update", 1)
            )
        given = [item for item in (self._u, self._diag_update, self._v) if item is not None]
        self._check_dtypes(given)
        self._check_shapes()
        self._diag_operator = self._make_diag_operator(is_diag_update_positive)
        is_symmetric = v is None and bool(base_operator.is_self_adjoint)
        if is_symmetric and self._diag_operator.is_self_adjoint:
            is_self_adjoint = always(
                is_self_adjoint, "a symmetric update of a self-adjoint operator is one"
            )
        self._has_positive_parts = bool(
            is_symmetric and base_operator.is_positive_definite and is_diag_update_positive
        )
        if self._has_positive_parts:
            is_positive_definite = always(
                is_positive_definite,
                "a positive update of a positive definite operator is one",
            )
        super().__init__(
            base_operator.dtype,
            graph_parents=[*base_operator.graph_parents, *given],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )

    def _check_dtypes(self, tensors: list[Tensor]) -> None:
        wanted = self._base_operator.dtype
        for tensor in tensors:
            if tensor.dtype.base_dtype is not wanted:
                raise TypeError(
                    f"{tensor!r} has dtype {tensor.dtype.name}, but {self._base_operator.name} has "
                    f"{wanted.name}"
                )

    def _check_shapes(self) -> None:
        base, u, v = self._base_operator, self._u.shape, self._v.shape
        pairs = [
            ("rows of u", shapes.dimension_of(u, -2), base.range_dimension),
            ("rows of v", shapes.dimension_of(v, -2), base.domain_dimension),
            ("columns of v", shapes.dimension_of(v, -1), shapes.dimension_of(u, -1)),
        ]
        if self._diag_update is not None:
            length = shapes.dimension_of(self._diag_update.shape, -1)
            pairs.append(("length of diag_update", length, shapes.dimension_of(u, -1)))
        for what, size, wanted in pairs:
            if not size.is_compatible_with(wanted):
                raise ValueError(f"the {what} must be {wanted}, but is {size}")

    def _make_diag_operator(self, is_positive: Hint) -> LinearOperator:
        if self._diag_update is None:
            return LinearOperatorIdentity(shapes.size_of(self._u, -1), dtype=self._u.dtype)
        # Here positive means real, too.
        is_real = True if is_positive else None
        return LinearOperatorDiag(
            self._diag_update, is_self_adjoint=is_real, is_positive_definite=is_positive
        )

    @property
    def base_operator(self) -> LinearOperator:
        """L, the operator that is changed."""
        return self._base_operator

    @property
    def u(self) -> Tensor:
        """U, the matrix on the left of the update."""
        return self._u

    @property
    def v(self) -> Tensor:
        """V, the matrix whose adjoint is on the right of the update."""
        return self._v

    @property
    def diag_update(self) -> Tensor | None:
        """The diagonal in the middle of the update, None if it is all ones."""
        return self._diag_update

    @property
    def diag_operator(self) -> LinearOperator:
        """D, the operator in the middle of the update."""
        return self._diag_operator

    @property
    def is_diag_update_positive(self) -> Hint:
        """Whether D is known to be positive."""
        return self._diag_operator.is_positive_definite

    def _batch_shapes(self) -> list[TensorShape]:
        parts = [self._u.shape[:-2], self._v.shape[:-2], self._diag_operator.batch_shape]
        return [self._base_operator.batch_shape, *parts]

    def _shape(self) -> TensorShape:
        return shapes.joined_shape(self._batch_shapes()).concatenate(self._base_operator.shape[-2:])

    def _shape_tensor(self) -> Tensor:
        base = self._base_operator.shape_tensor()
        parts = [shapes.dynamic_shape(self._u)[:-2], shapes.dynamic_shape(self._v)[:-2]]
        batch = shapes.joined_shape_tensor(
            [base[:-2], *parts, self._diag_operator.batch_shape_tensor()]
        )
        return ops.concat([batch, base[-2:]], 0)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = shapes.adjoint_if(adjoint_arg, x)
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        middle = ops.matmul(right, x, adjoint_a=True)
        update = ops.matmul(left, self._diag_operator.matmul(middle, adjoint=adjoint))
        result: Tensor = self._base_operator.matmul(x, adjoint=adjoint) + update
        return result

    def _update(self) -> Tensor:
        """The dense matrix that is added to the base."""
        return ops.matmul(self._u, self._diag_operator.matmul(shapes.adjoint(self._v)))

    def _to_dense(self) -> Tensor:
        return self._base_operator.add_to_tensor(self._update())

    def _diag_part(self) -> Tensor:
        u, v = self._u, self._v
        if not self.is_square:
            shape = self.shape_tensor()
            length = ops.minimum(shape[-1], shape[-2])
            u, v = u[..., :length, :], v[..., :length, :]
        products = u * ops.conj(v)
        if self._diag_update is not None:
            products = products * ops.expand_dims(self._diag_update, -2)
        return ops.reduce_sum(products, -1) + self._base_operator.diag_part()

    # The capacitance C = D^-1 + V^H L^-1 U carries what the update adds: the determinant is
    # det(L) det(D) det(C), the inverse L^-1 - L^-1 U C^-1 V^H L^-1.

    def _capacitance(self) -> Tensor:
        product = ops.matmul(self._v, self._base_operator.solve(self._u), adjoint_a=True)
        return self._diag_operator.inverse().add_to_tensor(product)

    def _has_structure(self) -> bool:
        """Whether there may be an inverse of L and D, which the shortcuts need."""
        return self._base_operator.is_square is not False and (
            self._base_operator.is_non_singular is not False
        )

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._has_structure():
            return super()._solve(rhs, adjoint, adjoint_arg)
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        base = self._base_operator
        solved = base.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        projected = ops.matmul(right, solved, adjoint_a=True)
        capacitance, projected = shapes.same_batches([self._capacitance(), projected])
        if self._has_positive_parts:
            coefficients = ops.cholesky_solve(ops.cholesky(capacitance), projected)
        else:
            coefficients = ops.matrix_solve(capacitance, projected, adjoint=adjoint)
        correction = base.solve(ops.matmul(left, coefficients), adjoint=adjoint)
        result: Tensor = solved - correction
        return result

    def _determinant(self) -> Tensor:
        if not self._has_structure():
            return super()._determinant()
        outer = self._base_operator.determinant() * self._diag_operator.determinant()
        return outer * ops.matrix_determinant(self._capacitance())

    def _log_abs_determinant(self) -> Tensor:
        if not self._has_structure():
            return super()._log_abs_determinant()
        base, diag = self._base_operator, self._diag_operator
        outer = base.log_abs_determinant() + diag.log_abs_determinant()
        return outer + ops.slogdet(self._capacitance()).log_abs_determinant
