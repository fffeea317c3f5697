"""Grey dilation and erosion of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import REAL_NUMBER
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._layout import per_spatial_axis, same_or_valid
from graphflow.ops.kernels import morphology as kernels
from graphflow.ops.kernels.pool import PoolGeometry
from graphflow.ops.kernels.windows import conv_output_size

__all__ = [
    "Dilation2D",
    "Dilation2DBackpropFilter",
    "Dilation2DBackpropInput",
    "dilation2d",
    "erosion2d",
]

_ONES = (1, 1, 1, 1)


class _DilationOp(Op):
    """Attributes and geometry that dilation shares with its gradients."""

    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def geometry(self, image: Sequence[int], filters: Sequence[int]) -> PoolGeometry:
        """The windows, from concrete shapes."""
        ksize = (1, *filters[:2], 1)
        return PoolGeometry.of(image, ksize, self.strides, self.padding, self.rates)

    def output_shape(self, image: TensorShape, filters: TensorShape) -> TensorShape:
        """The shape of the dilated images, as far as it is known."""
        batch, *sizes, channels = image.with_rank(4).as_tuple() or (None,) * 4
        *taps, depth = filters.with_rank(3).as_tuple() or (None,) * 3
        if None not in (channels, depth) and channels != depth:
            raise ValueError(f"the input has {channels} channels, but the filter has {depth}")
        outputs = [
            conv_output_size(size, tap, stride, rate, self.padding)
            for size, tap, stride, rate in zip(
                sizes, taps, self.strides[1:3], self.rates[1:3], strict=True
            )
        ]
        return TensorShape.of((batch, *outputs, depth if channels is None else channels))

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array, Array]]:
        """The op, images and filters."""
        # No two sums are equal within a window, also in bfloat16.
        random = np.random.RandomState(3)
        numbers = np.stack([random.permutation(12) for _ in range(4)]).reshape(2, 2, 4, 3)
        image = (18 * (numbers // 3) + numbers % 3).transpose(0, 2, 3, 1)
        filters = 3 * np.stack([random.permutation(6) for _ in range(2)], -1).reshape(3, 2, 2)
        for strides, rates, padding in (
            (_ONES, _ONES, "SAME"),
            ((1, 2, 1, 1), _ONES, "VALID"),
            (_ONES, (1, 2, 3, 1), "SAME"),
        ):
            op = cls.from_attributes({"strides": strides, "rates": rates, "padding": padding})
            yield op, image.astype(np.float32), filters.astype(np.float32)
        yield op, image.astype(np.int32), filters.astype(np.int32)

    @classmethod
    def special_case(cls) -> tuple[Any, Array, Array]:
        """Images and filters that are no numbers, or where everything is equally large."""
        image = np.zeros((1, 3, 4, 2))
        image[0, :, :2, 0] = np.nan
        image[0, :2, :, 1] = -np.inf
        op = cls.from_attributes({"strides": _ONES, "rates": _ONES, "padding": "SAME"})
        return op, image, np.zeros((2, 2, 2))


@register
class Dilation2D(_DilationOp):
    """The maximum over each window of the images plus the filter."""

    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    inputs = "input: T, filter: T"
    has_out = True

    def infer(self, input: TensorSpec, filter: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(input.shape, filter.shape), input.dtype.base_dtype)

    def kernel(self, input: Array, filter: Array, out: Array | None = None) -> Array:
        return kernels.dilate(input, filter, self.geometry(input.shape, filter.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        attributes = self.attributes()
        return (
            apply(Dilation2DBackpropInput(**attributes), *op.inputs, grad),
            apply(Dilation2DBackpropFilter(**attributes), *op.inputs, grad),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op, image, filters in cls.cases():
            yield Sample.of(op, image, filters)
        op, image, filters = cls.special_case()
        yield Sample.of(op, image, filters, gradient=(), note="no numbers")
        yield Sample.of(op, image[:0], filters, note="an empty batch")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op, image, filters = next(cls.cases())
        yield ErrorSample(op, (image, filters[..., :1]), "2 channels, but the filter has 1")
        yield ErrorSample(op, (image[0], filters), "rank")
        yield ErrorSample(op, (image, filters[0]), "rank")


class _DilationGradient(_DilationOp):
    inputs = "input: T, filter: T, out_backprop: T"

    def check(self, input: TensorSpec, filter: TensorSpec, out_backprop: TensorSpec) -> None:
        """Raise ValueError unless the shapes fit."""
        shape = self.output_shape(input.shape, filter.shape)
        shape.assert_is_compatible_with(out_backprop.shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op, image, filters in [*cls.cases(), cls.special_case()]:
            shape = op.geometry(image.shape, filters.shape).output_shape
            grad = (8 * np.cos(np.arange(np.prod(shape)))).reshape(shape).astype(image.dtype)
            yield Sample.of(op, image, filters, grad)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op, image, filters = next(cls.cases())
        yield ErrorSample(op, (image, filters, image[:, 1:]), "not compatible")


@register
class Dilation2DBackpropInput(_DilationGradient):
    """The gradient of `Dilation2D` with respect to its images."""

    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    outputs = "in_backprop"

    def infer(self, input: TensorSpec, filter: TensorSpec, out_backprop: TensorSpec) -> TensorSpec:
        self.check(input, filter, out_backprop)
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, input: Array, filter: Array, out_backprop: Array) -> Array:
        geometry = self.geometry(input.shape, filter.shape)
        return kernels.dilate_input_gradient(input, filter, out_backprop, geometry)


@register
class Dilation2DBackpropFilter(_DilationGradient):
    """The gradient of `Dilation2D` with respect to its filter."""

    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    outputs = "filter_backprop"

    def infer(self, input: TensorSpec, filter: TensorSpec, out_backprop: TensorSpec) -> TensorSpec:
        self.check(input, filter, out_backprop)
        return TensorSpec(filter.shape, input.dtype.base_dtype)

    def kernel(self, input: Array, filter: Array, out_backprop: Array) -> Array:
        geometry = self.geometry(input.shape, filter.shape)
        return kernels.dilate_filter_gradient(input, filter, out_backprop, geometry)


def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Take the maximum over each window of the images plus a filter: grey dilation.

    Args:
      input: real [batch, height, width, channels].
      filter: [filter height, filter width, channels], of the same dtype.
      strides: the distance between windows, for each of the 4 axes.
      rates: the distance between neighbouring taps of the filter, for each of the 4 axes.
      padding: `"SAME"` or `"VALID"`; what is outside never wins.
      name: the operation's name.
      filters: new name of `filter`.
      dilations: new name of `rates`.

    Returns:
      [batch, out height, out width, channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 1, 4, 1])
    >>> slope = tf.reshape([0.0, 10.0], [1, 2, 1])
    >>> y = tf.nn.dilation2d(image, slope, [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y).ravel()
    array([15., 12., 13.], dtype=float32)
    """
    filter = renamed_argument("filters", filters, "filter", filter)
    rates = renamed_argument("dilations", dilations, "rates", rates)
    op = Dilation2D(
        per_spatial_axis("strides", strides, "NHWC"),
        per_spatial_axis("rates", rates, "NHWC"),
        same_or_valid(padding),
    )
    return apply(op, input, filter, name=name)


def erosion2d(
    value: Any, kernel: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Take the minimum over each window of the images minus a filter: grey erosion.

    It is dual to dilation: the negative of the dilation of `-value` by the mirrored kernel.

    Args:
      value: real [batch, height, width, channels].
      kernel: [filter height, filter width, channels], of the same dtype.
      strides: the distance between windows, for each of the 4 axes.
      rates: the distance between neighbouring taps of the filter, for each of the 4 axes.
      padding: `"SAME"` or `"VALID"`; what is outside never wins.
      name: the operation's name.

    Returns:
      [batch, out height, out width, channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 1, 4, 1])
    >>> slope = tf.reshape([0.0, 10.0], [1, 2, 1])  # mirrored: takes 10 from the first
    >>> y = tf.nn.erosion2d(image, slope, [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y).ravel()
    array([-9., -5., -8.], dtype=float32)
    """
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        mirrored = ops.reverse(kernel, [0, 1])
        negative = ops.negative(value)
        return ops.negative(dilation2d(negative, mirrored, strides, rates, padding, name=scope))
