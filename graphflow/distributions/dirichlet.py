"""The Dirichlet distribution."""

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
from graphflow.distributions.vector import VectorDistribution, columns, outer


class Dirichlet(VectorDistribution):
    """Dirichlet distributions, of the probabilities of k classes.

    Args:
      concentration: floating [..., k], the weights of the classes.
      validate_args: whether the run checks weights and values.
      allow_nan_stats: whether the mode is NaN where a weight is at most 1, else it is an error of
        the run.
      name: name of the distribution.

    Raises:
      ValueError: the dtype is not floating.

    >>> import graphflow as tf
    >>> dirichlet = tf.distributions.Dirichlet([1.0, 2.0, 5.0])
    >>> tf.Session().run([dirichlet.mean(), tf.round(1e3 * dirichlet.prob([0.25, 0.25, 0.5]))])
    [array([0.125, 0.25 , 0.625], dtype=float32), np.float32(3281.0)]
    """

    def __init__(
        self,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration]) as scope:
            (self._concentration,) = floating_parameters(
                validate_args, ["concentration"], concentration=concentration
            )
            self._total_concentration = ops.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._concentration, self._total_concentration],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "concentration")

    @property
    def concentration(self) -> Tensor:
        """The weights of the classes, [..., k]."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sums of the weights."""
        return self._total_concentration

    def _known_mean(self) -> Tensor:
        return self._concentration

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        draws = ops.random_gamma([n], self._concentration, dtype=self.dtype, seed=seed)
        return draws / ops.reduce_sum(draws, -1, keepdims=True)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        weighted = ops.reduce_sum(ops.xlogy(self._concentration - 1.0, value), -1)
        return weighted - ops.lbeta(self._concentration)

    def _entropy(self) -> Tensor:
        k = ops.cast(self.event_shape_tensor()[0], self.dtype)
        of_total = (self._total_concentration - k) * ops.digamma(self._total_concentration)
        weighted = (self._concentration - 1.0) * ops.digamma(self._concentration)
        return ops.lbeta(self._concentration) + of_total - ops.reduce_sum(weighted, -1)

    def _mean(self) -> Tensor:
        return self._concentration / columns(self._total_concentration)

    def _variance(self) -> Tensor:
        mean = self._mean()
        return mean * (1.0 - mean) / (1.0 + columns(self._total_concentration))

    def _covariance(self) -> Tensor:
        mean = self._mean()
        scale = columns(columns(1.0 + self._total_concentration))
        return ops.matrix_set_diag(-outer(mean, mean) / scale, self._variance())

    def _mode(self) -> Tensor:
        k = ops.cast(self.event_shape_tensor()[0], self.dtype)
        mode = (self._concentration - 1.0) / (columns(self._total_concentration) - k)
        is_defined = ops.reduce_all(self._concentration > 1.0, -1, keepdims=True)
        return undefined(self, is_defined, mode, "Mode undefined when any concentration <= 1")

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        one = ops.constant(1.0, self.dtype)
        total = ops.reduce_sum(value, -1)
        return checked(
            value,
            ops.assert_positive(value, message="values must be positive"),
            ops.assert_near(one, total, message="values must sum to 1"),
        )


@RegisterKL(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(a: Dirichlet, b: Dirichlet, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_dirichlet_dirichlet", [a.concentration, b.concentration]):
        slopes = ops.digamma(a.concentration) - columns(ops.digamma(a.total_concentration))
        weighted = ops.reduce_sum((a.concentration - b.concentration) * slopes, -1)
        return weighted - ops.lbeta(a.concentration) + ops.lbeta(b.concentration)
