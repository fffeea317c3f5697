"""Batches of distributions in another shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.linear_operators.shapes import broadcast_with, dynamic_shape


class BatchReshape(Distribution):
    """A distribution whose batch has another shape.

    Args:
      distribution: the other distribution.
      batch_shape: int32 vector, the shape; one length may be -1.
      validate_args: not used, a run fails where the numbers of batch members differ.
      allow_nan_stats: see `Distribution`.
      name: name of the distribution; by default of the other one.

    Raises:
      ValueError: a rank is not known, or the numbers of batch members are known and differ.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> square = kinds.BatchReshape(kinds.Normal([1.0, 2.0, 3.0, 4.0], 1.0), [2, -1])
    >>> tf.Session().run(square.mean())
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """

    def __init__(
        self,
        distribution: Any,
        batch_shape: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or "BatchReshape" + distribution.name
        self._distribution = distribution
        if distribution.event_shape.ndims is None:
            raise ValueError(f"{name}: the rank of the distribution's events must be known")
        self._event_rank: int = distribution.event_shape.ndims
        with name_scope(name, values=[batch_shape]) as scope:
            shape = convert_to_tensor(batch_shape, dtype=int32, name="batch_shape")
            # A reshape knows what -1 stands for, and whether all members find a place.
            members = ops.reshape(_members(distribution), shape)
            if members.shape.ndims is None:
                raise ValueError(f"{name}: the length of batch_shape must be known")
            self._known_batch = members.shape
            self._new_batch = dynamic_shape(members)
        super().__init__(
            distribution.dtype,
            distribution.reparameterization_type,
            validate_args,
            allow_nan_stats,
            parameters,
            distribution._graph_parents,
            scope,
        )

    @property
    def distribution(self) -> Any:
        """The other distribution."""
        return self._distribution

    def _batch_shape(self) -> TensorShape:
        return self._known_batch

    def _batch_shape_tensor(self) -> Tensor:
        return ops.identity(self._new_batch)

    def _event_shape(self) -> Any:
        return self._distribution.event_shape

    def _event_shape_tensor(self) -> Any:
        return self._distribution.event_shape_tensor()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        samples = self._distribution.sample(n, seed=seed)
        return self._reshaped(samples, [[n]], [self.event_shape_tensor()])

    def _reshaped(self, tensor: Tensor, before: list[Any], after: list[Any]) -> Tensor:
        return ops.reshape(tensor, ops.concat([*before, self._new_batch, *after], 0))

    def _at(self, value: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        """A function of values sample_shape + batch_shape + event_shape, one number of each."""
        event = self.event_shape_tensor()
        whole = self._known_batch.concatenate(self.event_shape)
        value = broadcast_with(value, ops.concat([self._new_batch, event], 0), whole)
        shape = dynamic_shape(value)
        draws = shape[: ops.size(shape) - (whole.ndims or 0)]
        old = self._distribution.batch_shape_tensor()
        result = function(ops.reshape(value, ops.concat([draws, old, event], 0)))
        return self._reshaped(result, [draws], [])

    def _log_prob(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.log_prob)

    def _prob(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.prob)

    def _log_cdf(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.log_cdf)

    def _cdf(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.cdf)

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.log_survival_function)

    def _survival_function(self, value: Tensor) -> Tensor:
        return self._at(value, self._distribution.survival_function)

    def _of_event(self, statistic: Tensor) -> Tensor:
        """Reshape a statistic of the shape of events, which need not have a full batch."""
        event = self.event_shape_tensor()
        old = ops.concat([self._distribution.batch_shape_tensor(), event], 0)
        known = self._distribution.batch_shape.concatenate(self.event_shape)
        return self._reshaped(broadcast_with(statistic, old, known), [], [event])

    def _mean(self) -> Tensor:
        return self._of_event(self._distribution.mean())

    def _mode(self) -> Tensor:
        return self._of_event(self._distribution.mode())

    def _variance(self) -> Tensor:
        return self._of_event(self._distribution.variance())

    def _stddev(self) -> Tensor:
        return self._of_event(self._distribution.stddev())

    def _entropy(self) -> Tensor:
        old = self._distribution.batch_shape_tensor()
        entropy = broadcast_with(self._distribution.entropy(), old, self._distribution.batch_shape)
        return self._reshaped(entropy, [], [])

    def _covariance(self) -> Tensor:
        covariance = self._distribution.covariance()
        return self._reshaped(covariance, [], [dynamic_shape(covariance)[-2:]])


def _members(distribution: Any) -> Tensor:
    """A zero for each member of the batch."""
    members = ops.zeros(distribution.batch_shape_tensor())
    members.set_shape(distribution.batch_shape)
    return members
