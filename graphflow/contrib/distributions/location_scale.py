"""Distributions that are moved and stretched: logistic, Gumbel and Cauchy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import floating_parameters, same_shapes
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class LocationScale(ScalarDistribution):
    """A distribution of loc + scale * z; a subclass knows the one of z.

    Args:
      loc: floating, how far to move.
      scale: floating, how much to stretch.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: whether a statistic that is not defined is NaN, else an error.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.
    """

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool, allow_nan_stats: bool, name: str
    ) -> None:
        parameters = {
            "loc": loc,
            "scale": scale,
            "validate_args": validate_args,
            "allow_nan_stats": allow_nan_stats,
            "name": name,
        }
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
        """How far the distributions are moved."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How much the distributions are stretched."""
        return self._scale

    def _z_of(self, probability: Tensor) -> Tensor:
        """The quantile of z."""
        raise self._missing("_z_of")

    def _z(self, value: Tensor) -> Tensor:
        return (value - self._loc) / self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # At 0 itself the quantile would be infinite.
        tiny = np.finfo(self.dtype.as_numpy_dtype).tiny
        noise = ops.random_uniform(self._shape_of_draws(n), tiny, 1.0, self.dtype, seed=seed)
        return self._quantile(noise)

    def _quantile(self, value: Tensor) -> Tensor:
        return self._loc + self._scale * self._z_of(value)

    def _mode(self) -> Tensor:
        return self._repeated(self._loc)

    def _entropy_beside(self, of_z: float) -> Tensor:
        return self._repeated(of_z + ops.log(self._scale))


class Logistic(LocationScale):
    """Logistic distributions, whose P(X <= x) is the sigmoid function.

    Args:
      loc: floating, the means.
      scale: floating, how much they are stretched.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> logistic = tf.contrib.distributions.Logistic(1.0, [2.0, 4.0])
    >>> tf.Session().run([logistic.prob(1.0), logistic.cdf(1.0)])
    [array([0.125 , 0.0625], dtype=float32), array([0.5, 0.5], dtype=float32)]
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Logistic",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _log_prob(self, value: Tensor) -> Tensor:
        z = self._z(value)
        return -z - 2.0 * ops.softplus(-z) - ops.log(self._scale)

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.sigmoid(self._z(value))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return -ops.softplus(-self._z(value))

    def _survival_function(self, value: Tensor) -> Tensor:
        return ops.sigmoid(-self._z(value))

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return -ops.softplus(self._z(value))

    def _z_of(self, probability: Tensor) -> Tensor:
        return ops.log(probability) - ops.log1p(-probability)

    def _entropy(self) -> Tensor:
        return self._entropy_beside(2.0)

    def _mean(self) -> Tensor:
        return self._repeated(self._loc)

    def _stddev(self) -> Tensor:
        return self._repeated(self._scale) * (math.pi / math.sqrt(3.0))


class Gumbel(LocationScale):
    """Gumbel distributions, of the greatest of many numbers.

    Args:
      loc: floating, the modes.
      scale: floating, how much they are stretched.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> gumbel = tf.contrib.distributions.Gumbel([1.0, 3.0], 2.0)
    >>> tf.Session().run(gumbel.mean()).round(3)
    array([2.154, 4.154], dtype=float32)
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gumbel",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _log_prob(self, value: Tensor) -> Tensor:
        z = self._z(value)
        return -(z + ops.exp(-z)) - ops.log(self._scale)

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.exp(self._log_cdf(value))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return -ops.exp(-self._z(value))

    def _z_of(self, probability: Tensor) -> Tensor:
        return -ops.log(-ops.log(probability))

    def _entropy(self) -> Tensor:
        return self._entropy_beside(1.0 + np.euler_gamma)

    def _mean(self) -> Tensor:
        return self._loc + self._scale * np.euler_gamma

    def _stddev(self) -> Tensor:
        return self._repeated(self._scale) * (math.pi / math.sqrt(6.0))


class Cauchy(LocationScale):
    """Cauchy distributions, whose tails are so heavy that they have no mean.

    Args:
      loc: floating, the medians.
      scale: floating, how much they are stretched.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: whether mean and variance are NaN, else they raise a ValueError.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> cauchy = tf.contrib.distributions.Cauchy(1.0, [2.0, 4.0])
    >>> tf.Session().run(cauchy.cdf(3.0)).round(4)
    array([0.75  , 0.6476], dtype=float32)
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Cauchy",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _log_prob(self, value: Tensor) -> Tensor:
        norm = math.log(math.pi) + ops.log(self._scale)
        return -ops.log1p(ops.square(self._z(value))) - norm

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.atan(self._z(value)) / math.pi + 0.5

    def _log_cdf(self, value: Tensor) -> Tensor:
        return ops.log1p(2.0 / math.pi * ops.atan(self._z(value))) - math.log(2.0)

    def _z_of(self, probability: Tensor) -> Tensor:
        return ops.tan(math.pi * (probability - 0.5))

    def _entropy(self) -> Tensor:
        return self._entropy_beside(math.log(4.0 * math.pi))

    def _mean(self) -> Tensor:
        return self._never("mean")

    def _stddev(self) -> Tensor:
        return self._never("stddev")

    def _never(self, statistic: str) -> Tensor:
        if not self.allow_nan_stats:
            raise ValueError(f"the {statistic} is undefined for a Cauchy distribution")
        return ops.fill(self.batch_shape_tensor(), ops.constant(np.nan, self.dtype))
