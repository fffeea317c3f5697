"""The gamma distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import (
    checked,
    floating_parameters,
    same_shapes,
    undefined,
)
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class Gamma(ScalarDistribution):
    """Gamma distributions: of how long `concentration` events take that happen at `rate`.

    Args:
      concentration: floating, the shapes.
      rate: floating, the inverse scales.
      validate_args: whether the run checks that parameters and values are positive.
      allow_nan_stats: whether the mode is NaN where `concentration` is at most 1, else it is an
        error of the run.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> gamma = tf.distributions.Gamma([1.0, 3.0], 2.0)
    >>> tf.Session().run([gamma.mean(), gamma.mode()])
    [array([0.5, 1.5], dtype=float32), array([nan,  1.], dtype=float32)]
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
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
        """The inverse scales."""
        return self._rate

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return ops.random_gamma(
            [n], self._concentration, beta=self._rate, dtype=self.dtype, seed=seed
        )

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        norm = ops.lgamma(self._concentration) - self._concentration * ops.log(self._rate)
        return ops.xlogy(self._concentration - 1.0, value) - self._rate * value - norm

    def _cdf(self, value: Tensor) -> Tensor:
        # The incomplete gamma function knows neither infinity nor values below 0.
        return ops.igamma(self._concentration, self._rate * self._valid(value))

    def _entropy(self) -> Tensor:
        concentration = self._concentration
        weighted = (1.0 - concentration) * ops.digamma(concentration)
        return concentration - ops.log(self._rate) + ops.lgamma(concentration) + weighted

    def _mean(self) -> Tensor:
        return self._concentration / self._rate

    def _variance(self) -> Tensor:
        return self._concentration / ops.square(self._rate)

    def _mode(self) -> Tensor:
        mode = (self._concentration - 1.0) / self._rate
        text = "mode not defined when any concentration <= 1"
        return undefined(self, self._concentration > 1.0, mode, text)

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        return checked(value, ops.assert_positive(value, message="values must be positive"))


class GammaWithSoftplusConcentrationRate(Gamma):
    """`Gamma` with softplus(concentration) and softplus(rate).

    Args:
      concentration: floating, any numbers.
      rate: floating, any numbers.
      validate_args: see `Gamma`.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            shapes = ops.softplus(concentration, name="softplus_concentration")
            rates = ops.softplus(rate, name="softplus_rate")
        super().__init__(shapes, rates, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(Gamma, Gamma)
def _kl_gamma_gamma(a: Gamma, b: Gamma, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_gamma_gamma", [a.concentration, a.rate, b.concentration, b.rate]):
        return (
            (a.concentration - b.concentration) * ops.digamma(a.concentration)
            + ops.lgamma(b.concentration)
            - ops.lgamma(a.concentration)
            + b.concentration * ops.log(a.rate)
            - b.concentration * ops.log(b.rate)
            + a.concentration * (b.rate / a.rate - 1.0)
        )
