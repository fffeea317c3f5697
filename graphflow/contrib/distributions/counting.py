"""Distributions of counts: Poisson, geometric, binomial and negative binomial."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import (
    floating_parameters,
    gen_new_seed,
    get_logits_and_probs,
    same_shapes,
    whole,
)
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED
from graphflow.distributions.scalar import ScalarDistribution, same_shapes_of


def _never_below_zero(value: Tensor, result: Tensor, otherwise: float) -> Tensor:
    """A function of a count, and what it is below 0."""
    return ops.where_v2(value < 0.0, ops.constant(otherwise, result.dtype.base_dtype), result)


class Poisson(ScalarDistribution):
    """Poisson distributions: how often something happens that happens `rate` times on average.

    Args:
      rate: floating, the means.
      log_rate: floating, their logarithms; give these or `rate`.
      interpolate_nondiscrete: whether values between whole numbers have probabilities that
        interpolate, else they never happen.
      validate_args: whether the run checks rates and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `rate` and `log_rate` are both given, or none, or not floating.

    >>> import graphflow as tf
    >>> poisson = tf.contrib.distributions.Poisson([0.5, 2.0])
    >>> tf.Session().run(poisson.prob([0.0, 2.0])).round(4)
    array([0.6065, 0.2707], dtype=float32)
    """

    def __init__(
        self,
        rate: Any = None,
        log_rate: Any = None,
        interpolate_nondiscrete: bool = True,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Poisson",
    ) -> None:
        parameters = dict(locals())
        if (rate is None) == (log_rate is None):
            raise ValueError("give either rate or log_rate, not both and not none")
        with name_scope(name, values=[rate, log_rate]) as scope:
            if rate is None:
                (self._log_rate,) = floating_parameters(False, log_rate=log_rate)
                self._rate = ops.exp(self._log_rate, name="rate")
            else:
                (self._rate,) = floating_parameters(validate_args, ["rate"], rate=rate)
                self._log_rate = ops.log(self._rate, name="log_rate")
        self._interpolate_nondiscrete = interpolate_nondiscrete
        super().__init__(
            self._rate.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._rate],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "rate")

    @property
    def rate(self) -> Tensor:
        """The means."""
        return self._rate

    @property
    def log_rate(self) -> Tensor:
        """The logarithms of the means."""
        return self._log_rate

    @property
    def interpolate_nondiscrete(self) -> bool:
        """Whether values between whole numbers have probabilities that interpolate."""
        return self._interpolate_nondiscrete

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return ops.random_poisson(self._rate, [n], dtype=self.dtype, seed=seed)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        result = value * self._log_rate - ops.lgamma(1.0 + value) - self._rate
        if self._interpolate_nondiscrete:
            return result
        result = _never_below_zero(value, result, -np.inf)
        is_whole = ops.equal(value, ops.floor(value))
        return ops.where_v2(is_whole, result, ops.constant(-np.inf, self.dtype))

    def _cdf(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        if self._interpolate_nondiscrete:
            return ops.igammac(1.0 + value, self._rate)
        # The incomplete gamma function is not defined for negative counts.
        at_least_zero = ops.maximum(ops.floor(value), 0.0)
        return _never_below_zero(value, ops.igammac(1.0 + at_least_zero, self._rate), 0.0)

    def _mean(self) -> Tensor:
        return ops.identity(self._rate)

    def _variance(self) -> Tensor:
        return ops.identity(self._rate)

    def _mode(self) -> Tensor:
        return ops.floor(self._rate)


class Geometric(ScalarDistribution):
    """Geometric distributions: how often something fails until it succeeds.

    Args:
      logits: floating, the log-odds of success.
      probs: floating, the probabilities of success; give these or `logits`.
      validate_args: whether the run checks probabilities and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.

    >>> import graphflow as tf
    >>> geometric = tf.contrib.distributions.Geometric(probs=[0.5, 0.25])
    >>> tf.Session().run([geometric.prob(2.0), geometric.mean()])
    [array([0.125   , 0.140625], dtype=float32), array([1., 3.], dtype=float32)]
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Geometric",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
        super().__init__(
            self._probs.dtype,
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
        """The log-odds of success."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of success."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # The logarithm of 0 would be infinite.
        tiny = np.finfo(self.dtype.as_numpy_dtype).tiny
        noise = ops.random_uniform(self._shape_of_draws(n), tiny, 1.0, self.dtype, seed=seed)
        return ops.floor(ops.log(noise) / ops.log1p(-self._probs))

    def _log_prob(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        # 0 failures are possible even where success is certain.
        failures = ops.where_v2(ops.equal(value, 0.0), ops.zeros_like(self._probs), self._probs)
        return value * ops.log1p(-failures) + ops.log(self._probs)

    def _cdf(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        if not self.validate_args:
            value = ops.floor(value)
        return _never_below_zero(
            value, -ops.expm1((1.0 + ops.maximum(value, 0.0)) * ops.log1p(-self._probs)), 0.0
        )

    def _entropy(self) -> Tensor:
        of_one = self._logits * ops.sigmoid(-self._logits) + ops.softplus(-self._logits)
        return of_one / self._probs

    def _mean(self) -> Tensor:
        return ops.exp(-self._logits)

    def _variance(self) -> Tensor:
        return self._mean() / self._probs

    def _mode(self) -> Tensor:
        return ops.zeros_like(self._probs)


class Binomial(ScalarDistribution):
    """Binomial distributions: how many of `total_count` attempts succeed.

    Args:
      total_count: floating, how many attempts there are.
      logits: floating, the log-odds of success.
      probs: floating, the probabilities of success; give these or `logits`.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.

    >>> import graphflow as tf
    >>> binomial = tf.contrib.distributions.Binomial([4.0, 8.0], probs=0.5)
    >>> tf.Session().run(binomial.prob(2.0)).round(4)
    array([0.375 , 0.1094], dtype=float32)
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Binomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            count = convert_to_tensor(total_count, name="total_count")
            self._total_count = whole(count, validate_args, "total_count")
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
        super().__init__(
            self._probs.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._total_count, self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "total_count", "logits")

    @property
    def total_count(self) -> Tensor:
        """How many attempts there are."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """The log-odds of success."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of success."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        """Make as many attempts as the longest series has, and count those of each series."""
        counts = self._repeated(self._total_count)
        attempts = ops.cast(ops.reduce_max(self._total_count), int32)
        shape = ops.concat([self._shape_of_draws(n), [attempts]], 0)
        noise = ops.random_uniform(shape, dtype=self.dtype, seed=seed)
        succeeded = noise < ops.expand_dims(self._probs, -1)
        is_made = ops.sequence_mask(ops.cast(counts, int32), attempts)
        return ops.reduce_sum(ops.cast(ops.logical_and(succeeded, is_made), self.dtype), -1)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        failures = self._total_count - value
        combinations = (
            ops.lgamma(1.0 + self._total_count)
            - ops.lgamma(1.0 + value)
            - ops.lgamma(1.0 + failures)
        )
        weighted = ops.xlogy(value, self._probs) + ops.xlogy(failures, 1.0 - self._probs)
        return combinations + weighted

    def _cdf(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        failures, successes, probs = same_shapes_of(
            self._total_count - value, value + 1.0, self._probs
        )
        # The incomplete beta function needs positive arguments; all attempts are certain.
        is_all = failures <= 0.0
        inside = ops.betainc(
            ops.where_v2(is_all, ops.ones_like(failures), failures), successes, 1.0 - probs
        )
        return ops.where_v2(is_all, ops.ones_like(inside), inside)

    def _mean(self) -> Tensor:
        return self._total_count * self._probs

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self._probs)

    def _mode(self) -> Tensor:
        return ops.floor((1.0 + self._total_count) * self._probs)


class NegativeBinomial(ScalarDistribution):
    """Negative binomial distributions: how many attempts succeed until `total_count` have failed.

    Args:
      total_count: floating, how many attempts fail.
      logits: floating, the log-odds of success.
      probs: floating, the probabilities of success; give these or `logits`.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.

    >>> import graphflow as tf
    >>> successes = tf.contrib.distributions.NegativeBinomial([1.0, 4.0], probs=0.5)
    >>> tf.Session().run(successes.prob(2.0)).round(4)
    array([0.125 , 0.1563], dtype=float32)
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NegativeBinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
            (self._total_count,) = floating_parameters(
                validate_args, ["total_count"], total_count=total_count
            )
        super().__init__(
            self._probs.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._total_count, self._logits, self._probs],
            scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "total_count", "logits")

    @property
    def total_count(self) -> Tensor:
        """How many attempts fail."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """The log-odds of success."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of success."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        """Poisson numbers, whose rate is a gamma number."""
        rate = ops.random_gamma(
            [n], self._repeated(self._total_count), beta=ops.exp(-self._logits), dtype=self.dtype,
            seed=seed,
        )  # fmt: skip
        second = gen_new_seed(seed, "negative_binom")
        return ops.random_poisson(rate, [], dtype=self.dtype, seed=second)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        count = self._total_count
        combinations = ops.lgamma(count + value) - ops.lgamma(1.0 + value) - ops.lgamma(count)
        weighted = count * ops.log_sigmoid(-self._logits) + value * ops.log_sigmoid(self._logits)
        return combinations + weighted

    def _cdf(self, value: Tensor) -> Tensor:
        value = whole(value, self.validate_args)
        failures, successes, of_failure = same_shapes_of(
            self._total_count, 1.0 + value, ops.sigmoid(-self._logits)
        )
        return ops.betainc(failures, successes, of_failure)

    def _mean(self) -> Tensor:
        return self._total_count * ops.exp(self._logits)

    def _variance(self) -> Tensor:
        return self._mean() / ops.sigmoid(-self._logits)

    def _mode(self) -> Tensor:
        mode = ops.floor((self._total_count - 1.0) * ops.exp(self._logits))
        return ops.maximum(mode, 0.0)
