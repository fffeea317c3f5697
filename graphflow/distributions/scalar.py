"""Distributions of single numbers."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape
from graphflow.distributions.base import Distribution
from graphflow.linear_operators.shapes import joined_shape, joined_shape_tensor


class ScalarDistribution(Distribution):
    """A distribution of numbers whose batch shape is what its graph parents broadcast to."""

    def _batch_shape(self) -> TensorShape:
        return joined_shape([parent.shape for parent in self._graph_parents])

    def _batch_shape_tensor(self) -> Tensor:
        return joined_shape_tensor([ops.shape(parent) for parent in self._graph_parents])

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _event_shape_tensor(self) -> Tensor:
        return ops.constant([], dtype="int32")

    def _shape_of_draws(self, n: Any) -> Tensor:
        return ops.concat([[n], self.batch_shape_tensor()], 0)

    def _repeated(self, tensor: Tensor) -> Tensor:
        """Repeat a parameter or statistic to the batch shape."""
        if self.batch_shape.is_fully_defined() and tensor.shape == self.batch_shape:
            return ops.identity(tensor)
        result = ops.broadcast_to(tensor, self.batch_shape_tensor())
        result.set_shape(self.batch_shape)
        return result


def same_shapes_of(*tensors: Tensor) -> list[Tensor]:
    """Repeat tensors to the shape that all broadcast to, for ops that do not broadcast."""
    static = joined_shape([tensor.shape for tensor in tensors])
    if all(tensor.shape.is_fully_defined() and tensor.shape == static for tensor in tensors):
        return list(tensors)
    shape = joined_shape_tensor([ops.shape(tensor) for tensor in tensors])
    return [ops.broadcast_to(tensor, shape) for tensor in tensors]
