"""The beta distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import (
    checked,
    floating_parameters,
    gen_new_seed,
    same_shapes,
    undefined,
)
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution, same_shapes_of


class Beta(ScalarDistribution):
    """Beta distributions, of numbers between 0 and 1.

    Args:
      concentration1: floating, the weights of 1.
      concentration0: floating, the weights of 0.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: whether the mode is NaN where a weight is at most 1, else it is an error of
        the run.
      name: name of the distribution.

    Raises:
      ValueError: the dtypes differ, or are not floating.

    >>> import graphflow as tf
    >>> beta = tf.distributions.Beta(2.0, [2.0, 6.0])
    >>> tf.Session().run([beta.mean(), beta.mode()])
    [array([0.5 , 0.25], dtype=float32), array([0.5       , 0.16666667], dtype=float32)]
    >>> tf.Session().run(beta.prob(0.5)).round(3)
    array([1.5  , 0.656], dtype=float32)
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            self._concentration1, self._concentration0 = floating_parameters(
                validate_args,
                ["concentration1", "concentration0"],
                concentration1=concentration1,
                concentration0=concentration0,
            )
            self._total_concentration = self._concentration1 + self._concentration0
        super().__init__(
            self._total_concentration.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._concentration1, self._concentration0, self._total_concentration],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "concentration1", "concentration0")

    @property
    def concentration1(self) -> Tensor:
        """The weights of 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """The weights of 0."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """The sums of both weights."""
        return self._total_concentration

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        def draw(concentration: Tensor, seed: int | None) -> Tensor:
            alpha = self._repeated(concentration)
            return ops.random_gamma([n], alpha, dtype=self.dtype, seed=seed)

        of_one = draw(self._concentration1, seed)
        of_zero = draw(self._concentration0, gen_new_seed(seed, "beta"))
        return of_one / (of_one + of_zero)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        weighted = ops.xlogy(self._concentration1 - 1.0, value)
        return weighted + (self._concentration0 - 1.0) * ops.log1p(-value) - self._log_norm()

    def _cdf(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        a, b, x = same_shapes_of(self._concentration1, self._concentration0, value)
        return ops.betainc(a, b, x)

    def _log_norm(self) -> Tensor:
        parts = ops.lgamma(self._concentration1) + ops.lgamma(self._concentration0)
        return parts - ops.lgamma(self._total_concentration)

    def _entropy(self) -> Tensor:
        def weighted(concentration: Tensor, less: float) -> Tensor:
            return (concentration - less) * ops.digamma(concentration)

        parts = weighted(self._concentration1, 1.0) + weighted(self._concentration0, 1.0)
        return self._log_norm() - parts + weighted(self._total_concentration, 2.0)

    def _mean(self) -> Tensor:
        return self._concentration1 / self._total_concentration

    def _variance(self) -> Tensor:
        mean = self._mean()
        return mean * (1.0 - mean) / (1.0 + self._total_concentration)

    def _mode(self) -> Tensor:
        mode = (self._concentration1 - 1.0) / (self._total_concentration - 2.0)
        is_defined = ops.logical_and(self._concentration1 > 1.0, self._concentration0 > 1.0)
        text = "Mode undefined for concentration1 <= 1 or concentration0 <= 1."
        return undefined(self, is_defined, mode, text)

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        one = ops.constant(1.0, self.dtype)
        return checked(
            value,
            ops.assert_positive(value, message="values must be positive"),
            ops.assert_less(value, one, message="values must be less than 1"),
        )


class BetaWithSoftplusConcentration(Beta):
    """`Beta` with softplus(concentration1) and softplus(concentration0).

    Args:
      concentration1: floating, any numbers.
      concentration0: floating, any numbers.
      validate_args: see `Beta`.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        concentration1: Any,
        concentration0: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BetaWithSoftplusConcentration",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            of_one = ops.softplus(concentration1, name="softplus_concentration1")
            of_zero = ops.softplus(concentration0, name="softplus_concentration0")
        super().__init__(of_one, of_zero, validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(Beta, Beta)
def _kl_beta_beta(a: Beta, b: Beta, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_beta_beta", [*a._graph_parents, *b._graph_parents]):

        def difference(of_a: Tensor, of_b: Tensor) -> Tensor:
            return (of_a - of_b) * ops.digamma(of_a)

        return (
            b._log_norm()
            - a._log_norm()
            + difference(a.concentration1, b.concentration1)
            + difference(a.concentration0, b.concentration0)
            - difference(a.total_concentration, b.total_concentration)
        )
