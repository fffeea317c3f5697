"""Batches of distributions seen as one distribution of larger events."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.distributions.kullback_leibler import RegisterKL, kl_divergence


class Independent(Distribution):
    """A distribution whose last axes of the batch belong to the event instead.

    Args:
      distribution: the other distribution.
      reinterpreted_batch_ndims: how many axes; by default all but the first.
      validate_args: not used.
      name: name of the distribution; by default of the other one.

    Raises:
      ValueError: the rank of the batch is not known, or there are not so many axes.

    >>> import graphflow as tf
    >>> kinds = tf.contrib.distributions
    >>> both = kinds.Independent(kinds.Bernoulli(probs=[0.25, 0.5]), 1)
    >>> both.batch_shape, both.event_shape
    (TensorShape([]), TensorShape([Dimension(2)]))
    >>> tf.Session().run(both.prob([1, 0]))
    np.float32(0.125)
    """

    def __init__(
        self,
        distribution: Any,
        reinterpreted_batch_ndims: int | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or "Independent" + distribution.name
        self._distribution = distribution
        rank = distribution.batch_shape.ndims
        if rank is None:
            raise ValueError(f"{name}: the rank of the distribution's batch_shape must be known")
        moved = max(0, rank - 1) if reinterpreted_batch_ndims is None else reinterpreted_batch_ndims
        if not 0 <= int(moved) <= rank:
            raise ValueError(
                f"{name}: reinterpreted_batch_ndims is {moved}, the batch has {rank} axes"
            )
        self._moved = int(moved)
        self._batch_rank = rank - self._moved
        with name_scope(name) as scope:
            pass
        super().__init__(
            distribution.dtype,
            distribution.reparameterization_type,
            validate_args,
            distribution.allow_nan_stats,
            parameters,
            distribution._graph_parents,
            scope,
        )

    @property
    def distribution(self) -> Any:
        """The other distribution."""
        return self._distribution

    @property
    def reinterpreted_batch_ndims(self) -> int:
        """How many axes of its batch belong to the event."""
        return self._moved

    def _batch_shape(self) -> TensorShape:
        return TensorShape(self._distribution.batch_shape[: self._batch_rank])

    def _batch_shape_tensor(self) -> Any:
        return self._distribution.batch_shape_tensor()[: self._batch_rank]

    def _event_shape(self) -> TensorShape:
        moved = TensorShape(self._distribution.batch_shape[self._batch_rank :])
        return moved.concatenate(self._distribution.event_shape)

    def _event_shape_tensor(self) -> Tensor:
        moved = self._distribution.batch_shape_tensor()[self._batch_rank :]
        return ops.concat([moved, self._distribution.event_shape_tensor()], 0)

    def _sample_n(self, n: Any, seed: int | None = None) -> Any:
        return self._distribution.sample(n, seed=seed)

    def _summed(self, tensor: Tensor) -> Tensor:
        return ops.reduce_sum(tensor, list(range(-self._moved, 0)))

    def _log_prob(self, value: Tensor) -> Tensor:
        return self._summed(self._distribution.log_prob(value))

    def _entropy(self) -> Tensor:
        return self._summed(self._distribution.entropy())

    def _mean(self) -> Any:
        return self._distribution.mean()

    def _variance(self) -> Any:
        return self._distribution.variance()

    def _stddev(self) -> Any:
        return self._distribution.stddev()

    def _mode(self) -> Any:
        return self._distribution.mode()


@RegisterKL(Independent, Independent)
def _kl_of_independent(a: Independent, b: Independent, name: str | None = None) -> Tensor:
    if not a.event_shape.is_compatible_with(b.event_shape):
        raise ValueError(f"events of shapes {a.event_shape} and {b.event_shape} have no divergence")
    if a.reinterpreted_batch_ndims != b.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "there is a KL divergence only where both have the same reinterpreted_batch_ndims, "
            f"not {a.reinterpreted_batch_ndims} and {b.reinterpreted_batch_ndims}"
        )
    of_parts = kl_divergence(a.distribution, b.distribution, name=name)
    return ops.reduce_sum(of_parts, list(range(-a.reinterpreted_batch_ndims, 0)))
