"""Normal distributions of a mean after observations."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.distributions.normal import Normal


def normal_conjugates_known_scale_posterior(prior: Any, scale: Any, s: Any, n: Any) -> Normal:
    """Return the distribution of the mean of a normal distribution after observations.

    Args:
      prior: a `Normal`, the distribution of the mean before.
      scale: floating, the standard deviation of observations.
      s: floating, the sum of all observations.
      n: how many there were.

    Raises:
      TypeError: `prior` is no `Normal`.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> prior = kinds.Normal(0.0, 1.0)
    >>> mean = kinds.normal_conjugates_known_scale_posterior(prior, 2.0, s=24.0, n=12)
    >>> tf.Session().run([mean.mean(), mean.variance()])
    [np.float32(1.5), np.float32(0.25)]
    """
    loc, variance, _ = _updated(prior, scale, s, n)
    return Normal(loc, ops.sqrt(variance))


def normal_conjugates_known_scale_predictive(prior: Any, scale: Any, s: Any, n: Any) -> Normal:
    """Return the distribution of a further observation of a normal distribution.

    Args:
      prior: a `Normal`, the distribution of the mean before all observations.
      scale: floating, the standard deviation of observations.
      s: floating, the sum of all observations.
      n: how many there were.

    Raises:
      TypeError: `prior` is no `Normal`.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> prior = kinds.Normal(0.0, 1.0)
    >>> further = kinds.normal_conjugates_known_scale_predictive(prior, 2.0, s=24.0, n=12)
    >>> tf.Session().run([further.mean(), further.variance()])
    [np.float32(1.5), np.float32(4.25)]
    """
    loc, variance, noise = _updated(prior, scale, s, n)
    return Normal(loc, ops.sqrt(variance + noise))


def _updated(prior: Any, scale: Any, s: Any, n: Any) -> tuple[Any, Any, Any]:
    """The mean and variance of the mean, and the variance of observations."""
    if not isinstance(prior, Normal):
        raise TypeError(f"prior must be a Normal, not {prior!r}")
    dtype = prior.dtype
    noise = ops.square(convert_to_tensor(scale, dtype, name="scale"))
    s = convert_to_tensor(s, dtype, name="s")
    before = ops.square(prior.scale)
    variance = 1.0 / (1.0 / before + ops.cast(n, dtype) / noise)
    return (prior.loc / before + s / noise) * variance, variance, noise
