"""Distributions of numbers that are rounded up."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.distributions.base import Distribution
from graphflow.distributions.parameters import checked
from graphflow.distributions.reparameterization import NOT_REPARAMETERIZED


class QuantizedDistribution(Distribution):
    """The distribution of ceil(x), where x has another distribution, within bounds.

    Args:
      distribution: the distribution of x, of numbers, with `cdf`.
      low: floating, whole; all below and at it count as this. None for no bound.
      high: floating, whole, greater than `low`; all above `high` - 1 counts as this. None for no
        bound.
      validate_args: whether the run checks bounds and values.
      name: name of the distribution.

    Raises:
      TypeError: `distribution` is no distribution.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> steps = kinds.QuantizedDistribution(kinds.Uniform(0.0, 4.0), low=2.0)
    >>> tf.Session().run(steps.prob([1.0, 2.0, 3.0, 4.0]))
    array([0.  , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def __init__(
        self,
        distribution: Any,
        low: Any = None,
        high: Any = None,
        validate_args: bool = False,
        name: str = "QuantizedDistribution",
    ) -> None:
        parameters = dict(locals())
        if not isinstance(distribution, Distribution):
            raise TypeError(f"distribution must be a distribution, not {distribution!r}")
        self._distribution = distribution
        with name_scope(name, values=[low, high]) as scope:
            self._low = self._bound(low, "low", validate_args)
            self._high = self._bound(high, "high", validate_args)
            if validate_args and self._low is not None and self._high is not None:
                text = "low must be less than high"
                is_less = ops.assert_less(self._low, self._high, message=text)
                self._low = checked(self._low, is_less)
        bounds = [bound for bound in (self._low, self._high) if bound is not None]
        super().__init__(
            distribution.dtype,
            NOT_REPARAMETERIZED,
            validate_args,
            distribution.allow_nan_stats,
            parameters,
            [*distribution._graph_parents, *bounds],
            scope,
        )

    def _bound(self, value: Any, name: str, is_checked: bool) -> Any:
        if value is None:
            return None
        bound = convert_to_tensor(value, dtype=self._distribution.dtype, name=name)
        return self._whole(bound, name) if is_checked else bound

    def _whole(self, value: Tensor, name: str) -> Any:
        text = f"{name} must be whole numbers"
        return checked(value, ops.assert_equal(value, ops.floor(value), message=text))

    @property
    def distribution(self) -> Any:
        """The distribution of x."""
        return self._distribution

    @property
    def low(self) -> Any:
        """The least value, None for no bound."""
        return self._low

    @property
    def high(self) -> Any:
        """The greatest value, None for no bound."""
        return self._high

    def _batch_shape(self) -> Any:
        return self._distribution.batch_shape

    def _batch_shape_tensor(self) -> Any:
        return self._distribution.batch_shape_tensor()

    def _event_shape(self) -> Any:
        return self._distribution.event_shape

    def _event_shape_tensor(self) -> Any:
        return self._distribution.event_shape_tensor()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        steps = ops.ceil(self._distribution.sample(n, seed=seed))
        if self._low is not None:
            steps = ops.maximum(self._low, steps)
        return steps if self._high is None else ops.minimum(self._high, steps)

    # P(Y = y) is the difference of two neighbours, taken where it keeps more digits: of the
    # probabilities to be above in the upper half, of those to be at most y in the lower half.

    def _prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        before = value - 1.0
        below, above = self.cdf(value), self.survival_function(value)
        is_lower = below < above
        return ops.where_v2(
            is_lower, below - self.cdf(before), self.survival_function(before) - above
        )

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._valid(value)
        before = value - 1.0
        below, above = self.log_cdf(value), self.log_survival_function(value)
        is_lower = below < above
        greater = ops.where_v2(is_lower, below, self.log_survival_function(before))
        less = ops.where_v2(is_lower, self.log_cdf(before), above)
        return _log_of_difference(greater, less)

    def _within(self, value: Tensor, below: float, result: Tensor, above: float) -> Tensor:
        """The result, but known numbers below `low`, and from `high` on."""
        if self._low is not None:
            result = ops.where_v2(value < self._low, _filled(result, below), result)
        if self._high is not None:
            result = ops.where_v2(value >= self._high, _filled(result, above), result)
        return result

    def _cdf(self, value: Tensor) -> Tensor:
        value = ops.floor(self._valid(value))
        return self._within(value, 0.0, self._distribution.cdf(value), 1.0)

    def _log_cdf(self, value: Tensor) -> Tensor:
        value = ops.floor(self._valid(value))
        return self._within(value, -float("inf"), self._distribution.log_cdf(value), 0.0)

    def _survival_function(self, value: Tensor) -> Tensor:
        # P(Y > y) for any y is P(X > floor(y)), because Y is whole.
        value = ops.floor(self._valid(value))
        return self._within(value, 1.0, self._distribution.survival_function(value), 0.0)

    def _log_survival_function(self, value: Tensor) -> Tensor:
        value = ops.floor(self._valid(value))
        logs = self._distribution.log_survival_function(value)
        return self._within(value, 0.0, logs, -float("inf"))

    def _valid(self, value: Tensor) -> Any:
        return self._whole(value, "values") if self.validate_args else value


def _filled(like: Tensor, number: float) -> Tensor:
    return ops.fill(ops.shape(like), ops.constant(number, like.dtype.base_dtype))


def _log_of_difference(greater: Tensor, less: Tensor) -> Tensor:
    """log(exp(greater) - exp(less)), without digits lost or NaN where both are -inf."""
    is_nothing = ops.equal(greater, less)
    gap = ops.where_v2(is_nothing, ops.ones_like(greater), greater - less)
    logs = greater + ops.log(-ops.expm1(-gap))
    return ops.where_v2(is_nothing, _filled(logs, -float("inf")), logs)
