"""The Bernoulli distribution."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import (
    checked,
    get_logits_and_probs,
    same_shapes,
    whole,
)
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution


class Bernoulli(ScalarDistribution):
    """Coins that show 1 with given probabilities, and else 0.

    Args:
      logits: floating, log(p / (1 - p)).
      probs: floating, the probabilities of 1; give this or `logits`.
      dtype: the dtype of samples.
      validate_args: whether the run checks probabilities and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.
      TypeError: they are not floating.

    >>> import graphflow as tf
    >>> coins = tf.distributions.Bernoulli(probs=[0.5, 0.125])
    >>> tf.Session().run([coins.prob([1, 0]), coins.variance()])
    [array([0.5  , 0.875], dtype=float32), array([0.25    , 0.109375], dtype=float32)]
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
        super().__init__(
            dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "logits")

    @property
    def logits(self) -> Tensor:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of 1."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        shape = self._shape_of_draws(n)
        noise = ops.random_uniform(shape, dtype=self._probs.dtype.base_dtype, seed=seed)
        return ops.cast(ops.less(noise, self._probs), self.dtype)

    def _log_prob(self, value: Tensor) -> Tensor:
        if self.validate_args:
            value = whole(value, True)
            one = ops.constant(1, value.dtype.base_dtype)
            value = checked(value, ops.assert_less_equal(value, one, message="values are 0 or 1"))
        value = ops.cast(value, self._logits.dtype.base_dtype)
        # Both the same shape, which the loss demands.
        labels = value + ops.zeros_like(self._logits)
        logits = self._logits + ops.zeros_like(value)
        return -ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def _entropy(self) -> Tensor:
        return self._logits * ops.sigmoid(-self._logits) + ops.softplus(-self._logits)

    def _mean(self) -> Tensor:
        return ops.identity(self._probs)

    def _variance(self) -> Tensor:
        return self._probs * (1.0 - self._probs)

    def _mode(self) -> Tensor:
        return ops.cast(self._probs > 0.5, self.dtype)


@RegisterKL(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(a: Bernoulli, b: Bernoulli, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_bernoulli_bernoulli", [a.logits, b.logits]):
        of_one = ops.softplus(-b.logits) - ops.softplus(-a.logits)
        of_zero = ops.softplus(b.logits) - ops.softplus(a.logits)
        return ops.sigmoid(a.logits) * of_one + ops.sigmoid(-a.logits) * of_zero
