"""Distributions of vectors whose last axis has the classes of their parameters."""

from __future__ import annotations

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution


class VectorDistribution(Distribution):
    """A distribution of vectors whose mean tells the shapes of batch and event."""

    def _known_mean(self) -> Tensor:
        """A tensor batch_shape + [k]."""
        raise self._missing("_known_mean")

    def _batch_shape(self) -> TensorShape:
        return self._known_mean().shape[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return ops.shape(self._known_mean())[:-1]

    def _event_shape(self) -> TensorShape:
        return self._known_mean().shape[-1:]

    def _event_shape_tensor(self) -> Tensor:
        return ops.shape(self._known_mean())[-1:]


def columns(tensor: Tensor) -> Tensor:
    """Append an axis, so that a number of each batch member broadcasts with vectors."""
    return ops.expand_dims(tensor, -1)


def outer(x: Tensor, y: Tensor) -> Tensor:
    """The products of all elements of two vectors, in batches."""
    return ops.matmul(ops.expand_dims(x, -1), ops.expand_dims(y, -2))
