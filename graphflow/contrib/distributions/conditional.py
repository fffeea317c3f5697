"""The base of distributions that depend on more than their parameters."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import Tensor
from graphflow.distributions.base import Distribution


class ConditionalDistribution(Distribution):
    """A distribution whose methods take further keyword arguments, for those a subclass defines.

    The arguments of the constructor are those of `Distribution`.

    >>> import graphflow as tf
    >>> class Spread(tf.contrib.distributions.ConditionalDistribution):
    ...     def __init__(self):
    ...         kind = tf.contrib.distributions.FULLY_REPARAMETERIZED
    ...         super().__init__(tf.float32, kind, False, True, name="Spread")
    ...     def _prob(self, x, width):
    ...         return tf.cast(x < width, tf.float32) / width
    >>> tf.Session().run(Spread().prob([1.0, 3.0], width=2.0))
    array([0.5, 0. ], dtype=float32)
    """

    def sample(
        self,
        sample_shape: Any = (),
        seed: int | None = None,
        name: str = "sample",
        **condition_kwargs: Any,
    ) -> Tensor:
        """Draw samples.

        Args:
          sample_shape: int32 scalar or vector, the shape of the draws.
          seed: seed of the random numbers.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.

        Returns:
          A tensor sample_shape + batch_shape + event_shape.
        """
        return self._call_sample_n(sample_shape, seed, name, **condition_kwargs)

    def log_prob(self, value: Any, name: str = "log_prob", **condition_kwargs: Any) -> Tensor:
        """Return the logarithm of the density, or of the probability of a discrete value.

        Args:
          value: a tensor that broadcasts with batch_shape + event_shape.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_log_prob(value, name, **condition_kwargs)

    def prob(self, value: Any, name: str = "prob", **condition_kwargs: Any) -> Tensor:
        """Return the density, or the probability of a discrete value.

        Args:
          value: see `log_prob`.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_prob(value, name, **condition_kwargs)

    def log_cdf(self, value: Any, name: str = "log_cdf", **condition_kwargs: Any) -> Tensor:
        """Return log P(X <= value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_log_cdf(value, name, **condition_kwargs)

    def cdf(self, value: Any, name: str = "cdf", **condition_kwargs: Any) -> Tensor:
        """Return P(X <= value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_cdf(value, name, **condition_kwargs)

    def log_survival_function(
        self, value: Any, name: str = "log_survival_function", **condition_kwargs: Any
    ) -> Tensor:
        """Return log P(X > value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_log_survival_function(value, name, **condition_kwargs)

    def survival_function(
        self, value: Any, name: str = "survival_function", **condition_kwargs: Any
    ) -> Tensor:
        """Return P(X > value).

        Args:
          value: see `log_prob`.
          name: name scope of the operations.
          **condition_kwargs: what the distribution depends on.
        """
        return self._call_survival_function(value, name, **condition_kwargs)
