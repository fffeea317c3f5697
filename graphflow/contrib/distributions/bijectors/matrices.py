"""Bijectors of matrices, most of them triangular."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.affine import AffineScalar
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.contrib.distributions.bijectors.combining import Chain, want_injective
from graphflow.contrib.distributions.bijectors.elementwise import Softplus
from graphflow.contrib.distributions.bijectors.vectors import last_changed
from graphflow.contrib.distributions.triangular import (
    fill_triangular,
    fill_triangular_inverse,
    matrix_diag_transform,
)
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.distributions.parameters import checked


class FillTriangular(Bijector):
    """Vectors of n (n + 1) / 2 numbers become triangular matrices.

    Args:
      upper: whether the triangle is the upper one.
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> fill = tf.contrib.distributions.bijectors.FillTriangular()
    >>> tf.Session().run(fill.forward([1.0, 2.0, 3.0]))
    array([[3., 0.],
           [2., 1.]], dtype=float32)
    """

    def __init__(
        self, upper: bool = False, validate_args: bool = False, name: str = "fill_triangular"
    ) -> None:
        self._upper = upper
        super().__init__(None, True, validate_args, None, 1, 2, name)

    def _forward(self, x: Tensor) -> Tensor:
        return fill_triangular(x, upper=self._upper)

    def _inverse(self, y: Tensor) -> Tensor:
        return fill_triangular_inverse(y, upper=self._upper)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return ops.constant(0.0, x.dtype.base_dtype)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return ops.constant(0.0, y.dtype.base_dtype)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        if input_shape.ndims is None:
            return TensorShape(None)
        size = input_shape.as_list()[-1]
        n = None if size is None else (math.isqrt(8 * size + 1) - 1) // 2
        return input_shape[:-1].concatenate([n, n])

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return last_changed(output_shape[:-1], lambda n: n * (n + 1) // 2)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        root = ops.sqrt(ops.cast(8 * input_shape[-1] + 1, "float64"))
        n = ops.cast((root - 1.0) / 2.0 + 0.25, int32)
        return ops.concat([input_shape[:-1], ops.stack([n, n])], 0)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        n = output_shape[-1]
        return ops.concat([output_shape[:-2], ops.reshape(n * (n + 1) // 2, [1])], 0)


class TransformDiagonal(Bijector):
    """Another bijector of the diagonal of matrices.

    Args:
      diag_bijector: the other one.
      validate_args: not used.
      name: name of the bijector.

    Raises:
      NotImplementedError: the other one is not injective.

    >>> import graphflow as tf
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> transform = bijectors.TransformDiagonal(bijectors.Square())
    >>> tf.Session().run(transform.forward([[3.0, 5.0], [7.0, 2.0]]))
    array([[9., 5.],
           [7., 4.]], dtype=float32)
    """

    def __init__(
        self,
        diag_bijector: Bijector,
        validate_args: bool = False,
        name: str = "transform_diagonal",
    ) -> None:
        want_injective(diag_bijector, "TransformDiagonal")
        self._diag_bijector = diag_bijector
        super().__init__(
            diag_bijector.graph_parents,
            diag_bijector.is_constant_jacobian,
            validate_args,
            diag_bijector.dtype,
            2,
            2,
            name,
        )

    def _forward(self, x: Tensor) -> Tensor:
        return matrix_diag_transform(x, self._diag_bijector.forward)

    def _inverse(self, y: Tensor) -> Tensor:
        return matrix_diag_transform(y, self._diag_bijector.inverse)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return self._diag_bijector.forward_log_det_jacobian(ops.matrix_diag_part(x), 1)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Any:
        return self._diag_bijector.inverse_log_det_jacobian(ops.matrix_diag_part(y), 1)


class ScaleTriL(Chain):
    """Vectors become triangular matrices whose diagonals are positive: factors of covariances.

    Args:
      diag_bijector: makes diagonals positive; by default softplus.
      diag_shift: is added to diagonals, so that they keep away from 0; None for 0.
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> bijectors = tf.contrib.distributions.bijectors
    >>> scale = bijectors.ScaleTriL(bijectors.Exp(), diag_shift=1.0)
    >>> tf.Session().run(scale.forward([0.0, 5.0, 0.0]))
    array([[2., 0.],
           [5., 2.]], dtype=float32)
    """

    def __init__(
        self,
        diag_bijector: Bijector | None = None,
        diag_shift: Any = 1e-5,
        validate_args: bool = False,
        name: str = "scale_tril",
    ) -> None:
        of_diagonal = diag_bijector or Softplus()
        if diag_shift is not None:
            of_diagonal = Chain([AffineScalar(shift=diag_shift), of_diagonal])
        super().__init__([TransformDiagonal(of_diagonal), FillTriangular()], validate_args, name)


class CholeskyOuterProduct(Bijector):
    """y = x x^T, of lower triangular matrices with positive diagonals.

    Args:
      validate_args: not used.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> product = tf.contrib.distributions.bijectors.CholeskyOuterProduct()
    >>> tf.Session().run(product.forward([[1.0, 0.0], [3.0, 4.0]]))
    array([[ 1.,  3.],
           [ 3., 25.]], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "cholesky_outer_product") -> None:
        super().__init__(forward_min_event_ndims=2, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        x = ops.matrix_band_part(x, -1, 0)
        return ops.matmul(x, x, transpose_b=True)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.cholesky(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        diag = ops.matrix_diag_part(x)
        n = x.shape.as_list()[-1]
        if n is None:
            raise ValueError(f"{self.name}: the size of the matrices must be known")
        exponents = np.arange(n, 0, -1).astype(x.dtype.base_dtype.as_numpy_dtype)
        return n * math.log(2.0) + ops.reduce_sum(exponents * ops.log(diag), -1)


class MatrixInverseTriL(Bijector):
    """The inverse of lower triangular matrices, whose diagonals have no 0.

    Args:
      validate_args: whether the run checks diagonals.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> inverse = tf.contrib.distributions.bijectors.MatrixInverseTriL()
    >>> tf.Session().run(inverse.forward([[1.0, 0.0], [3.0, 2.0]]))
    array([[ 1. ,  0. ],
           [-1.5,  0.5]], dtype=float32)
    """

    def __init__(self, validate_args: bool = False, name: str = "matrix_inverse_tril") -> None:
        super().__init__(forward_min_event_ndims=2, validate_args=validate_args, name=name)

    def _forward(self, x: Tensor) -> Any:
        x = self._valid(x)
        identity = ops.zeros_like(x)
        identity = ops.matrix_set_diag(identity, ops.ones_like(ops.matrix_diag_part(x)))
        return ops.matrix_triangular_solve(x, identity, lower=True)

    def _inverse(self, y: Tensor) -> Any:
        return self._forward(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        # The differential -y dx y multiplies from both sides, which takes n + 1 of each element.
        diag = ops.matrix_diag_part(self._valid(x))
        n = ops.cast(ops.shape(x)[-1], x.dtype.base_dtype)
        return -(n + 1.0) * ops.reduce_sum(ops.log(ops.abs(diag)), -1)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return self._forward_log_det_jacobian(y)

    def _valid(self, matrix: Tensor) -> Any:
        if not self.validate_args:
            return matrix
        zero = ops.constant(0.0, matrix.dtype.base_dtype)
        diag = ops.matrix_diag_part(matrix)
        text = "diagonals must not have 0"
        return checked(matrix, ops.assert_none_equal(diag, zero, message=text))
