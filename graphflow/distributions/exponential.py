"""The exponential distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.gamma import Gamma
from graphflow.distributions.parameters import same_shapes


class Exponential(Gamma):
    """Exponential distributions: of how long one event takes that happens at `rate`.

    Args:
      rate: floating, the inverse means.
      validate_args: whether the run checks that rates and values are positive.
      allow_nan_stats: see `Gamma`.
      name: name of the distribution.

    Raises:
      ValueError: the dtype is not floating.

    >>> import graphflow as tf
    >>> exponential = tf.distributions.Exponential([0.5, 4.0])
    >>> tf.Session().run([exponential.mean(), exponential.prob(0.0)])
    [array([2.  , 0.25], dtype=float32), array([0.5, 4. ], dtype=float32)]
    """

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Exponential",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as scope:
            rate = convert_to_tensor(rate, name="rate")
            one = ops.ones([], rate.dtype.base_dtype)
        super().__init__(one, rate, validate_args, allow_nan_stats, scope)
        self._parameters = parameters

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return same_shapes(sample_shape, "rate")

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        # The logarithm of 0 would be infinite.
        tiny = np.finfo(self.dtype.numpy).tiny
        noise = ops.random_uniform(self._shape_of_draws(n), tiny, 1.0, self.dtype, seed=seed)
        return -ops.log(noise) / self._rate


class ExponentialWithSoftplusRate(Exponential):
    """`Exponential` with softplus(rate).

    Args:
      rate: floating, any numbers.
      validate_args: see `Exponential`.
      allow_nan_stats: see there.
      name: see there.
    """

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as scope:
            positive = ops.softplus(rate, name="softplus_rate")
        super().__init__(positive, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
