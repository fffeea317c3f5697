"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions import special
from graphflow.distributions.parameters import floating_parameters, same_shapes
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class Laplace(ScalarDistribution):
    """Laplace distributions, whose density falls exponentially to both sides.

    Args:
      loc: floating, the means.
      scale: floating, the mean distances from `loc`.
      validate_args: whether the run checks that `scale` is positive.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> laplace = tf.distributions.Laplace(1.0, [0.5, 2.0])
    >>> tf.Session().run([laplace.prob(1.0), laplace.stddev()])
    [array([1.  , 0.25], dtype=float32), array([0.70710677, 2.828427  ], dtype=float32)]
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Laplace",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            self._loc, self._scale = floating_parameters(
                validate_args, ["scale"], loc=loc, scale=scale
            )
        super().__init__(
            self._loc.dtype,
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
        """The mean distances from `loc`."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # At -1 itself the logarithm would be infinite.
        real = self.dtype.as_numpy_dtype
        above = np.nextafter(real(-1.0), real(0.0))
        noise = ops.random_uniform(self._shape_of_draws(n), above, 1.0, self.dtype, seed=seed)
        distance = ops.sign(noise) * ops.log1p(-ops.abs(noise))
        return self._loc - self._scale * distance

    def _log_prob(self, value: Tensor) -> Tensor:
        return -ops.abs(self._z(value)) - math.log(2.0) - ops.log(self._scale)

    def _cdf(self, value: Tensor) -> Tensor:
        z = self._z(value)
        return 0.5 - 0.5 * ops.sign(z) * ops.expm1(-ops.abs(z))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return special.log_cdf_laplace(self._z(value))

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return special.log_cdf_laplace(-self._z(value))

    def _entropy(self) -> Tensor:
        return self._repeated(math.log(2.0) + 1.0 + ops.log(self._scale))

    def _mean(self) -> Tensor:
        return self._repeated(self._loc)

    def _mode(self) -> Tensor:
        return self._mean()

    def _stddev(self) -> Tensor:
        return math.sqrt(2.0) * self._repeated(self._scale)

    def _z(self, value: Tensor) -> Tensor:
        return (value - self._loc) / self._scale


class LaplaceWithSoftplusScale(Laplace):
    """`Laplace` whose scales are softplus(scale).

    Args:
      loc: see `Laplace`.
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
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            positive = ops.softplus(scale, name="softplus_scale")
        super().__init__(loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
