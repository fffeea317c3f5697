"""Kumaraswamy's distribution of numbers between 0 and 1."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.uniforming import Kumaraswamy as KumaraswamyBijector
from graphflow.contrib.distributions.transformed import TransformedDistribution, joint_batch
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.parameters import undefined
from graphflow.distributions.uniform import Uniform

_EULER = 0.5772156649015329


class Kumaraswamy(TransformedDistribution):
    """Numbers between 0 and 1 with P(X <= x) = 1 - (1 - x^concentration1)^concentration0.

    Args:
      concentration1: floating, positive: more of it moves numbers to 1.
      concentration0: floating, positive: more of it moves numbers to 0.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: whether the mode is NaN where a concentration is at most 1, else it is an
        error of the run.
      name: name of the distribution.

    Raises:
      ValueError: one of the concentrations is missing.

    >>> import graphflow as tf
    >>> numbers = tf.contrib.distributions.Kumaraswamy(2.0, [1.0, 3.0])
    >>> tf.Session().run(numbers.cdf(0.5)).round(4)
    array([0.25  , 0.5781], dtype=float32)
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Kumaraswamy",
    ) -> None:
        parameters = dict(locals())
        if concentration1 is None or concentration0 is None:
            raise ValueError(f"{name}: give both concentration1 and concentration0")
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            one = convert_to_tensor(concentration1, name="concentration1")
            dtype = one.dtype.base_dtype
            zero = convert_to_tensor(concentration0, dtype, name="concentration0")
            bijector = KumaraswamyBijector(one, zero, validate_args)
            batch = joint_batch(one, zero)
            uniform = Uniform(
                ops.zeros([], dtype), ops.ones([], dtype), allow_nan_stats=allow_nan_stats
            )
            super().__init__(uniform, bijector, batch, None, validate_args, scope)
        self._parameters = parameters

    @property
    def concentration1(self) -> Any:
        """More of it moves numbers to 1."""
        return self.bijector.concentration1

    @property
    def concentration0(self) -> Any:
        """More of it moves numbers to 0."""
        return self.bijector.concentration0

    def _moment(self, power: float) -> Any:
        """The mean of x^power."""
        b = self.concentration0
        a = 1.0 + power / self.concentration1
        return b * ops.exp(ops.lgamma(a) + ops.lgamma(b) - ops.lgamma(a + b))

    def _mean(self) -> Any:
        return self._moment(1.0)

    def _variance(self) -> Any:
        return self._moment(2.0) - ops.square(self._moment(1.0))

    def _entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        harmonic = ops.digamma(b + 1.0) + _EULER
        return 1.0 - 1.0 / b + (1.0 - 1.0 / a) * harmonic - ops.log(a) - ops.log(b)

    def _mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        mode = ((a - 1.0) / (a * b - 1.0)) ** (1.0 / a)
        is_defined = ops.logical_and(a > 1.0, b > 1.0)
        return undefined(self, is_defined, mode, "the mode needs concentrations greater than 1")
