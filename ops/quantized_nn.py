"""Neural nets on quantized tensors: integers and the range of numbers that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    qint32 as _qint32,
    quint8 as _quint8,
)
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._layout import per_axis, per_spatial_axis, same_or_valid
from graphflow.ops._pool import pooled_shape
from graphflow.ops._quantized import (
    code_of,
    integers_of,
    limits,
    quantized,
    quantized_sample,
)
from graphflow.ops._static import check_rank, f32
from graphflow.ops.conv import Conv2D
from graphflow.ops.kernels.pool import PoolGeometry, max_pool, window_sums

__all__ = [
    "QuantizedAvgPool",
    "QuantizedConv2D",
    "QuantizedMaxPool",
    "QuantizedRelu",
    "QuantizedRelu6",
    "QuantizedReluX",
    "quantized_avg_pool",
    "quantized_conv2d",
    "quantized_max_pool",
    "quantized_relu_x",
]

_ONES = (1, 1, 1, 1)
_SCALAR = TensorSpec(TensorShape.of(()), _float32)


class QuantizedOutput(NamedTuple):
    """What the functions here return.

    Attributes:
      output: the integers.
      min_output: float32, what the smallest integer stands for.
      max_output: float32, what the largest integer stands for.
    """

    output: Tensor
    min_output: Tensor
    max_output: Tensor


def _with_range(shape: TensorShape, dtype: DType, *ranges: TensorSpec) -> list[TensorSpec]:
    """Specs of the outputs, after a check of the ranges of the inputs."""
    for spec in ranges:
        check_rank("the end of a range", spec, 0)
    return [TensorSpec(shape, dtype), _SCALAR, _SCALAR]


def _pixels(*shape: int, seed: int = 1) -> Array:
    """Asymmetric integers of eight bits."""
    return np.random.RandomState(seed).randint(0, 256, shape)


# -- convolution -----------------------------------------------------------------------------------


@register
class QuantizedConv2D(Op):
    """Convolution of quantized images with quantized filters."""

    strides: tuple[int, ...]
    padding: str
    out_type: DType = _qint32
    dilations: tuple[int, ...] = _ONES

    inputs = (
        "input: Tinput, filter: Tfilter, min_input: float32, max_input: float32, "
        "min_filter: float32, max_filter: float32"
    )
    outputs = "output, min_output, max_output"
    types: ClassVar[Any] = {"Tinput": {_quint8}, "Tfilter": {_quint8}}

    def infer(self, input: TensorSpec, filter: TensorSpec, *ranges: TensorSpec) -> list[TensorSpec]:
        if self.out_type is not _qint32:
            raise TypeError(f"out_type must be qint32, not {self.out_type.name}")
        channels, depth = input.shape.with_rank(4)[3], filter.shape.with_rank(4)[2]
        channels.assert_is_compatible_with(depth)
        return _with_range(self._plain().output_shape(input.shape, filter.shape), _qint32, *ranges)

    def _plain(self) -> Conv2D:
        return Conv2D(self.strides, self.padding, dilations=self.dilations)

    def kernel(
        self,
        input: Array,
        filter: Array,
        min_input: Any,
        max_input: Any,
        min_filter: Any,
        max_filter: Any,
    ) -> tuple[Array, ...]:
        images, image_step = _centred(input, min_input, max_input)
        filters, filter_step = _centred(filter, min_filter, max_filter)
        sums = self._plain().kernel(images, filters).astype(np.int64).astype(np.int32)
        lowest, highest = limits(sums.dtype)
        step = image_step * filter_step
        return quantized(sums, _qint32), step * np.float32(lowest), step * np.float32(highest)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = quantized(_pixels(2, 4, 5, 2), _quint8)
        filters = quantized(_pixels(2, 3, 2, 3, seed=2), _quint8)
        for strides, padding in ((_ONES, "SAME"), ((1, 2, 2, 1), "VALID")):
            ranges = [np.float32(end) for end in (-1, 3.5, -0.5, 2)]
            yield quantized_sample(cls(strides, padding), image, filters, *ranges)
        ranges = [np.float32(end) for end in (0, 255, 0, 127)]
        yield quantized_sample(cls(_ONES, "SAME"), image[:, :2, :3], filters, *ranges)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image, filters = (
            quantized(_pixels(1, 3, 3, 2), _quint8),
            quantized(_pixels(2, 2, 2, 1), _quint8),
        )
        low, high = np.float32(0), np.float32(1)
        yield ErrorSample(cls(_ONES, "SAME"), (image[0], filters, low, high, low, high), "rank")
        wrong = (image, filters, f32([0]), high, low, high)
        yield ErrorSample(cls(_ONES, "SAME"), wrong, "must be a scalar")
        wrong = (image, filters[:, :, :1], low, high, low, high)
        yield ErrorSample(cls(_ONES, "SAME"), wrong, "not compatible")


def _centred(array: Array, low: Any, high: Any) -> tuple[Array, Any]:
    """The integers less the one that stands for 0, exact in float64, and the width of a step."""
    codes = integers_of(array)
    lowest, highest = limits(codes.dtype)
    step = (np.float32(high) - np.float32(low)) / np.float32(highest - lowest)
    return codes - np.float64(code_of(0.0, codes.dtype, low, high)), step


def quantized_conv2d(
    input: Any,
    filter: Any,
    min_input: Any,
    max_input: Any,
    min_filter: Any,
    max_filter: Any,
    strides: Sequence[int],
    padding: str,
    out_type: Any = _qint32,
    dilations: Sequence[int] = _ONES,
    name: str | None = None,
) -> QuantizedOutput:
    """Convolve quantized images with quantized filters.

    Args:
      input: quint8 [batch, height, width, in channels].
      filter: quint8 [filter height, filter width, in channels, out channels].
      min_input: float32, what the smallest integer of the images stands for.
      max_input: float32, what the largest one stands for.
      min_filter: float32, likewise of the filters.
      max_filter: float32, likewise.
      strides: one number for each of the 4 axes.
      padding: `"SAME"` (with what stands for 0) or `"VALID"`.
      out_type: must be qint32.
      dilations: the distance between neighbouring taps of the filter, for each of the 4 axes.
      name: the operation's name.

    Returns:
      The result as qint32, and what its smallest and largest integers stand for.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x, low, high = tf.quantize([[[[1.0], [2.0], [5.0]]]], 0.0, 255.0, tf.quint8)
    >>> w, start, end = tf.quantize([[[[3.0]], [[10.0]]]], 0.0, 255.0, tf.quint8)
    >>> y, _, _ = tf.nn.quantized_conv2d(x, w, low, high, start, end, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y).ravel()
    array([23, 56], dtype=int32)
    """
    op = QuantizedConv2D(
        per_spatial_axis("strides", strides, "NHWC"),
        same_or_valid(padding),
        as_dtype(out_type),
        per_spatial_axis("dilations", dilations, "NHWC"),
    )
    ranges = min_input, max_input, min_filter, max_filter
    return QuantizedOutput(*apply_multi(op, input, filter, *ranges, name=name))


# -- pooling ---------------------------------------------------------------------------------------


class _QuantizedPool(Op):
    """What both poolings share."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    inputs = "input: T, min_input: float32, max_input: float32"
    outputs = "output, min_output, max_output"
    types: ClassVar[Any] = {"T": dtype_set("quint8 qint8")}

    def infer(self, input: TensorSpec, *ranges: TensorSpec) -> list[TensorSpec]:
        shape = pooled_shape(input.shape, self.ksize, self.strides, self.padding)
        return _with_range(shape, input.dtype.base_dtype, *ranges)

    def kernel(self, input: Array, min_input: Any, max_input: Any) -> tuple[Array, ...]:
        geometry = PoolGeometry.of(input.shape, self.ksize, self.strides, self.padding)
        pooled = self._pooled(integers_of(input), geometry)
        return quantized(pooled, as_dtype(input.dtype)), min_input, max_input

    def _pooled(self, codes: Array, geometry: PoolGeometry) -> Array:
        raise NotImplementedError

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for name, least in (("quint8", 0), ("qint8", -128)):
            image = quantized(_pixels(2, 5, 4, 3) + least, as_dtype(name))
            for attributes in (
                {"ksize": (1, 2, 2, 1), "strides": (1, 2, 2, 1), "padding": "SAME"},
                {"ksize": (1, 3, 2, 1), "strides": (1, 1, 2, 1), "padding": "VALID"},
            ):
                op = cls.from_attributes(attributes)
                yield quantized_sample(op, image, np.float32(-1), np.float32(2.5))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = quantized(_pixels(1, 3, 3, 2), _quint8)
        attributes = {"ksize": (1, 2, 2, 1), "strides": _ONES, "padding": "SAME"}
        op, low = cls.from_attributes(attributes), np.float32(0)
        yield ErrorSample(op, (image[0], low, low), "rank")
        yield ErrorSample(op, (image, f32([0]), low), "must be a scalar")


@register
class QuantizedMaxPool(_QuantizedPool):
    """The maximum of each window."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    def _pooled(self, codes: Array, geometry: PoolGeometry) -> Array:
        return max_pool(codes, geometry)


@register
class QuantizedAvgPool(_QuantizedPool):
    """The average of each window, rounded towards 0; padding does not count."""

    ksize: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    def _pooled(self, codes: Array, geometry: PoolGeometry) -> Array:
        return np.trunc(window_sums(codes.astype(np.float64), geometry) / geometry.counts)


def quantized_max_pool(
    input: Any,
    min_input: Any,
    max_input: Any,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    name: str | None = None,
) -> QuantizedOutput:
    """Take the maximum of each window of quantized images.

    Args:
      input: quint8 or qint8 [batch, height, width, channels].
      min_input: float32, what the smallest integer stands for.
      max_input: float32, what the largest integer stands for.
      ksize: the window's size, one number for each of the 4 axes.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` or `"VALID"`.
      name: the operation's name.

    Returns:
      The pooled images, `min_input` and `max_input`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x, low, high = tf.quantize([[[[1.0], [5.0], [2.0]]]], 0.0, 255.0, tf.quint8)
    >>> y, _, _ = tf.nn.quantized_max_pool(x, low, high, [1, 1, 2, 1], [1, 1, 2, 1], "SAME")
    >>> tf.Session().run(y).ravel()
    array([5, 2], dtype=uint8)
    """
    op = QuantizedMaxPool(
        per_axis("ksize", ksize, "NHWC"),
        per_axis("strides", strides, "NHWC"),
        same_or_valid(padding),
    )
    return QuantizedOutput(*apply_multi(op, input, min_input, max_input, name=name))


def quantized_avg_pool(
    input: Any,
    min_input: Any,
    max_input: Any,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    name: str | None = None,
) -> QuantizedOutput:
    """Take the average of each window of quantized images, the integers rounded towards 0.

    Args:
      input: quint8 or qint8 [batch, height, width, channels].
      min_input: float32, what the smallest integer stands for.
      max_input: float32, what the largest integer stands for.
      ksize: the window's size, one number for each of the 4 axes.
      strides: the distance between windows, given likewise.
      padding: `"SAME"` (does not count) or `"VALID"`.
      name: the operation's name.

    Returns:
      The pooled images, `min_input` and `max_input`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> x, low, high = tf.quantize([[[[2.0], [5.0], [9.0]]]], 0.0, 255.0, tf.quint8)
    >>> y, _, _ = tf.nn.quantized_avg_pool(x, low, high, [1, 1, 2, 1], [1, 1, 2, 1], "SAME")
    >>> tf.Session().run(y).ravel()
    array([3, 9], dtype=uint8)
    """
    op = QuantizedAvgPool(
        per_axis("ksize", ksize, "NHWC"),
        per_axis("strides", strides, "NHWC"),
        same_or_valid(padding),
    )
    return QuantizedOutput(*apply_multi(op, input, min_input, max_input, name=name))


# -- rectified linear units ------------------------------------------------------------------------


class _QuantizedRelu(Op):
    """Clipping between what stands for 0 and for a largest number."""

    out_type: DType

    outputs = "activations, min_activations, max_activations"
    types: ClassVar[Any] = {"Tinput": dtype_set("quint8 qint32")}
    on_tensorflow: ClassVar[dict[str, Any]] = {}  # options of samples

    def infer(self, features: TensorSpec, *ranges: TensorSpec) -> list[TensorSpec]:
        if self.out_type is not features.dtype.base_dtype:
            raise TypeError(
                f"out_type must be {features.dtype.name}, as the features are, "
                f"not {self.out_type.name}"
            )
        return _with_range(features.shape, self.out_type, *ranges)

    def _clipped(self, features: Array, largest: Any, low: Any, high: Any) -> tuple[Array, ...]:
        codes = integers_of(features)
        ends = [
            int(np.clip(code_of(float(number), codes.dtype, low, high), *limits(codes.dtype)))
            for number in (0.0, *largest)
        ]
        clipped = np.clip(codes, ends[0], ends[1] if largest else None)
        return quantized(clipped, self.out_type), low, high

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        codes = _pixels(3, 4)
        wide = quantized((codes - 128) * 2**22, _qint32)
        largest = [np.float32(2)] * (len(cls.input_args()) - 3)
        for out_type, features, low, high in (
            (_quint8, quantized(codes, _quint8), -1.5, 10.0),
            (_quint8, quantized(codes, _quint8), 0.0, 3.0),
            (_qint32, wide, -20.0, 20.0),
        ):
            op = cls.from_attributes({"out_type": out_type})
            inputs = features, *largest, np.float32(low), np.float32(high)
            yield quantized_sample(op, *inputs, **cls.on_tensorflow)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        features = quantized(_pixels(3), _quint8)
        ends = [np.float32(1)] * (len(cls.input_args()) - 1)
        op = cls.from_attributes({"out_type": _qint32})
        yield ErrorSample(op, (features, *ends), "out_type must be quint8", TypeError)
        op = cls.from_attributes({})
        yield ErrorSample(op, (features, f32([1]), *ends[1:]), "must be a scalar")


@register
class QuantizedReluX(_QuantizedRelu):
    """Negative numbers become 0, large ones a largest number."""

    out_type: DType = _quint8

    on_tensorflow = {"oracle": False, "note": "TensorFlow on CPU has no kernel"}

    inputs = "features: Tinput, max_value: float32, min_features: float32, max_features: float32"

    def kernel(
        self, features: Array, max_value: Any, min_features: Any, max_features: Any
    ) -> tuple[Array, ...]:
        return self._clipped(features, [max_value], min_features, max_features)


@register
class QuantizedRelu(_QuantizedRelu):
    """Negative numbers become 0."""

    out_type: DType = _quint8

    inputs = "features: Tinput, min_features: float32, max_features: float32"

    def kernel(self, features: Array, min_features: Any, max_features: Any) -> tuple[Array, ...]:
        return self._clipped(features, [], min_features, max_features)


@register
class QuantizedRelu6(_QuantizedRelu):
    """Negative numbers become 0, those above 6 become 6."""

    out_type: DType = _quint8

    inputs = "features: Tinput, min_features: float32, max_features: float32"

    def kernel(self, features: Array, min_features: Any, max_features: Any) -> tuple[Array, ...]:
        return self._clipped(features, [6.0], min_features, max_features)


def quantized_relu_x(
    features: Any,
    max_value: Any,
    min_features: Any,
    max_features: Any,
    out_type: Any = _quint8,
    name: str | None = None,
) -> QuantizedOutput:
    """Clip quantized numbers between 0 and a largest one.

    Args:
      features: quint8 or qint32.
      max_value: float32, the largest number.
      min_features: float32, what the smallest integer stands for.
      max_features: float32, what the largest integer stands for.
      out_type: the dtype of `features`.
      name: the operation's name.

    Returns:
      The clipped features, `min_features` and `max_features`.

    Raises:
      TypeError: `out_type` is not the dtype of `features`.

    >>> import graphflow as tf
    >>> x, low, high = tf.quantize([-3.0, 0.0, 4.0, 90.0], -5.0, 250.0, tf.quint8)
    >>> y, low, high = tf.nn.quantized_relu_x(x, 50.0, low, high)
    >>> tf.Session().run(tf.dequantize(y, low, high)).round(2)
    array([ 0.,  0.,  4., 50.], dtype=float32)
    """
    op = QuantizedReluX(as_dtype(out_type))
    outputs = apply_multi(op, features, max_value, min_features, max_features, name=name)
    return QuantizedOutput(*outputs)
