"""The Dirichlet-multinomial distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import (
    checked,
    floating_parameters,
    gen_new_seed,
    log_combinations,
    same_shapes,
    whole,
)
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.distributions.vector import VectorDistribution, columns, outer


class DirichletMultinomial(VectorDistribution):
    """How often each class comes up in throws of a dice that was drawn by a Dirichlet distribution.

    Args:
      total_count: floating, how many throws there are.
      concentration: floating [..., k], the weights of the classes.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: the dtype is not floating.

    >>> import graphflow as tf
    >>> throws = tf.distributions.DirichletMultinomial(2.0, [1.0, 3.0])
    >>> tf.Session().run([throws.mean(), tf.round(1e4 * throws.prob([0.0, 2.0]))])
    [array([0.5, 1.5], dtype=float32), np.float32(6000.0)]
    """

    def __init__(
        self,
        total_count: Any,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, concentration]) as scope:
            count = convert_to_tensor(total_count, name="total_count")
            self._total_count = whole(count, validate_args, "total_count")
            (self._concentration,) = floating_parameters(
                validate_args, ["concentration"], concentration=concentration
            )
            self._total_concentration = ops.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._total_count, self._concentration],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "concentration")

    @property
    def total_count(self) -> Tensor:
        """How many throws there are."""
        return self._total_count

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
        throws = ops.cast(self._total_count, int32)
        k = self.event_shape_tensor()[0]
        dice = ops.random_gamma([n], self._concentration, dtype=self.dtype, seed=seed)
        logits = ops.reshape(ops.log(dice), ops.stack([-1, k]))
        second = gen_new_seed(seed, "dirichlet_multinomial")
        classes = ops.multinomial(logits, throws, seed=second)
        counts = ops.reduce_sum(ops.one_hot(classes, k, dtype=self.dtype), -2)
        return ops.reshape(counts, ops.concat([[n], self.batch_shape_tensor(), [k]], 0))

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        ratio = ops.lbeta(self._concentration + value) - ops.lbeta(self._concentration)
        return ratio + log_combinations(self._total_count, value)

    def _mean(self) -> Tensor:
        return columns(self._total_count) * self._share()

    def _share(self) -> Tensor:
        return self._concentration / columns(self._total_concentration)

    def _spread(self) -> Tensor:
        """By how much the variance is greater than one throw's, as often as there are throws."""
        total, count = self._total_concentration, self._total_count
        return count * (count + total) / (1.0 + total)

    def _variance(self) -> Tensor:
        share = self._share()
        return columns(self._spread()) * share * (1.0 - share)

    def _covariance(self) -> Tensor:
        share = self._share()
        spread = columns(columns(self._spread()))
        return ops.matrix_set_diag(-spread * outer(share, share), self._variance())

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        value = whole(value, True)
        total = ops.reduce_sum(value, -1)
        text = "values must sum to total_count"
        return checked(value, ops.assert_equal(self._total_count, total, message=text))
