"""Expectations, estimated by drawing samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope


def expectation(
    f: Callable[..., Any],
    samples: Any,
    log_prob: Callable[..., Any] | None = None,
    use_reparametrization: bool = True,
    axis: Any = 0,
    keep_dims: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return the mean of a function of samples.

    Its gradients estimate those of the expectation, also by parameters of the distribution: where
    samples are differentiable functions of these, through the samples, else by `log_prob`.

    Args:
      f: a function of samples.
      samples: draws of the distribution.
      log_prob: a function of samples, their log-probabilities; needed without reparametrization.
      use_reparametrization: whether gradients go through the samples.
      axis: the axes of the draws.
      keep_dims: whether these axes remain, with length 1.
      name: name scope of the operations.

    Raises:
      ValueError: `f` is no function, or `log_prob` is none where it is needed.

    >>> import graphflow as tf
    >>> bayesflow = tf.contrib.bayesflow
    >>> rate = tf.constant(3.0)
    >>> poisson = tf.contrib.distributions.Poisson(rate)
    >>> mean = bayesflow.monte_carlo.expectation(
    ...     tf.identity, poisson.sample(10000, seed=1), poisson.log_prob,
    ...     use_reparametrization=False)
    >>> tf.Session().run(tf.round(10.0 * tf.stack([mean, tf.gradients(mean, rate)[0]])))
    array([30., 10.], dtype=float32)
    """
    if not callable(f):
        raise ValueError(f"f must be a function, not {f!r}")
    if not use_reparametrization and not callable(log_prob):
        raise ValueError("without reparametrization, log_prob must be a function")
    with name_scope(name, "expectation", [samples]):
        if use_reparametrization or log_prob is None:
            return ops.reduce_mean(f(samples), axis=axis, keepdims=keep_dims)
        fixed = ops.stop_gradient(convert_to_tensor(samples, name="samples"))
        logs = log_prob(fixed)
        # A factor of 1, whose gradient is that of the log-probability.
        one = ops.exp(logs - ops.stop_gradient(logs))
        return ops.reduce_mean(f(fixed) * one, axis=axis, keepdims=keep_dims)


def expectation_importance_sampler(
    f: Callable[..., Any],
    log_p: Callable[..., Any],
    sampling_dist_q: Any,
    z: Any = None,
    n: Any = None,
    seed: int | None = None,
    name: str = "expectation_importance_sampler",
) -> Tensor:
    """Return the expectation of `f` under p, estimated by draws of another distribution q.

    Args:
      f: a function of samples.
      log_p: a function of samples, log-probabilities under p.
      sampling_dist_q: the distribution q.
      z: draws of q, along the first axis; give these or `n`.
      n: how many to draw.
      seed: seed of the random numbers.
      name: name scope of the operations.

    Returns:
      The mean of f(z) p(z) / q(z).

    Raises:
      ValueError: `z` and `n` are both given, or none.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> narrow, wide = kinds.Normal(1.0, 1.0), kinds.Normal(0.0, 2.0)
    >>> mean = tf.contrib.bayesflow.monte_carlo.expectation_importance_sampler(
    ...     tf.square, narrow.log_prob, wide, n=20000, seed=1)
    >>> tf.Session().run(tf.round(mean))
    np.float32(2.0)
    """
    with name_scope(name, values=[z, n]):
        z = _draws(sampling_dist_q, z, n, seed)
        log_weights = log_p(z) - sampling_dist_q.log_prob(z)
        values = f(z)
        # Exponentials of large logarithms do not overflow where the sum of all does not.
        largest = ops.stop_gradient(ops.reduce_max(log_weights, [0], keepdims=True))
        mean = ops.reduce_mean(values * ops.exp(log_weights - largest), [0])
        return mean * ops.exp(ops.squeeze(largest, [0]))


def expectation_importance_sampler_logspace(
    log_f: Callable[..., Any],
    log_p: Callable[..., Any],
    sampling_dist_q: Any,
    z: Any = None,
    n: Any = None,
    seed: int | None = None,
    name: str = "expectation_importance_sampler_logspace",
) -> Tensor:
    """Return the logarithm of the expectation of exp(log_f) under p, by draws of q.

    Args:
      log_f: a function of samples.
      log_p: a function of samples, log-probabilities under p.
      sampling_dist_q: the distribution q.
      z: draws of q, along the first axis; give these or `n`.
      n: how many to draw.
      seed: seed of the random numbers.
      name: name scope of the operations.

    Returns:
      The logarithm of the mean of exp(log_f(z)) p(z) / q(z).

    Raises:
      ValueError: `z` and `n` are both given, or none.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> narrow, wide = kinds.Normal(0.0, 1.0), kinds.Normal(0.0, 2.0)
    >>> log_mean = tf.contrib.bayesflow.monte_carlo.expectation_importance_sampler_logspace(
    ...     lambda z: 500.0 + 0.0 * z, narrow.log_prob, wide, n=20000, seed=1)
    >>> tf.Session().run(tf.round(log_mean))
    np.float32(500.0)
    """
    with name_scope(name, values=[z, n]):
        z = _draws(sampling_dist_q, z, n, seed)
        logs = log_f(z) + log_p(z) - sampling_dist_q.log_prob(z)
        count = ops.cast(ops.shape(logs)[0], logs.dtype.base_dtype)
        return ops.reduce_logsumexp(logs, [0]) - ops.log(count)


def _draws(distribution: Any, z: Any, n: Any, seed: int | None) -> Any:
    if (z is None) == (n is None):
        raise ValueError("give either z or n, not both and not none")
    if z is not None:
        return convert_to_tensor(z, name="z")
    return distribution.sample(n, seed=seed)
