"""Distributions of vectors each number of which depends on those before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.base import Distribution
from graphflow.distributions.parameters import gen_new_seed


class Autoregressive(Distribution):
    """Vectors each number of which depends on those before it, as a function tells.

    A sample is drawn by calling the function again and again, with the same random numbers: every
    call makes one more number final.

    Args:
      distribution_fn: a function of samples that returns a distribution of such samples, in which
        each number depends on numbers before its own only.
      sample0: the argument of the first call; None to call the function without one.
      num_steps: how many calls follow the first one; by default as many as an event has numbers.
      validate_args: not used.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution.

    Raises:
      ValueError: `num_steps` is not known while building, or less than 1.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> def around_sums(x):
    ...     sums = tf.cumsum(x, axis=-1, exclusive=True)
    ...     return kinds.Independent(kinds.Normal(sums, 0.01), 1)
    >>> walk = kinds.Autoregressive(around_sums, sample0=tf.zeros([3]))
    >>> tf.Session().run(walk.log_prob([1.0, 1.0, 2.0]) > walk.log_prob([1.0, 1.0, 1.0]))
    np.True_
    """

    def __init__(
        self,
        distribution_fn: Callable[..., Any],
        sample0: Any = None,
        num_steps: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Autoregressive",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as scope:
            self._distribution_fn = distribution_fn
            self._sample0 = sample0
            first = distribution_fn() if sample0 is None else distribution_fn(sample0)
            self._distribution0 = first
            self._num_steps = _steps(first, num_steps, name)
        super().__init__(
            first.dtype,
            first.reparameterization_type,
            validate_args,
            allow_nan_stats,
            parameters,
            first._graph_parents,
            scope,
        )

    @property
    def distribution_fn(self) -> Callable[..., Any]:
        """The function."""
        return self._distribution_fn

    @property
    def sample0(self) -> Any:
        """The argument of its first call."""
        return self._sample0

    @property
    def num_steps(self) -> int:
        """How many calls follow the first one."""
        return self._num_steps

    @property
    def distribution0(self) -> Any:
        """The result of its first call."""
        return self._distribution0

    def _batch_shape(self) -> Any:
        return self._distribution0.batch_shape

    def _batch_shape_tensor(self) -> Any:
        return self._distribution0.batch_shape_tensor()

    def _event_shape(self) -> Any:
        return self._distribution0.event_shape

    def _event_shape_tensor(self) -> Any:
        return self._distribution0.event_shape_tensor()

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        if seed is None:
            # All steps need the same random numbers.
            seed = _any_seed()
        samples = self._distribution0.sample(n, seed=seed)
        for _ in range(self._num_steps):
            samples = self._distribution_fn(samples).sample(seed=seed)
        return samples

    def _log_prob(self, value: Tensor) -> Any:
        return self._distribution_fn(value).log_prob(value)

    def _prob(self, value: Tensor) -> Any:
        return self._distribution_fn(value).prob(value)


def _steps(distribution: Any, num_steps: Any, name: str) -> int:
    if num_steps is None:
        num_steps = distribution.event_shape.num_elements()
    elif isinstance(num_steps, Tensor):
        num_steps = num_steps.constant_value()
    if num_steps is None:
        raise ValueError(f"{name}: num_steps must be known while building")
    if int(num_steps) < 1:
        raise ValueError(f"{name}: num_steps must be at least 1, it is {num_steps}")
    return int(num_steps)


def _any_seed() -> int | None:
    """A seed which follows from the graph's seed if it has one."""
    graph_seed, op_seed = ops.get_seed(None)
    if graph_seed is None:
        return int(np.random.default_rng().integers(2**31))
    return gen_new_seed(op_seed, f"autoregressive {graph_seed}")
