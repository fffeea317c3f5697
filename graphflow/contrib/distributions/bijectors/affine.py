"""Bijectors that stretch, shear and move."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import checked
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.dense import LinearOperatorLowerTriangular
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.low_rank_update import LinearOperatorLowRankUpdate


class AffineScalar(Bijector):
    """y = shift + scale x, number by number.

    Args:
      shift: floating; None for 0.
      scale: floating, not 0; None for 1.
      validate_args: whether the run checks that `scale` is not 0.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> affine = tf.contrib.distributions.bijectors.AffineScalar(1.0, [2.0, 4.0])
    >>> tf.Session().run([affine.forward(3.0), affine.inverse(5.0)])
    [array([ 7., 13.], dtype=float32), array([2., 1.], dtype=float32)]
    """

    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_scalar",
    ) -> None:
        with name_scope(name, values=[shift, scale]):
            self._shift = None if shift is None else convert_to_tensor(shift, name="shift")
            self._scale: Tensor | None = None
            if scale is not None:
                self._scale = convert_to_tensor(scale, name="scale")
                if validate_args:
                    zero = ops.zeros([], self._scale.dtype.base_dtype)
                    check = ops.assert_none_equal(self._scale, zero, message="scale must not be 0")
                    self._scale = checked(self._scale, check)
        parents = [part for part in (self._shift, self._scale) if part is not None]
        dtype = parents[0].dtype if parents else None
        super().__init__(parents, True, validate_args, dtype, 0, name=name)

    @property
    def shift(self) -> Tensor | None:
        """What is added, None for 0."""
        return self._shift

    @property
    def scale(self) -> Tensor | None:
        """The factor, None for 1."""
        return self._scale

    def _forward(self, x: Tensor) -> Tensor:
        y = x if self._scale is None else x * self._scale
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return x if self._scale is None else x / self._scale

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._scale is None:
            return ops.constant(0.0, x.dtype.base_dtype)
        return ops.log(ops.abs(self._scale))


class AffineLinearOperator(Bijector):
    """y = shift + scale @ x, of vectors.

    Args:
      shift: floating [..., k]; None for 0.
      scale: a `LinearOperator` [..., k, k] that is not singular; None for the identity.
      adjoint: whether to take the transpose of `scale`.
      validate_args: whether the run checks that `scale` is not singular.
      name: name of the bijector.

    Raises:
      TypeError: `scale` is no linear operator.
      ValueError: `scale` is known to be singular, or `validate_args` and nothing is known.

    >>> import graphflow as tf
    >>> scale = tf.linalg.LinearOperatorLowerTriangular([[1.0, 0.0], [2.0, 4.0]])
    >>> affine = tf.contrib.distributions.bijectors.AffineLinearOperator([1.0, 0.0], scale)
    >>> tf.Session().run(affine.forward([3.0, 1.0]))
    array([ 4., 10.], dtype=float32)
    """

    def __init__(
        self,
        shift: Any = None,
        scale: LinearOperator | None = None,
        adjoint: bool = False,
        validate_args: bool = False,
        name: str = "affine_linear_operator",
    ) -> None:
        if scale is not None and not isinstance(scale, LinearOperator):
            raise TypeError(f"scale must be a linear operator, not {scale!r}")
        if scale is not None and validate_args and not scale.is_non_singular:
            raise ValueError("scale must be known to be non-singular: say is_non_singular=True")
        self._scale = scale
        self._adjoint = adjoint
        with name_scope(name, values=[shift]):
            dtype = None if scale is None else scale.dtype
            self._shift = None if shift is None else convert_to_tensor(shift, dtype, name="shift")
        parents = [] if self._shift is None else [self._shift]
        if scale is not None:
            parents += scale.graph_parents
        if dtype is None and self._shift is not None:
            dtype = self._shift.dtype
        super().__init__(parents, True, validate_args, dtype, 1, name=name)

    @property
    def shift(self) -> Tensor | None:
        """What is added, None for 0."""
        return self._shift

    @property
    def scale(self) -> LinearOperator | None:
        """The matrix, None for the identity."""
        return self._scale

    @property
    def adjoint(self) -> bool:
        """Whether the transpose of `scale` is taken."""
        return self._adjoint

    def _forward(self, x: Tensor) -> Tensor:
        y = x if self._scale is None else self._scale.matvec(x, adjoint=self._adjoint)
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return x if self._scale is None else self._scale.solvevec(x, adjoint=self._adjoint)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._scale is None:
            return ops.constant(0.0, x.dtype.base_dtype)
        return self._scale.log_abs_determinant()


class Affine(Bijector):
    """y = shift + A x of vectors, where A is a sum of simple matrices.

    A = scale_identity_multiplier I + diag(scale_diag) + scale_tril + U diag(d) U^T, with the
    perturbation factor U and the perturbation diagonal d.

    Args:
      shift: floating [..., k]; None for 0.
      scale_identity_multiplier: floating; None for none, but the identity if nothing is given.
      scale_diag: floating [..., k]; None for none.
      scale_tril: floating [..., k, k], lower triangular; None for none.
      scale_perturb_factor: floating [..., k, r]; None for no perturbation.
      scale_perturb_diag: floating [..., r]; None for 1.
      validate_args: not used.
      name: name of the bijector.

    Raises:
      ValueError: `scale_perturb_diag` comes without a factor.

    >>> import graphflow as tf
    >>> affine = tf.contrib.distributions.bijectors.Affine([1.0, 0.0], scale_diag=[2.0, 4.0])
    >>> tf.Session().run([affine.forward([3.0, 1.0]), affine.inverse([3.0, 2.0])])
    [array([7., 4.], dtype=float32), array([1. , 0.5], dtype=float32)]
    """

    def __init__(
        self,
        shift: Any = None,
        scale_identity_multiplier: Any = None,
        scale_diag: Any = None,
        scale_tril: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        name: str = "affine",
    ) -> None:
        if scale_perturb_diag is not None and scale_perturb_factor is None:
            raise ValueError("scale_perturb_diag needs a scale_perturb_factor")
        given = (shift, scale_identity_multiplier, scale_diag, scale_tril, scale_perturb_factor)
        with name_scope(name, values=[*given, scale_perturb_diag]):
            tensors = [
                None if value is None else convert_to_tensor(value, preferred_dtype=float32)
                for value in (*given, scale_perturb_diag)
            ]
            self._shift, multiplier, diag, tril, factor, perturb = tensors
            self._multiplier = multiplier
            self._scale = _sum_of_parts(multiplier, diag, tril, factor, perturb)
        parents = [tensor for tensor in tensors if tensor is not None]
        dtype = parents[0].dtype if parents else float32
        super().__init__(parents, True, validate_args, dtype, 1, name=name)

    @property
    def shift(self) -> Tensor | None:
        """What is added, None for 0."""
        return self._shift

    @property
    def scale(self) -> LinearOperator | None:
        """The matrix, None for a multiple of the identity."""
        return self._scale

    def _factor(self) -> Tensor:
        """The multiple of the identity, which broadcasts with vectors."""
        if self._multiplier is None:
            return ops.constant(1.0, self.dtype)
        return ops.expand_dims(self._multiplier, -1)

    def _forward(self, x: Tensor) -> Tensor:
        y = x * self._factor() if self._scale is None else self._scale.matvec(x)
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return x / self._factor() if self._scale is None else self._scale.solvevec(x)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._scale is not None:
            return self._scale.log_abs_determinant()
        size = ops.cast(ops.shape(x)[-1], self.dtype)
        log_factor = ops.log(ops.abs(self._factor()))
        return size * ops.squeeze(log_factor, [-1]) if self._multiplier is not None else log_factor


def _sum_of_parts(
    multiplier: Tensor | None,
    diag: Tensor | None,
    tril: Tensor | None,
    factor: Tensor | None,
    perturb: Tensor | None,
) -> LinearOperator | None:
    """The operator of a matrix that is more than a multiple of the identity."""
    if multiplier is not None:
        multiplier = ops.expand_dims(multiplier, -1)
    whole: LinearOperator | None = None
    if tril is not None:
        for part in (multiplier, diag):
            if part is not None:
                tril = ops.matrix_set_diag(tril, ops.matrix_diag_part(tril) + part)
        whole = LinearOperatorLowerTriangular(tril, is_non_singular=True)
    elif diag is not None:
        whole = LinearOperatorDiag(diag if multiplier is None else diag + multiplier)
    if factor is None:
        return whole
    if whole is None:
        ones = ops.ones_like(factor[..., 0])
        whole = LinearOperatorDiag(ones if multiplier is None else ones * multiplier)
    return LinearOperatorLowRankUpdate(
        whole, factor, perturb, is_diag_update_positive=perturb is None or None, is_square=True
    )
