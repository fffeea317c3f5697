"""Batch normalisation of images in one op, and its gradient.

There are three versions in TensorFlow.  The first is for float32; the second has images of fewer
bits with float32 for all that belongs to a channel; the third, which `fused_batch_norm` uses, has
one more output for the use of its gradient, which holds nothing on a processor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import dtype_set, float32 as _float32
from graphflow.core.gradients import gradients
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, internal_op, register
from graphflow.core.spec import TensorShape, TensorSpec, dimension_at_index
from graphflow.ops.bias import channel_axis, check_data_format
from graphflow.ops.kernels import batch_norm as kernels
from graphflow.ops.kernels.epilogue import EVERYTHING, PLAIN_RANGES

__all__ = [
    "FusedBatchNorm",
    "FusedBatchNormGrad",
    "FusedBatchNormGradV2",
    "FusedBatchNormGradV3",
    "FusedBatchNormV2",
    "FusedBatchNormV3",
    "fused_batch_norm",
]

_FLOAT = frozenset({_float32})
_IMAGES = dtype_set("float16 bfloat16 float32")


@dataclass(frozen=True, eq=False, repr=False)
class _FusedBatchNormOp(Op):
    """Attributes, layout and shape rules of all versions and their gradients."""

    epsilon: float = 1e-4
    data_format: str = "NHWC"
    is_training: bool = True

    # How many outputs there are for the gradient, beside the two with the moments.
    more_reserved: ClassVar[int] = 0

    def _shape_and_channels(
        self, x: TensorSpec, *per_channel: TensorSpec
    ) -> tuple[TensorShape, TensorShape]:
        shape = x.shape.with_rank(4)
        axis = channel_axis(self.data_format) % 4
        channels = TensorShape([dimension_at_index(shape, axis)])
        for spec in per_channel:
            channels = channels.merge_with(spec.shape.with_rank(1))
        merged = shape[:axis].concatenate(channels).concatenate(shape[axis + 1 :])
        return merged, channels

    def _axes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The axes to reduce, and the shape in which per-channel values broadcast."""
        if self.data_format == "NHWC":
            return (0, 1, 2), (1, 1, 1, -1)
        return (0, 2, 3), (1, -1, 1, 1)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.ones(1, np.float32)
        count = len(cls.input_args())
        yield ErrorSample(cls(), (one,) * count, "rank")


class _Forward(_FusedBatchNormOp):
    """Normalises; two reserved outputs hold the moments that were used, for the gradient."""

    gradient_op: ClassVar[type[_FusedBatchNormOp]]

    def with_epilogue(self, followers: tuple[str, ...], specs: Sequence[TensorSpec]) -> Op | None:
        if followers not in PLAIN_RANGES or specs[0].dtype.base_dtype != _float32:
            return None
        return _RectifiedBatchNorm(
            **self.attributes(), fused_ops=followers, more=self.more_reserved
        )

    def limits(self) -> tuple[float, float]:
        """The range that results are kept within."""
        return EVERYTHING

    def infer(
        self,
        x: TensorSpec,
        scale: TensorSpec,
        offset: TensorSpec,
        mean: TensorSpec,
        variance: TensorSpec,
    ) -> tuple[TensorSpec, ...]:
        moments = () if self.is_training else (mean, variance)
        shape, channels = self._shape_and_channels(x, scale, offset, *moments)
        dtype = scale.dtype.base_dtype
        return (
            TensorSpec(shape, x.dtype.base_dtype),
            *[TensorSpec(channels, dtype)] * 4,
            *[TensorSpec(TensorShape(None), dtype)] * self.more_reserved,
        )

    def kernel(
        self, x: Array, scale: Array, offset: Array, mean: Array, variance: Array
    ) -> tuple[Array, ...]:
        wide = x.astype(np.float32, copy=False)
        reserved = [np.zeros((), np.float32)] * self.more_reserved
        if not self.is_training:
            y = self._normalise(wide, scale, offset, mean, variance)
            return y.astype(x.dtype, copy=False), mean, variance, mean, variance, *reserved
        axes, column = self._axes()
        count = np.float32(x.size // max(1, scale.size))
        batch_mean, batch_variance = kernels.moments(wide, axes, column)
        y = self._normalise(wide, scale, offset, batch_mean, batch_variance)
        # The running estimate is unbiased, the normalisation is not.
        unbiased = batch_variance * (count / max(np.float32(1), count - 1))
        moments = batch_mean, unbiased, batch_mean, batch_variance
        return y.astype(x.dtype, copy=False), *moments, *reserved

    def _normalise(
        self, x: Array, scale: Array, offset: Array, mean: Array, variance: Array
    ) -> Array:
        factor = scale / np.sqrt(variance + np.float32(self.epsilon))
        return kernels.scaled(x, factor, offset - mean * factor, self._axes()[1], self.limits())

    def gradient(self, op: Operation, grad_y: Tensor, *others: Tensor) -> list[Tensor | None]:
        x, scale = op.inputs[:2]
        mean, variance = op.outputs[3:5] if self.is_training else op.inputs[3:5]
        grads = apply_multi(
            self.gradient_op(self.epsilon, self.data_format, self.is_training),
            *(grad_y, x, scale, mean, variance, *op.outputs[5:]),
        )
        return [*grads[:3], None, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        random = np.random.RandomState(3)
        x = random.normal(size=(2, 3, 2, 3))
        scale, offset = np.asarray([1.5, -0.5, 2.0]), np.asarray([0.25, 1.0, -3.0])
        population = np.asarray([0.1, -0.2, 0.3]), np.asarray([0.5, 1.5, 2.5])
        empty = np.zeros(0)
        for training, moments in ((True, (empty, empty)), (False, population)):
            for dtype in sorted(cls.types["T"], key=int):
                yield Sample.of(
                    cls(1e-3, "NHWC", training),
                    x.astype(dtype.numpy),
                    *[item.astype(np.float32) for item in (scale, offset, *moments)],
                    gradient=(0, 1, 2) if dtype is _float32 else (),
                    gradient_outputs=(0,),
                    rtol=None if dtype is _float32 else 2e-2,
                    note="population moments have no gradient in TensorFlow",
                )
        yield Sample.of(
            cls(1e-3, "NCHW", False),
            x.transpose(0, 3, 1, 2).astype(np.float32),
            *[item.astype(np.float32) for item in (scale, offset, *population)],
            gradient=(0, 1, 2),
            gradient_outputs=(0,),
            oracle=False,
            note="TensorFlow's processor kernel knows NHWC only",
        )


@internal_op
class _RectifiedBatchNorm(_Forward):
    """Normalises, and does the work of an activation: any version, with as many outputs."""

    fused_ops: tuple[str, ...] = ("Relu",)
    more: int = 0

    inputs = "x: T, scale: T, offset: T, mean: T, variance: T"

    def limits(self) -> tuple[float, float]:
        return PLAIN_RANGES[self.fused_ops]

    def kernel(self, *inputs: Array) -> tuple[Array, ...]:
        return *super().kernel(*inputs), *[np.zeros((), np.float32)] * self.more


class _Backward(_FusedBatchNormOp):
    """The gradient for the images, the scale and the offset."""

    def infer(
        self,
        y_backprop: TensorSpec,
        x: TensorSpec,
        scale: TensorSpec,
        mean: TensorSpec,
        variance: TensorSpec,
        *reserved: TensorSpec,
    ) -> tuple[TensorSpec, ...]:
        shape, channels = self._shape_and_channels(x, scale)
        dtype = mean.dtype.base_dtype
        return (
            TensorSpec(shape.merge_with(y_backprop.shape), x.dtype.base_dtype),
            *[TensorSpec(channels, dtype)] * 2,
            *[TensorSpec(TensorShape([0]), dtype)] * 2,
        )

    def kernel(
        self,
        y_backprop: Array,
        x: Array,
        scale: Array,
        mean: Array,
        variance: Array,
        *reserved: Array,
    ) -> tuple[Array, ...]:
        axes, column = self._axes()
        slope = y_backprop.astype(np.float32, copy=False)
        inverse = 1 / np.sqrt(variance + np.float32(self.epsilon))
        wide = x.astype(np.float32, copy=False)
        offset_backprop, projection = kernels.slopes(slope, wide, mean, axes, column)
        scale_backprop, factor = projection * inverse, scale * inverse
        if self.is_training:
            count = np.float32(x.size // max(1, scale.size))
            shift, share = offset_backprop / count, projection * inverse * inverse / count
            x_backprop = kernels.projected(slope, wide, mean, shift, share, factor, column)
        else:
            x_backprop = kernels.scaled(slope, factor, np.zeros_like(factor), column)
        nothing = np.zeros(0, np.float32)
        gradient = x_backprop.astype(x.dtype, copy=False)
        return gradient, scale_backprop, offset_backprop, nothing, nothing

    def gradient(self, op: Operation, *grads: Tensor) -> list[Tensor | None]:
        inputs = list(op.inputs[:3])
        outputs = self._composed(*op.inputs[:5])
        found = gradients(outputs, inputs, list(grads[:3]), stop_gradients=inputs)
        return [*found, *[None] * (len(op.inputs) - 3)]

    def _composed(
        self, y_backprop: Any, x: Any, scale: Any, mean: Any, variance: Any
    ) -> list[Tensor]:
        """The outputs as the kernel computes them; in training the moments depend on x."""
        axes, column = self._axes()
        slope, wide = ops.cast(y_backprop, _float32), ops.cast(x, _float32)
        if self.is_training:
            mean = ops.reduce_mean(wide, axes)
            variance = ops.reduce_mean(ops.square(wide - ops.reshape(mean, column)), axes)
        inverse = ops.rsqrt(variance + self.epsilon)
        centered = wide - ops.reshape(mean, column)
        scale_backprop = ops.reduce_sum(slope * centered, axes) * inverse
        offset_backprop = ops.reduce_sum(slope, axes)
        factor: Any = ops.reshape(scale * inverse, column)
        if self.is_training:
            mean_slope = ops.reshape(ops.reduce_mean(slope, axes), column)
            projection = ops.reduce_mean(slope * centered, axes)
            correction = centered * ops.reshape(projection * inverse * inverse, column)
            slope = slope - mean_slope - correction
        return [ops.cast(factor * slope, x.dtype), scale_backprop, offset_backprop]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        random = np.random.RandomState(4)
        x, dy = random.normal(size=(2, 2, 3, 2, 3))
        scale = np.asarray([1.5, -0.5, 2.0])
        own = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
        population = np.asarray([0.1, -0.2, 0.3]), np.asarray([0.5, 1.5, 2.5])
        reserved = [np.float32(0)] * cls.more_reserved
        for training, moments in ((True, own), (False, population)):
            for dtype in sorted(cls.types["T"], key=int):
                points = (0, 2) if training else (0, 1, 2)
                yield Sample.of(
                    cls(1e-3, "NHWC", training),
                    *[item.astype(dtype.numpy) for item in (dy, x)],
                    *[item.astype(np.float32) for item in (scale, *moments)],
                    *reserved,
                    gradient=points if dtype is _float32 else (),
                    gradient_outputs=(0, 1, 2),
                    rtol=None if dtype is _float32 else 2e-2,
                    note="moments have no gradients; in training they change with x",
                )


@register
class FusedBatchNormGrad(_Backward):
    """The gradient of `FusedBatchNorm`."""

    makes_new = True
    inputs = "y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T"
    outputs = "x_backprop, scale_backprop, offset_backprop, reserve_space_3, reserve_space_4"
    types: ClassVar[Any] = {"T": _FLOAT}


@register
class FusedBatchNormGradV2(_Backward):
    """The gradient of `FusedBatchNormV2`."""

    makes_new = True
    inputs = "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U"
    outputs = "x_backprop, scale_backprop, offset_backprop, reserve_space_3, reserve_space_4"
    types: ClassVar[Any] = {"T": _IMAGES, "U": _FLOAT}


@register
class FusedBatchNormGradV3(_Backward):
    """The gradient of `FusedBatchNormV3`."""

    makes_new = True
    inputs = (
        "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U, "
        "reserve_space_3: U"
    )
    outputs = "x_backprop, scale_backprop, offset_backprop, reserve_space_4, reserve_space_5"
    types: ClassVar[Any] = {"T": _IMAGES, "U": _FLOAT}
    more_reserved = 1


@register
class FusedBatchNorm(_Forward):
    """Batch normalisation over a batch of images, with the moments in one pass."""

    inputs = "x: T, scale: T, offset: T, mean: T, variance: T"
    outputs = "y, batch_mean, batch_variance, reserve_space_1, reserve_space_2"
    types: ClassVar[Any] = {"T": _FLOAT}
    gradient_op = FusedBatchNormGrad


@register
class FusedBatchNormV2(_Forward):
    """Batch normalisation of images that may have fewer bits than what belongs to a channel."""

    inputs = "x: T, scale: U, offset: U, mean: U, variance: U"
    outputs = "y, batch_mean, batch_variance, reserve_space_1, reserve_space_2"
    types: ClassVar[Any] = {"T": _IMAGES, "U": _FLOAT}
    gradient_op = FusedBatchNormGradV2


@register
class FusedBatchNormV3(_Forward):
    """Batch normalisation with one more output for the gradient."""

    inputs = "x: T, scale: U, offset: U, mean: U, variance: U"
    outputs = "y, batch_mean, batch_variance, reserve_space_1, reserve_space_2, reserve_space_3"
    types: ClassVar[Any] = {"T": _IMAGES, "U": _FLOAT}
    gradient_op = FusedBatchNormGradV3
    more_reserved = 1


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise a batch of images over batch and positions, then scale and shift.

    Ioffe & Szegedy, "Batch Normalization" (2015).

    Args:
      x: float16, bfloat16 or float32 [batch, height, width, channels], or NCHW.
      scale: float32 [channels].
      offset: float32 [channels].
      mean: population mean, float32 [channels]; only (and always) given outside training.
      variance: population variance, likewise.
      epsilon: added to the variance; at least 1.001e-5, as in TensorFlow.
      data_format: NHWC or NCHW.
      is_training: whether the batch's own moments are used.
      name: the operation's name.

    Returns:
      The normalised images, the mean, and the (unbiased) variance.

    Raises:
      ValueError: moments are given in training, or missing outside.
      TypeError: `x` has another dtype; `tf.nn.batch_normalization` takes float64.

    >>> import graphflow as tf
    >>> y, mean, variance = tf.nn.fused_batch_norm([[[[1.0], [5.0]]]], [2.0], [10.0])
    >>> tf.Session().run([mean, variance])
    [array([3.], dtype=float32), array([8.], dtype=float32)]
    """
    data_format = check_data_format(data_format)
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("mean and variance must be None in training: the batch's own are used")
    if not is_training and (mean is None or variance is None):
        raise ValueError("mean and variance must be given when is_training is False")
    if is_training:
        mean = variance = ops.constant(np.zeros(0, np.float32), dtype=scale.dtype)
    op = FusedBatchNormV3(max(epsilon, 1.001e-5), data_format, is_training)
    y, batch_mean, batch_variance, *_ = apply_multi(op, x, scale, offset, mean, variance, name=name)
    return y, batch_mean, batch_variance
