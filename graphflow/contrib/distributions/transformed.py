"""Distributions of functions of random variables."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.contrib.distributions.bijectors.elementwise import Identity
from graphflow.contrib.distributions.conditional import ConditionalDistribution
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution, as_vector_and_product
from graphflow.linear_operators.shapes import (
    dynamic_shape,
    joined_shape,
    joined_shape_tensor,
    known_shape,
    size_of,
    sizes_argument,
)

Conditions = dict[str, Any]


class TransformedDistribution(Distribution):
    """The distribution of y = bijector(x), where x has another distribution.

    A distribution of numbers can be made one of larger events, or a batch, of independent numbers.

    `cdf` and `quantile` hold for functions that increase.

    Args:
      distribution: the distribution of x.
      bijector: the function; None for the identity.
      batch_shape: int32 vector, the batch shape to give a distribution whose batch shape is [];
        None to keep it.
      event_shape: int32 vector, the event shape to give a distribution whose event shape is [];
        None to keep it.
      validate_args: whether the run checks arguments.
      name: name of the distribution; by default of the bijector and the other distribution.

    Raises:
      ValueError: a shape is given though the distribution has another one than [], or its length
        is not known.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> lognormal = kinds.TransformedDistribution(kinds.Normal(0.0, 2.0), kinds.bijectors.Exp())
    >>> tf.Session().run([lognormal.cdf(1.0), lognormal.prob(1.0)])
    [np.float32(0.5), np.float32(0.19947115)]
    """

    def __init__(
        self,
        distribution: Any,
        bijector: Any = None,
        batch_shape: Any = None,
        event_shape: Any = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or ("" if bijector is None else bijector.name) + (distribution.name or "")
        self._distribution = distribution
        with name_scope(name, values=[event_shape, batch_shape]) as scope:
            self._bijector: Bijector = Identity() if bijector is None else bijector
            self._given_batch = _other_shape(batch_shape, distribution.batch_shape, "batch_shape")
            self._given_event = _other_shape(event_shape, distribution.event_shape, "event_shape")
        self._event_rank_given: int = size_of(self._given_event, 0)
        self._has_batch = size_of(self._given_batch, 0) > 0
        self._has_event = self._event_rank_given > 0
        # New axes of events are drawn like samples, to the left of the batch, and then moved.
        self._is_moved = self._has_event and not self._has_batch and _is_batch(distribution)
        super().__init__(
            distribution.dtype,
            distribution.reparameterization_type,
            validate_args,
            distribution.allow_nan_stats,
            parameters,
            [*distribution._graph_parents, *self._bijector.graph_parents],
            scope,
        )

    @property
    def distribution(self) -> Any:
        """The distribution of x."""
        return self._distribution

    @property
    def bijector(self) -> Any:
        """The function."""
        return self._bijector

    # -- shapes ------------------------------------------------------------------------------------

    def _batch_shape(self) -> TensorShape:
        if self._has_batch:
            return known_shape(self._given_batch)
        return TensorShape(self._distribution.batch_shape)

    def _batch_shape_tensor(self) -> Any:
        return self._given_batch if self._has_batch else self._distribution.batch_shape_tensor()

    def _event_shape_before(self) -> TensorShape:
        if self._has_event:
            return known_shape(self._given_event)
        return TensorShape(self._distribution.event_shape)

    def _event_shape_tensor_before(self) -> Any:
        return self._given_event if self._has_event else self._distribution.event_shape_tensor()

    def _event_shape(self) -> TensorShape:
        return self._bijector.forward_event_shape(self._event_shape_before())

    def _event_shape_tensor(self) -> Tensor:
        return self._bijector.forward_event_shape_tensor(self._event_shape_tensor_before())

    def _event_rank(self) -> int:
        rank = self.event_shape.ndims
        if rank is None:
            raise ValueError(f"{self.name}: the rank of events must be known")
        return rank

    # -- samples -----------------------------------------------------------------------------------

    def _sample_n(
        self,
        n: Any,
        seed: int | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Tensor:
        """Draw x, which the function has yet to be applied to."""
        given = [self._given_batch, self._given_event]
        shape = ops.concat([*given, [n]] if self._is_moved else [[n], *given], 0)
        x = self._distribution.sample(shape, seed=seed, **(distribution_kwargs or {}))
        return _axes_turned(x, self._event_rank_given) if self._is_moved else x

    def _call_sample_n(
        self,
        sample_shape: Any,
        seed: int | None,
        name: str,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Tensor:
        # The bijector's own result is returned, so that it knows the inverse of that tensor.
        with self._name_scope(name, [sample_shape]):
            shape = convert_to_tensor(sample_shape, dtype=int32, name="sample_shape")
            shape, n = as_vector_and_product(shape)
            x = self._sample_n(n, seed, distribution_kwargs)
            x = ops.reshape(x, ops.concat([shape, dynamic_shape(x)[1:]], 0))
            known = known_shape(shape).concatenate(self.batch_shape)
            x.set_shape(known.concatenate(self._event_shape_before()))
            y = self._bijector.forward(x, **(bijector_kwargs or {}))
            return self._with_static_shape(y, shape)

    # -- probabilities -----------------------------------------------------------------------------

    def _log_prob(
        self,
        y: Tensor,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Tensor:
        conditions = bijector_kwargs or {}
        x = self._bijector.inverse(y, **conditions)
        log_slopes = self._bijector.inverse_log_det_jacobian(y, self._event_rank(), **conditions)
        given = distribution_kwargs or {}
        if self._bijector.is_injective:
            return self._log_prob_of_one(x, log_slopes, given)
        of_all = [
            self._log_prob_of_one(one, log_slope, given)
            for one, log_slope in zip(x, log_slopes, strict=True)
        ]
        return ops.reduce_logsumexp(ops.stack(of_all), 0)

    def _log_prob_of_one(self, x: Tensor, log_slope: Tensor, conditions: Conditions) -> Tensor:
        rank = self._event_rank_given
        log_prob: Tensor
        if self._is_moved:
            log_prob = self._distribution.log_prob(_axes_turned(x, -rank), **conditions)
            log_prob = ops.reduce_sum(log_prob, list(range(rank)))
        else:
            log_prob = self._distribution.log_prob(x, **conditions)
            if self._has_event:
                log_prob = ops.reduce_sum(log_prob, list(range(-rank, 0)))
        return log_prob + ops.cast(log_slope, log_prob.dtype.base_dtype)

    def _number_before(self, y: Tensor, conditions: Conditions | None, what: str) -> Tensor:
        """The x of a y, where P(Y <= y) = P(X <= x)."""
        self._want_kept_events(what)
        x: Tensor = self._bijector.inverse(y, **(conditions or {}))
        return x

    def _want_kept_events(self, what: str) -> None:
        if self._has_event:
            raise NotImplementedError(f"{self.name}: {what} is not known with an event_shape")
        if not self._bijector.is_injective:
            raise NotImplementedError(f"{self.name}: {what} is not known, several x have one y")

    def _log_cdf(
        self,
        y: Tensor,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Any:
        x = self._number_before(y, bijector_kwargs, "log_cdf")
        return self._distribution.log_cdf(x, **(distribution_kwargs or {}))

    def _cdf(
        self,
        y: Tensor,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Any:
        x = self._number_before(y, bijector_kwargs, "cdf")
        return self._distribution.cdf(x, **(distribution_kwargs or {}))

    def _log_survival_function(
        self,
        y: Tensor,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Any:
        x = self._number_before(y, bijector_kwargs, "log_survival_function")
        return self._distribution.log_survival_function(x, **(distribution_kwargs or {}))

    def _survival_function(
        self,
        y: Tensor,
        bijector_kwargs: Conditions | None = None,
        distribution_kwargs: Conditions | None = None,
    ) -> Any:
        x = self._number_before(y, bijector_kwargs, "survival_function")
        return self._distribution.survival_function(x, **(distribution_kwargs or {}))

    def _quantile(self, value: Tensor) -> Tensor:
        self._want_kept_events("quantile")
        return self._bijector.forward(self._distribution.quantile(value))

    # -- statistics --------------------------------------------------------------------------------

    def _want_constant_slope(self, what: str) -> None:
        if not self._bijector.is_constant_jacobian or not self._bijector.is_injective:
            raise NotImplementedError(
                f"{self.name}: {what} has a formula only for bijectors of constant Jacobian"
            )

    def _mean(self) -> Tensor:
        self._want_constant_slope("mean")
        x = self._distribution.mean()
        if self._is_moved:
            whole = ops.concat([self._given_event, self._distribution.batch_shape_tensor()], 0)
            x = _axes_turned(ops.broadcast_to(x, whole), self._event_rank_given)
        elif self._has_batch or self._has_event:
            kept = dynamic_shape(x)
            x = ops.broadcast_to(x, ops.concat([self._given_batch, self._given_event, kept], 0))
        x.set_shape(self.batch_shape.concatenate(self._event_shape_before()))
        return self._bijector.forward(x)

    def _entropy(self) -> Any:
        self._want_constant_slope("entropy")
        entropy = self._distribution.entropy()
        if self._has_event:
            entropy = entropy * ops.cast(ops.reduce_prod(self._given_event), entropy.dtype)
        if self._has_batch:
            entropy = ops.broadcast_to(entropy, self._given_batch)
        # A constant Jacobian is the same at any point.
        shape = ops.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        point = ops.zeros(shape, self.dtype)
        log_slope = self._bijector.inverse_log_det_jacobian(point, self._event_rank())
        return entropy - ops.cast(log_slope, entropy.dtype)


class ConditionalTransformedDistribution(ConditionalDistribution, TransformedDistribution):
    """`TransformedDistribution` whose methods take conditions.

    They are dictionaries: `bijector_kwargs` for the methods of the bijector, `distribution_kwargs`
    for those of the distribution.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> class Times(kinds.bijectors.ConditionalBijector):
    ...     def __init__(self):
    ...         super().__init__(forward_min_event_ndims=0, name="times")
    ...     def _forward(self, x, factor):
    ...         return factor * x
    ...     def _inverse(self, y, factor):
    ...         return y / factor
    >>> times = kinds.ConditionalTransformedDistribution(kinds.Uniform(0.0, 1.0), Times())
    >>> tf.Session().run(times.cdf(3.0, bijector_kwargs={"factor": 4.0}))
    np.float32(0.75)
    """


def joint_batch(*parameters: Tensor) -> Any:
    """Return the batch shape that parameters broadcast to, as `batch_shape` takes it.

    Args:
      *parameters: tensors, with a number for each member of the batch.
    """
    static = joined_shape([parameter.shape for parameter in parameters])
    if static.is_fully_defined():
        return static.as_list()
    shape = joined_shape_tensor([dynamic_shape(parameter) for parameter in parameters])
    shape.set_shape([static.ndims])
    return shape


def _other_shape(shape: Any, own: TensorShape, name: str) -> Tensor:
    """The shape to give a distribution that has none, [] to keep it."""
    vector = sizes_argument(shape, name)
    length = size_of(vector, 0)
    if not isinstance(length, int):
        raise ValueError(f"the length of {name} must be known")
    if length and own.ndims != 0:
        raise ValueError(f"{name} can be given only if the distribution's is [], it is {own}")
    return vector


def _is_batch(distribution: Any) -> bool:
    rank = distribution.batch_shape.ndims
    if rank is None:
        raise ValueError("the rank of the distribution's batch_shape must be known")
    return bool(rank)


def _axes_turned(x: Tensor, places: int) -> Tensor:
    """Move the first axes to the end, or as many of the last ones, if negative, to the front."""
    rank = x.shape.ndims
    if rank is None:
        order = ops.range(ops.rank(x))
        return ops.transpose(x, ops.concat([order[places:], order[:places]], 0))
    axes = list(range(rank))
    return ops.transpose(x, axes[places:] + axes[:places])
