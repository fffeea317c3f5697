"""The normal distribution."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions import special
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import floating_parameters, same_shapes
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class Normal(ScalarDistribution):
    """Normal distributions of given means and standard deviations.

    Args:
      loc: floating, the means.
      scale: floating, the standard deviations.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> normal = tf.distributions.Normal([0.0, 3.0], 2.0)
    >>> tf.Session().run(normal.prob(1.0)).round(4)
    array([0.176, 0.121], dtype=float32)
    >>> tf.Session().run(normal.cdf([0.0, 1.0])).round(4)
    array([0.5   , 0.1587], dtype=float32)
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Normal",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            self._loc, self._scale = floating_parameters(
                validate_args, ["scale"], loc=loc, scale=scale
            )
        super().__init__(
            self._scale.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._loc, self._scale],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "loc", "scale")

    @property
    def loc(self) -> Tensor:
        """The means."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        noise = ops.random_normal(self._shape_of_draws(n), dtype=self.dtype, seed=seed)
        return noise * self._scale + self._loc

    def _log_prob(self, value: Tensor) -> Tensor:
        norm = 0.5 * math.log(2 * math.pi) + ops.log(self._scale)
        return -0.5 * ops.square(self._z(value)) - norm

    def _cdf(self, value: Tensor) -> Tensor:
        return special.ndtr(self._z(value))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return special.log_ndtr(self._z(value))

    def _survival_function(self, value: Tensor) -> Tensor:
        return special.ndtr(-self._z(value))

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return special.log_ndtr(-self._z(value))

    def _quantile(self, value: Tensor) -> Tensor:
        return special.ndtri(value) * self._scale + self._loc

    def _entropy(self) -> Tensor:
        return self._repeated(0.5 * math.log(2 * math.pi * math.e) + ops.log(self._scale))

    def _mean(self) -> Tensor:
        return self._repeated(self._loc)

    def _mode(self) -> Tensor:
        return self._mean()

    def _stddev(self) -> Tensor:
        return self._repeated(self._scale)

    def _z(self, value: Tensor) -> Tensor:
        with name_scope("standardize", values=[value]):
            return (value - self._loc) / self._scale


class NormalWithSoftplusScale(Normal):
    """`Normal` whose standard deviations are softplus(scale).

    Args:
      loc: see `Normal`.
      scale: floating, any numbers.
      validate_args: see there.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NormalWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            positive = ops.softplus(scale, name="softplus_scale")
        super().__init__(loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(Normal, Normal)
def _kl_normal_normal(a: Normal, b: Normal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_normal_normal", [a.loc, b.loc]):
        variance = ops.square(b.scale)
        ratio = ops.square(a.scale) / variance
        distance = ops.squared_difference(a.loc, b.loc) / (2.0 * variance)
        return distance + 0.5 * (ratio - 1.0 - ops.log(ratio))
