"""Distributions of positive numbers: half-normal, inverse gamma and chi-squared."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions import special
from graphflow.distributions.gamma import Gamma
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import (
    checked,
    floating_parameters,
    same_shapes,
    undefined,
)
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class HalfNormal(ScalarDistribution):
    """Half-normal distributions, of the distances of normal numbers from 0.

    Args:
      scale: floating, the standard deviations of the normal numbers.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtype is not floating.

    >>> import graphflow as tf
    >>> half = tf.contrib.distributions.HalfNormal([1.0, 2.0])
    >>> tf.Session().run(half.prob([-1.0, 0.5])).round(4)
    array([0.    , 0.3867], dtype=float32)
    """

    def __init__(
        self,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "HalfNormal",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            (self._scale,) = floating_parameters(validate_args, ["scale"], scale=scale)
        super().__init__(
            self._scale.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._scale],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "scale")

    @property
    def scale(self) -> Tensor:
        """The standard deviations of the normal numbers."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        noise = ops.random_normal(self._shape_of_draws(n), dtype=self.dtype, seed=seed)
        return ops.abs(noise * self._scale)

    def _prob(self, value: Tensor) -> Tensor:
        height = math.sqrt(2.0 / math.pi) / self._scale
        density = height * ops.exp(-0.5 * ops.square(value / self._scale))
        return density * ops.cast(value >= 0.0, self.dtype)

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.erf(ops.maximum(value, 0.0) / self._scale * math.sqrt(0.5))

    def _quantile(self, value: Tensor) -> Tensor:
        return math.sqrt(2.0) * self._scale * special.erfinv(value)

    def _entropy(self) -> Tensor:
        return 0.5 * math.log(math.pi / 2.0) + ops.log(self._scale) + 0.5

    def _mean(self) -> Tensor:
        return self._scale * math.sqrt(2.0 / math.pi)

    def _mode(self) -> Tensor:
        return ops.zeros_like(self._scale)

    def _variance(self) -> Tensor:
        return ops.square(self._scale) * (1.0 - 2.0 / math.pi)


@RegisterKL(HalfNormal, HalfNormal)
def _kl_half_normal_half_normal(a: HalfNormal, b: HalfNormal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_half_normal_half_normal", [a.scale, b.scale]):
        ratio = ops.square(a.scale / b.scale)
        return 0.5 * (ratio - 1.0 - ops.log(ratio))


class InverseGamma(ScalarDistribution):
    """Inverse gamma distributions, of the reciprocals of gamma numbers.

    Args:
      concentration: floating, the shapes.
      rate: floating, the inverse scales of the gamma numbers.
      validate_args: whether the run checks that parameters and values are positive.
      allow_nan_stats: whether mean and variance are NaN where they do not exist, else it is an
        error of the run.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> inverse = tf.contrib.distributions.InverseGamma([1.0, 3.0], 4.0)
    >>> tf.Session().run([inverse.mean(), inverse.mode()])
    [array([nan,  2.], dtype=float32), array([2., 1.], dtype=float32)]
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGamma",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            self._concentration, self._rate = floating_parameters(
                validate_args, ["concentration", "rate"], concentration=concentration, rate=rate
            )
        super().__init__(
            self._concentration.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._concentration, self._rate],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "concentration", "rate")

    @property
    def concentration(self) -> Tensor:
        """The shapes."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The inverse scales of the gamma numbers."""
        return self._rate

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return 1.0 / ops.random_gamma(
            [n], self._concentration, beta=self._rate, dtype=self.dtype, seed=seed
        )

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        norm = ops.lgamma(self._concentration) - self._concentration * ops.log(self._rate)
        return -(1.0 + self._concentration) * ops.log(value) - self._rate / value - norm

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.igammac(self._concentration, self._rate / self._valid(value))

    def _entropy(self) -> Tensor:
        concentration = self._concentration
        weighted = (1.0 + concentration) * ops.digamma(concentration)
        return concentration + ops.log(self._rate) + ops.lgamma(concentration) - weighted

    def _mean(self) -> Tensor:
        mean = self._rate / (self._concentration - 1.0)
        text = "mean undefined when any concentration <= 1"
        return undefined(self, self._concentration > 1.0, mean, text)

    def _variance(self) -> Tensor:
        excess = self._concentration - 1.0
        variance = ops.square(self._rate / excess) / (excess - 1.0)
        text = "variance undefined when any concentration <= 2"
        return undefined(self, self._concentration > 2.0, variance, text)

    def _mode(self) -> Tensor:
        return self._rate / (1.0 + self._concentration)

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        return checked(value, ops.assert_positive(value, message="values must be positive"))


class InverseGammaWithSoftplusConcentrationRate(InverseGamma):
    """`InverseGamma` with softplus(concentration) and softplus(rate).

    Args:
      concentration: floating, any numbers.
      rate: floating, any numbers.
      validate_args: see `InverseGamma`.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            shapes = ops.softplus(concentration, name="softplus_concentration")
            rates = ops.softplus(rate, name="softplus_rate")
        super().__init__(shapes, rates, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


class Chi2(Gamma):
    """Chi-squared distributions, of sums of `df` squared normal numbers.

    Args:
      df: floating, the degrees of freedom.
      validate_args: whether the run checks that `df` and values are positive.
      allow_nan_stats: whether the mode is NaN where `df` is at most 2, else it is an error of the
        run.
      name: name of the distribution.

    Raises:
      ValueError: the dtype is not floating.

    >>> import graphflow as tf
    >>> chi2 = tf.contrib.distributions.Chi2([2.0, 5.0])
    >>> tf.Session().run([chi2.mean(), chi2.variance()])
    [array([2., 5.], dtype=float32), array([ 4., 10.], dtype=float32)]
    """

    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df]) as scope:
            (self._df,) = floating_parameters(validate_args, ["df"], df=df)
            half = ops.constant(0.5, self._df.dtype.base_dtype, name="half")
        super().__init__(half * self._df, half, validate_args, allow_nan_stats, scope)
        self._parameters = parameters

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "df")

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df


class Chi2WithAbsDf(Chi2):
    """`Chi2` with floor(abs(df)).

    Args:
      df: floating, any numbers.
      validate_args: see `Chi2`.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        df: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2WithAbsDf",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df]) as scope:
            degrees = ops.floor(ops.abs(df, name="abs_df"), name="floor_abs_df")
        super().__init__(degrees, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
