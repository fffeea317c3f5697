"""The uniform distribution."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import floating_parameters, same_shapes
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class Uniform(ScalarDistribution):
    """Uniform distributions from `low` to below `high`.

    Args:
      low: floating, the lower ends.
      high: floating, the upper ends.
      validate_args: whether the run checks that `low` is less than `high`.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> uniform = tf.distributions.Uniform(1.0, [3.0, 6.0])
    >>> tf.Session().run([uniform.prob(2.5), uniform.mean()])
    [array([0.5, 0.2], dtype=float32), array([2. , 3.5], dtype=float32)]
    """

    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[low, high]) as scope:
            text = "uniform distribution not defined when low >= high."
            checks = [ops.assert_less(low, high, message=text)] if validate_args else []
            with control_dependencies(checks):
                self._low, self._high = floating_parameters(False, low=low, high=high)
        super().__init__(
            self._low.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._low, self._high],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "low", "high")

    @property
    def low(self) -> Tensor:
        """The lower ends."""
        return self._low

    @property
    def high(self) -> Tensor:
        """The upper ends."""
        return self._high

    def range(self, name: str = "range") -> Tensor:
        """Return how far the ends are apart.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            return self._high - self._low

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        noise = ops.random_uniform(self._shape_of_draws(n), dtype=self.dtype, seed=seed)
        return self._low + self.range() * noise

    def _prob(self, value: Tensor) -> Tensor:
        is_outside = ops.logical_or(value < self._low, value >= self._high)
        density = 1.0 / self.range()
        inside = ops.where_v2(is_outside, ops.zeros_like(density), density)
        return ops.where_v2(ops.is_nan(value), value, inside)

    def _cdf(self, value: Tensor) -> Tensor:
        share = (value - self._low) / self.range()
        return ops.minimum(ops.maximum(share, 0.0), 1.0)

    def _quantile(self, value: Tensor) -> Tensor:
        return self._low + value * self.range()

    def _entropy(self) -> Tensor:
        return ops.log(self.range())

    def _mean(self) -> Tensor:
        return (self._low + self._high) / 2.0

    def _variance(self) -> Tensor:
        return ops.square(self.range()) / 12.0

    def _stddev(self) -> Tensor:
        return self.range() / math.sqrt(12.0)
