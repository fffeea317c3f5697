"""Student's t distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import (
    floating_parameters,
    gen_new_seed,
    same_shapes,
    undefined,
)
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution, same_shapes_of


class StudentT(ScalarDistribution):
    """Student's t distributions, moved and stretched.

    Args:
      df: floating, the degrees of freedom.
      loc: floating, the centres.
      scale: floating, how much they are stretched; not the standard deviations.
      validate_args: whether the run checks that `df` is positive.
      allow_nan_stats: whether mean and variance are NaN where `df` is at most 1, else it is an
        error of the run.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> student = tf.distributions.StudentT(df=[2.0, 4.0], loc=1.0, scale=3.0)
    >>> tf.Session().run([student.variance(), student.cdf(1.0)])
    [array([inf, 18.], dtype=float32), array([0.5, 0.5], dtype=float32)]
    """

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, loc, scale]) as scope:
            self._df, self._loc, self._scale = floating_parameters(
                validate_args, ["df"], df=df, loc=loc, scale=scale
            )
        super().__init__(
            self._scale.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._df, self._loc, self._scale],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "df", "loc", "scale")

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """The centres."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How much the distributions are stretched."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        """A normal number over the root of a chi-squared one, which is divided by its df."""
        normal = ops.random_normal(self._shape_of_draws(n), dtype=self.dtype, seed=seed)
        df = self._repeated(self._df)
        second = gen_new_seed(seed, "student_t")
        chi2 = ops.random_gamma([n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=second)
        return normal * ops.rsqrt(chi2 / df) * self._scale + self._loc

    def _log_prob(self, value: Tensor) -> Tensor:
        z = (value - self._loc) / self._scale
        half = 0.5 * self._df
        norm = (
            ops.log(ops.abs(self._scale))
            + 0.5 * ops.log(self._df)
            + 0.5 * math.log(math.pi)
            + ops.lgamma(half)
            - ops.lgamma(half + 0.5)
        )
        return -(half + 0.5) * ops.log1p(ops.square(z) / self._df) - norm

    def _cdf(self, value: Tensor) -> Tensor:
        z = (value - self._loc) / ops.abs(self._scale)
        df, nearness = same_shapes_of(self._df, self._df / (ops.square(z) + self._df))
        far = 0.5 * ops.betainc(0.5 * df, 0.5 * ops.ones_like(df), nearness)
        return ops.where_v2(z < 0.0, far, 1.0 - far)

    def _entropy(self) -> Tensor:
        half = 0.5 * self._df
        log_beta = ops.lgamma(half) + math.lgamma(0.5) - ops.lgamma(half + 0.5)
        slope = (half + 0.5) * (ops.digamma(half + 0.5) - ops.digamma(half))
        entropy = ops.log(ops.abs(self._scale)) + 0.5 * ops.log(self._df) + log_beta + slope
        return self._repeated(entropy)

    def _mean(self) -> Tensor:
        text = "mean not defined for components of df <= 1"
        return undefined(self, self._df > 1.0, self._repeated(self._loc), text)

    def _variance(self) -> Tensor:
        is_finite = self._df > 2.0
        # Where it is infinite the quotient must be a number too, or gradients would be NaN.
        excess = ops.where_v2(is_finite, self._df - 2.0, ops.ones_like(self._df))
        variance = self._repeated(ops.square(self._scale) * self._df / excess)
        variance = ops.where_v2(is_finite, variance, ops.constant(np.inf, self.dtype))
        text = "variance not defined for components of df <= 1"
        return undefined(self, self._df > 1.0, variance, text)

    def _mode(self) -> Tensor:
        return ops.identity(self._loc)


class StudentTWithAbsDfSoftplusScale(StudentT):
    """`StudentT` with floor(abs(df)) and softplus(scale).

    Args:
      df: floating, any numbers.
      loc: see `StudentT`.
      scale: floating, any numbers.
      validate_args: see there.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, scale]) as scope:
            whole = ops.floor(ops.abs(df))
            positive = ops.softplus(scale, name="softplus_scale")
        super().__init__(whole, loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
