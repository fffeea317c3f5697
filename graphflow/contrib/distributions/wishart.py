"""Distributions of positive definite matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.distributions.parameters import checked, gen_new_seed, undefined
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.dense import LinearOperatorLowerTriangular
from graphflow.linear_operators.shapes import dynamic_shape, joined_shape, joined_shape_tensor


def _as_matrices(tensor: Tensor) -> Tensor:
    """Append two axes, so that a number of each batch member broadcasts with matrices."""
    return ops.expand_dims(ops.expand_dims(tensor, -1), -1)


class _Wishart(Distribution):
    """What both classes share: the scale is L L^T, of an operator of a lower triangular L."""

    def __init__(
        self,
        df: Any,
        scale_operator: LinearOperator,
        cholesky_input_output_matrices: bool,
        validate_args: bool,
        allow_nan_stats: bool,
        name: str,
    ) -> None:
        self._scale_operator = scale_operator
        self._is_factor = cholesky_input_output_matrices
        with name_scope(name, values=[df, *scale_operator.graph_parents]) as scope:
            self._df: Tensor = convert_to_tensor(df, scale_operator.dtype, name="df")
            size: Any = scale_operator.domain_dimension.value
            if size is None:
                size = scale_operator.domain_dimension_tensor()
            self._dimension: Tensor = ops.cast(size, scale_operator.dtype, name="dimension")
            self._check_df(validate_args)
        super().__init__(
            scale_operator.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            None,
            [self._df, self._dimension, *scale_operator.graph_parents],
            scope,
        )

    def _check_df(self, is_checked: bool) -> None:
        known = self._df.constant_value()
        size = self._scale_operator.domain_dimension.value
        if known is not None and size is not None:
            if np.any(known < size):
                raise ValueError(f"df is {known}, it must be at least the dimension {size}")
        elif is_checked:
            text = "df must be at least the dimension"
            self._df = checked(
                self._df, ops.assert_less_equal(self._dimension, self._df, message=text)
            )

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def dimension(self) -> Tensor:
        """How many rows a matrix has, as a scalar of the dtype."""
        return self._dimension

    @property
    def scale_operator(self) -> LinearOperator:
        """The operator of the Cholesky factor of the scale."""
        return self._scale_operator

    @property
    def cholesky_input_output_matrices(self) -> bool:
        """Whether values, samples and means are Cholesky factors of the matrices."""
        return self._is_factor

    def scale(self) -> Tensor:
        """Return the scales, or their Cholesky factors if matrices are such."""
        factor = self._scale_operator.to_dense()
        return factor if self._is_factor else ops.matmul(factor, factor, transpose_b=True)

    # -- shapes ------------------------------------------------------------------------------------

    def _batch_shape(self) -> TensorShape:
        return joined_shape([self._df.shape, self._scale_operator.batch_shape])

    def _batch_shape_tensor(self) -> Tensor:
        scales = self._scale_operator.batch_shape_tensor()
        return joined_shape_tensor([dynamic_shape(self._df), scales])

    def _event_shape(self) -> TensorShape:
        return TensorShape([self._scale_operator.domain_dimension] * 2)

    def _event_shape_tensor(self) -> Tensor:
        size = self._scale_operator.domain_dimension_tensor()
        return ops.stack([size, size])

    # -- samples and probabilities -----------------------------------------------------------------

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        """Bartlett: normal numbers below a diagonal of roots of chi-squared ones."""
        batch, event = self.batch_shape_tensor(), self.event_shape_tensor()
        shape = ops.concat([[n], batch, event], 0)
        normal = ops.random_normal(shape, dtype=self.dtype, seed=seed)
        df = ops.broadcast_to(self._df, batch)
        squares = ops.random_gamma(
            [n],
            self._halves_down(0.5 * df),
            beta=0.5,
            dtype=self.dtype,
            seed=gen_new_seed(seed, "wishart"),
        )
        lower = ops.matrix_set_diag(ops.matrix_band_part(normal, -1, 0), ops.sqrt(squares))
        factor = ops.matmul(self._scale_operator.to_dense(), lower)
        return factor if self._is_factor else ops.matmul(factor, factor, transpose_b=True)

    def _log_prob(self, value: Tensor) -> Tensor:
        factor = value if self._is_factor else ops.cholesky(value)
        log_root = ops.reduce_sum(ops.log(ops.matrix_diag_part(factor)), -1)
        # The trace of scale^-1 X is the sum of squares of L^-1 factor.
        trace = ops.reduce_sum(ops.square(self._scale_operator.solve(factor)), [-2, -1])
        exponent = self._df - self._dimension - 1.0
        return exponent * log_root - 0.5 * trace - self.log_normalization()

    def log_normalization(self, name: str = "log_normalization") -> Tensor:
        """Return the logarithms of the integrals that densities are divided by.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            half = 0.5 * self._df
            log_det = self._scale_operator.log_abs_determinant()
            powers = self._df * log_det + half * self._dimension * math.log(2.0)
            return powers + self._log_gamma(half)

    def _halves_down(self, a: Tensor) -> Tensor:
        """The numbers a, a - 1/2, ..., a - (k - 1)/2, which multivariate gammas are made of."""
        steps = ops.cast(ops.range(self._scale_operator.domain_dimension_tensor()), self.dtype)
        return ops.expand_dims(a, -1) - 0.5 * steps

    def _log_gamma(self, a: Tensor) -> Tensor:
        k = self._dimension
        of_pi = 0.25 * k * (k - 1.0) * math.log(math.pi)
        return of_pi + ops.reduce_sum(ops.lgamma(self._halves_down(a)), -1)

    def _digamma(self, a: Tensor) -> Tensor:
        return ops.reduce_sum(ops.digamma(self._halves_down(a)), -1)

    # -- statistics --------------------------------------------------------------------------------

    def _entropy(self) -> Tensor:
        half, k = 0.5 * self._df, self._dimension
        log_det = self._scale_operator.log_abs_determinant()
        powers = (k + 1.0) * (log_det + 0.5 * k * math.log(2.0)) + k * half
        return powers + self._log_gamma(half) + (0.5 * (k + 1.0) - half) * self._digamma(half)

    def _times(self, factor: Tensor) -> Tensor:
        """Multiples of the scales, or their Cholesky factors if matrices are such."""
        return _as_matrices(ops.sqrt(factor) if self._is_factor else factor) * self.scale()

    def _mean(self) -> Tensor:
        return self._times(self._df)

    def _mode(self) -> Tensor:
        factor = self._df - self._dimension - 1.0
        text = "the mode needs a df of at least the dimension + 1"
        return self._times(undefined(self, factor >= 0.0, factor, text))

    def _variance(self) -> Tensor:
        factor = self._scale_operator.to_dense()
        scale = ops.matmul(factor, factor, transpose_b=True)
        diag = ops.matrix_diag_part(scale)
        products = ops.expand_dims(diag, -1) * ops.expand_dims(diag, -2)
        return _as_matrices(self._df) * (ops.square(scale) + products)

    def _stddev(self) -> Tensor:
        if self._is_factor:
            raise ValueError("standard deviations of Cholesky factors are not known")
        return ops.sqrt(self._variance())

    def mean_log_det(self, name: str = "mean_log_det") -> Tensor:
        """Return the means of the logarithms of determinants.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            log_det = 2.0 * self._scale_operator.log_abs_determinant()
            return self._digamma(0.5 * self._df) + self._dimension * math.log(2.0) + log_det


class WishartCholesky(_Wishart):
    """Sums of `df` products x x^T of normal vectors, whose covariance is scale @ scale^T.

    Args:
      df: floating, the degrees of freedom, at least k.
      scale: floating [..., k, k], lower triangular with positive diagonals.
      cholesky_input_output_matrices: whether values, samples, means and modes are Cholesky factors
        of the matrices; densities are those of the matrices nevertheless.
      validate_args: whether the run checks `scale` and `df`.
      allow_nan_stats: whether the mode is NaN where it does not exist, else it is an error of the
        run.
      name: name of the distribution.

    Raises:
      ValueError: `df` is known to be less than k.

    >>> import graphflow as tf
    >>> wishart = tf.contrib.distributions.WishartCholesky(5.0, [[1.0, 0.0], [3.0, 4.0]])
    >>> tf.Session().run([wishart.mean(), wishart.variance()])
    [array([[  5.,  15.],
           [ 15., 125.]], dtype=float32), array([[  10.,  170.],
           [ 170., 6250.]], dtype=float32)]
    """

    def __init__(
        self,
        df: Any,
        scale: Any,
        cholesky_input_output_matrices: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "WishartCholesky",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            factor = convert_to_tensor(scale, name="scale")
            if validate_args:
                text = "the diagonal of scale must be positive"
                diag = ops.matrix_diag_part(factor)
                factor = checked(factor, ops.assert_positive(diag, message=text))
            operator = LinearOperatorLowerTriangular(factor, is_non_singular=True, is_square=True)
        super().__init__(
            df, operator, cholesky_input_output_matrices, validate_args, allow_nan_stats, scope
        )
        self._parameters = parameters


class WishartFull(_Wishart):
    """Sums of `df` products x x^T of normal vectors, whose covariance is `scale`.

    Args:
      df: floating, the degrees of freedom, at least k.
      scale: floating [..., k, k], symmetric and positive definite.
      cholesky_input_output_matrices: whether values, samples, means and modes are Cholesky factors
        of the matrices; densities are those of the matrices nevertheless.
      validate_args: whether the run checks that `scale` is symmetric, and `df`.
      allow_nan_stats: whether the mode is NaN where it does not exist, else it is an error of the
        run.
      name: name of the distribution.

    Raises:
      ValueError: `df` is known to be less than k.

    >>> import graphflow as tf
    >>> wishart = tf.contrib.distributions.WishartFull(5.0, [[1.0, 3.0], [3.0, 25.0]])
    >>> tf.Session().run(wishart.mode())
    array([[ 2.,  6.],
           [ 6., 50.]], dtype=float32)
    """

    def __init__(
        self,
        df: Any,
        scale: Any,
        cholesky_input_output_matrices: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "WishartFull",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            matrix = convert_to_tensor(scale, name="scale")
            if validate_args:
                text = "scale must be symmetric"
                mirrored = ops.matrix_transpose(matrix)
                matrix = checked(matrix, ops.assert_equal(matrix, mirrored, message=text))
            factor = ops.cholesky(matrix)
            operator = LinearOperatorLowerTriangular(factor, is_non_singular=True, is_square=True)
        super().__init__(
            df, operator, cholesky_input_output_matrices, validate_args, allow_nan_stats, scope
        )
        self._parameters = parameters
