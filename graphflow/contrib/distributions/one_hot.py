"""Distributions of one-hot vectors, and of vectors that are nearly so."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.kullback_leibler import RegisterKL
from graphflow.distributions.parameters import (
    checked,
    floating_parameters,
    get_logits_and_probs,
    same_shapes,
)
from graphflow.distributions.reparameterization import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
)
from graphflow.distributions.vector import VectorDistribution, columns
from graphflow.linear_operators.shapes import dynamic_shape


class OneHotCategorical(VectorDistribution):
    """Dice whose samples are one-hot vectors.

    Args:
      logits: floating [..., k], log-probabilities up to a constant.
      probs: floating [..., k], probabilities, which sum to 1; give these or `logits`.
      dtype: the dtype of samples.
      validate_args: whether the run checks probabilities and values.
      allow_nan_stats: not used, all statistics exist.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none.

    >>> import graphflow as tf
    >>> dice = tf.contrib.distributions.OneHotCategorical(probs=[0.25, 0.75])
    >>> tf.Session().run([dice.prob([[0.0, 1.0], [1.0, 0.0]]), dice.mode()])
    [array([0.75, 0.25], dtype=float32), array([0, 1], dtype=int32)]
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "OneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=scope
            )
            self._event_size = dynamic_shape(self._logits)[-1]
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
    def event_size(self) -> Tensor:
        """How many classes there are, an int32 scalar."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """The log-probabilities up to a constant, [..., k]."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities, [..., k]."""
        return self._probs

    def _known_mean(self) -> Tensor:
        return self._logits

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        rows = ops.reshape(self._logits, ops.stack([-1, self._event_size]))
        draws = ops.transpose(ops.multinomial(rows, n, seed=seed))
        hot = ops.one_hot(draws, self._event_size, dtype=self.dtype)
        return ops.reshape(hot, ops.concat([[n], ops.shape(self._logits)], 0))

    def _log_prob(self, value: Tensor) -> Tensor:
        value = ops.cast(self._valid(value), self._logits.dtype.base_dtype)
        return ops.reduce_sum(value * ops.log_softmax(self._logits), -1)

    def _entropy(self) -> Tensor:
        return -ops.reduce_sum(ops.log_softmax(self._logits) * self._probs, -1)

    def _mean(self) -> Tensor:
        return ops.identity(self._probs)

    def _mode(self) -> Tensor:
        return ops.one_hot(ops.argmax(self._logits, -1), self._event_size, dtype=self.dtype)

    def _variance(self) -> Tensor:
        return self._probs * (1.0 - self._probs)

    def _covariance(self) -> Tensor:
        outer = ops.expand_dims(self._probs, -1) * ops.expand_dims(self._probs, -2)
        return ops.matrix_set_diag(-outer, self._variance())

    def _valid(self, value: Tensor) -> Any:
        if not self.validate_args:
            return value
        one = ops.ones([], value.dtype.base_dtype)
        return checked(
            value,
            ops.assert_non_negative(value, message="values must not be negative"),
            ops.assert_equal(ops.reduce_sum(value, -1), one, message="values must sum to 1"),
        )


@RegisterKL(OneHotCategorical, OneHotCategorical)
def _kl_of_one_hot(a: OneHotCategorical, b: OneHotCategorical, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_one_hot_categorical", [a.logits, b.logits]):
        ratio = ops.log_softmax(a.logits) - ops.log_softmax(b.logits)
        return ops.reduce_sum(ops.softmax(a.logits) * ratio, -1)


class ExpRelaxedOneHotCategorical(VectorDistribution):
    """Logarithms of nearly one-hot vectors: log_softmax((logits + Gumbel noise) / temperature).

    Args:
      temperature: floating, how far vectors are from one-hot ones.
      logits: floating [..., k], log-probabilities up to a constant.
      probs: floating [..., k], probabilities, which sum to 1; give these or `logits`.
      dtype: the dtype of samples, None for the one of `logits`.
      validate_args: whether the run checks that `temperature` is positive, and the probabilities.
      allow_nan_stats: not used.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none, or the dtypes differ.

    >>> import graphflow as tf
    >>> kind = tf.contrib.distributions.ExpRelaxedOneHotCategorical
    >>> sample = kind(0.5, logits=[1.0, 2.0, 3.0]).sample(4, seed=1)
    >>> tf.Session().run(tf.reduce_logsumexp(sample, -1)).round(4) + 0.0
    array([0., 0., 0., 0.], dtype=float32)
    """

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExpRelaxedOneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[temperature, logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=scope
            )
            (self._temperature,) = floating_parameters(
                validate_args, ["temperature"], temperature=temperature
            )
            ops.assert_same_float_dtype([self._temperature, self._logits])
            self._event_size = dynamic_shape(self._logits)[-1]
            self._shape_holder = self._logits + columns(ops.zeros_like(self._temperature))
        super().__init__(
            self._logits.dtype if dtype is None else dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            parameters,
            [self._logits, self._probs, self._temperature],
            scope,
        )

    @property
    def event_size(self) -> Tensor:
        """How many classes there are, an int32 scalar."""
        return self._event_size

    @property
    def temperature(self) -> Tensor:
        """How far vectors are from one-hot ones."""
        return self._temperature

    @property
    def logits(self) -> Tensor:
        """The log-probabilities up to a constant, [..., k]."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities, [..., k]."""
        return self._probs

    def _known_mean(self) -> Tensor:
        return self._shape_holder

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # The logarithm of 0 would be infinite.
        tiny = np.finfo(self.dtype.as_numpy_dtype).tiny
        shape = ops.concat([[n], ops.shape(self._shape_holder)], 0)
        noise = ops.random_uniform(shape, tiny, 1.0, self.dtype, seed=seed)
        gumbel = -ops.log(-ops.log(noise))
        return ops.log_softmax((gumbel + self._logits) / columns(self._temperature))

    def _log_prob(self, value: Tensor) -> Tensor:
        k = ops.cast(self._event_size, value.dtype.base_dtype)
        log_norm = ops.lgamma(k) + (k - 1.0) * ops.log(self._temperature)
        weighted = ops.log_softmax(self._logits - value * columns(self._temperature))
        return ops.reduce_sum(weighted, -1) + log_norm


class RelaxedOneHotCategorical(ExpRelaxedOneHotCategorical):
    """Nearly one-hot vectors: softmax((logits + Gumbel noise) / temperature).

    Args:
      temperature: floating, how far vectors are from one-hot ones.
      logits: floating [..., k], log-probabilities up to a constant.
      probs: floating [..., k], probabilities, which sum to 1; give these or `logits`.
      dtype: the dtype of samples, None for the one of `logits`.
      validate_args: whether the run checks that `temperature` is positive, and the probabilities.
      allow_nan_stats: not used.
      name: name of the distribution.

    Raises:
      ValueError: `logits` and `probs` are both given, or none, or the dtypes differ.

    >>> import graphflow as tf
    >>> kind = tf.contrib.distributions.RelaxedOneHotCategorical
    >>> sample = kind(0.5, logits=[1.0, 2.0, 3.0]).sample(4, seed=1)
    >>> tf.Session().run(tf.reduce_sum(sample, -1)).round(4)
    array([1., 1., 1., 1.], dtype=float32)
    """

    def __init__(
        self,
        temperature: Any,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedOneHotCategorical",
    ) -> None:
        super().__init__(temperature, logits, probs, dtype, validate_args, allow_nan_stats, name)

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return ops.exp(super()._sample_n(n, seed))

    def _log_prob(self, value: Tensor) -> Tensor:
        logs = ops.log(value)
        return super()._log_prob(logs) - ops.reduce_sum(logs, -1)
