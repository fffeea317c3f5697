"""Batch normalisation with given moments in one op, as in graphs from before TensorFlow 1.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.dtypes import dtype_set
from graphflow.core.gradients import gradients
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, dimension_at_index
from graphflow.ops.kernels.arrays import widened

__all__ = ["BatchNormWithGlobalNormalization", "BatchNormWithGlobalNormalizationGrad"]

_AXES = (0, 1, 2)


@dataclass(frozen=True, eq=False, repr=False)
class _GlobalNormalization(Op):
    """Attributes and shape rules of the op and its gradient."""

    variance_epsilon: float
    scale_after_normalization: bool

    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}

    def _shapes(self, t: TensorSpec, *per_channel: TensorSpec) -> tuple[TensorShape, TensorShape]:
        """The shapes of the images and of what belongs to a channel."""
        shape = t.shape.with_rank(4)
        channels = TensorShape([dimension_at_index(shape, 3)])
        for spec in per_channel:
            channels = channels.merge_with(spec.shape.with_rank(1))
        return shape[:3].concatenate(channels), channels

    def _inverse(self, v: Array) -> Array:
        wide = widened(v)
        return 1 / np.sqrt(wide + wide.dtype.type(self.variance_epsilon))

    @classmethod
    def _values(cls) -> list[Array]:
        random = np.random.RandomState(5)
        rows: list[Array] = [
            random.normal(size=(2, 3, 2, 3)), random.normal(size=3),
            random.uniform(0.5, 2.0, size=3), random.normal(size=3),
        ]  # fmt: skip
        return rows

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.ones(1, np.float32)
        yield ErrorSample(cls(1e-3, True), (one,) * len(cls.input_args()), "rank")


@register
class BatchNormWithGlobalNormalizationGrad(_GlobalNormalization):
    """The gradient of `BatchNormWithGlobalNormalization`."""

    inputs = "t: T, m: T, v: T, gamma: T, backprop: T"
    outputs = "dx, dm, dv, db, dg"

    def infer(
        self, t: TensorSpec, m: TensorSpec, v: TensorSpec, gamma: TensorSpec, backprop: TensorSpec
    ) -> tuple[TensorSpec, ...]:
        shape, channels = self._shapes(t, m, v, gamma)
        dtype = t.dtype.base_dtype
        shape = shape.merge_with(backprop.shape)
        return (TensorSpec(shape, dtype), *[TensorSpec(channels, dtype)] * 4)

    def kernel(
        self, t: Array, m: Array, v: Array, gamma: Array, backprop: Array
    ) -> tuple[Array, ...]:
        slope = widened(backprop)
        inverse = self._inverse(v)
        factor = inverse * gamma if self.scale_after_normalization else inverse
        db = slope.sum(axis=_AXES)
        projection = (slope * (widened(t) - m)).sum(axis=_AXES)
        dg = projection * inverse if self.scale_after_normalization else np.zeros_like(projection)
        dv = -0.5 * projection * factor * inverse * inverse
        found = (slope * factor, -db * factor, dv, db, dg)
        return tuple(item.astype(t.dtype, copy=False) for item in found)

    def gradient(self, op: Operation, *grads: Tensor) -> list[Tensor | None]:
        inputs = list(op.inputs)
        outputs = self._composed(*inputs)
        return gradients(outputs, inputs, list(grads), stop_gradients=inputs)

    def _composed(
        self, t: Tensor, m: Tensor, v: Tensor, gamma: Tensor, backprop: Tensor
    ) -> list[Tensor]:
        """The outputs as the kernel computes them."""
        inverse = ops.rsqrt(v + self.variance_epsilon)
        factor = inverse * gamma if self.scale_after_normalization else inverse
        db = ops.reduce_sum(backprop, _AXES)
        projection = ops.reduce_sum(backprop * (t - m), _AXES)
        dg = projection * inverse if self.scale_after_normalization else ops.zeros_like(gamma)
        dv = -0.5 * projection * factor * inverse * inverse
        return [backprop * factor, -db * factor, dv, db, dg]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        t, m, v, gamma = cls._values()
        for is_scaled in (True, False):
            yield Sample.of(cls(1e-2, is_scaled), t, m, v, gamma, np.cos(t))


@register
class BatchNormWithGlobalNormalization(_GlobalNormalization):
    """Normalise images [batch, height, width, channels] with given moments."""

    inputs = "t: T, m: T, v: T, beta: T, gamma: T"
    outputs = "result"

    def infer(
        self, t: TensorSpec, m: TensorSpec, v: TensorSpec, beta: TensorSpec, gamma: TensorSpec
    ) -> TensorSpec:
        shape, _ = self._shapes(t, m, v, beta, gamma)
        return TensorSpec(shape, t.dtype.base_dtype)

    def kernel(self, t: Array, m: Array, v: Array, beta: Array, gamma: Array) -> Array:
        factor = self._inverse(v)
        if self.scale_after_normalization:
            factor = factor * gamma
        return (t * factor + (beta - m * factor)).astype(t.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor]:
        t, m, v, _, gamma = op.inputs
        dx, dm, dv, db, dg = apply_multi(
            BatchNormWithGlobalNormalizationGrad(
                self.variance_epsilon, self.scale_after_normalization
            ),
            *(t, m, v, gamma, grad),
        )
        return [dx, dm, dv, db, dg]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        t, m, v, gamma = cls._values()
        beta = np.asarray([0.25, 1.0, -3.0])
        for is_scaled in (True, False):
            yield Sample.of(cls(1e-2, is_scaled), t, m, v, beta, gamma)
