"""Numbers between 0 and 1 that are nearly one of both."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import (
    floating_parameters,
    get_logits_and_probs,
    same_shapes,
)
from graphflow.distributions.reparameterization import FULLY_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class RelaxedBernoulli(ScalarDistribution):
    """Coins that nearly show 0 or 1: sigmoid((logits + logistic noise) / temperature).

    Args:
      temperature: floating, how far numbers are from 0 and 1.
      logits: floating, the log-odds of 1.
      probs: floating, the probabilities of 1; give these or `logits`.
      validate_args: whether the run checks that `temperature` is positive, and the probabilities.
      allow_nan_stats: not used.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none, or the dtypes differ.

    >>> import graphflow as tf
    >>> coin = tf.contrib.distributions.RelaxedBernoulli(1.0, probs=[0.5, 0.25])
    >>> tf.Session().run(tf.round(100.0 * coin.prob(0.75)))
    array([100.,  48.], dtype=float32)
    """

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedBernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[temperature, logits, probs]) as scope:
            (self._temperature,) = floating_parameters(
                validate_args, ["temperature"], temperature=temperature
            )
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
            ops.assert_same_float_dtype([self._temperature, self._logits])
        super().__init__(
            self._logits.dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._temperature, self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "logits")

    @property
    def temperature(self) -> Tensor:
        """How far numbers are from 0 and 1."""
        return self._temperature

    @property
    def logits(self) -> Tensor:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of 1."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # The logarithm of 0 would be infinite.
        tiny = np.finfo(self.dtype.as_numpy_dtype).tiny
        noise = ops.random_uniform(self._shape_of_draws(n), tiny, 1.0, self.dtype, seed=seed)
        logistic = ops.log(noise) - ops.log1p(-noise)
        return ops.sigmoid((logistic + self._logits) / self._temperature)

    def _noise_of(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """The logistic number that leads to a value, and the log-odds of the value."""
        odds = ops.log(value) - ops.log1p(-value)
        return self._temperature * odds - self._logits, odds

    def _log_prob(self, value: Tensor) -> Tensor:
        noise, odds = self._noise_of(value)
        of_noise = -noise - 2.0 * ops.softplus(-noise)
        return of_noise + ops.log(self._temperature) + ops.softplus(odds) + ops.softplus(-odds)

    def _cdf(self, value: Tensor) -> Tensor:
        return ops.sigmoid(self._noise_of(value)[0])
