"""Depthwise convolution: each channel has filters of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import renamed_argument
from graphflow.core.graph import Tensor
from graphflow.core.op import register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.ops._conv import (
    Case,
    Convolution,
    ConvOp,
    FilterGradient,
    InputGradient,
    conv_attributes,
)
from graphflow.ops._layout import (
    check_strides_with_holes,
    checked_layout,
    per_spatial_axis,
)
from graphflow.ops.kernels import quickest_depthwise
from graphflow.ops.kernels.conv import ConvGeometry

__all__ = [
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropFilter",
    "DepthwiseConv2dNativeBackpropInput",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "separable_conv2d",
]

_ONES = (1, 1, 1, 1)


class _DepthwiseFamily(ConvOp):
    """What the three ops share: a grouped convolution with as many groups as channels.

    Filters have the shape [height, width, channels, multiplier].
    """

    forward = "DepthwiseConv2dNative"
    input_gradient = "DepthwiseConv2dNativeBackpropInput"
    filter_gradient = "DepthwiseConv2dNativeBackpropFilter"
    empty_batch = {"oracle": False, "note": "TensorFlow leaves the gradient for filters unset"}

    def grouped_shape(self, filter_shape: Sequence[Any]) -> Sequence[Any]:
        *taps, channels, multiplier = filter_shape
        unknown = channels is None or multiplier is None
        return (*taps, 1, None if unknown else channels * multiplier)

    def check_channels(self, channels: int | None, filter_shape: Sequence[int | None]) -> None:
        expected = filter_shape[-2]
        if None not in (channels, expected) and channels != expected:
            raise ValueError(f"the input has {channels} channels, but the filter has {expected}")

    def kernels_for(self, geometry: ConvGeometry) -> Any:
        suits = quickest_depthwise.suits(geometry)
        return quickest_depthwise if suits else super().kernels_for(geometry)

    @classmethod
    def cases(cls) -> Iterator[Case]:
        random = np.random.RandomState(7)
        image, filters = random.normal(size=(2, 5, 4, 3)), random.normal(size=(3, 2, 3, 2))
        yield {"strides": _ONES, "padding": "SAME"}, image, filters
        yield {"strides": (1, 2, 2, 1), "padding": "VALID"}, image, filters[..., :1]
        yield {"strides": (1, 2, 2, 1), "padding": "SAME"}, image[..., :1], filters[:, :, :1]
        yield {"strides": _ONES, "padding": "SAME", "dilations": (1, 2, 1, 1)}, image, filters
        many = random.normal(size=(1, 4, 3, 16)), random.normal(size=(3, 3, 16, 1))
        yield {"strides": (1, 2, 2, 1), "padding": "SAME"}, *many
        more = random.normal(size=(2, 3, 3, 8)), random.normal(size=(2, 3, 8, 2))
        yield {"strides": _ONES, "padding": "VALID"}, *more
        nchw = {"strides": (1, 1, 2, 2), "padding": "SAME", "data_format": "NCHW"}
        yield nchw, image.transpose(0, 3, 1, 2), filters


@register
class DepthwiseConv2dNative(_DepthwiseFamily, Convolution):
    """Convolution of each channel with filters of its own."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES


@register
class DepthwiseConv2dNativeBackpropInput(_DepthwiseFamily, InputGradient):
    """The gradient of a depthwise convolution with respect to its images."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES


@register
class DepthwiseConv2dNativeBackpropFilter(_DepthwiseFamily, FilterGradient):
    """The gradient of a depthwise convolution with respect to its filters."""

    strides: tuple[int, ...]
    padding: str
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Convolve each channel with filters of its own.

    Args:
      input: floating [batch, height, width, channels], or NCHW.
      filter: [filter height, filter width, channels, multiplier].
      strides: one number for each of the 4 axes.
      padding: `"SAME"` or `"VALID"`.
      data_format: `NHWC` or `NCHW`.
      dilations: the distance between neighbouring taps of the filter, for each of the 4 axes.
      name: the operation's name.

    Returns:
      [batch, out height, out width, channels * multiplier], or NCHW; the results of one channel
      stand together.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1.0, 10.0], [2.0, 20.0], [5.0, 50.0]]]])  # 1 x 3, two channels
    >>> filter = tf.reshape([1.0, 10.0, -1.0, 3.0], [1, 2, 2, 1])
    >>> y = tf.nn.depthwise_conv2d_native(image, filter, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, 0]
    array([[ -1., 160.],
           [ -3., 350.]], dtype=float32)
    """
    op = DepthwiseConv2dNative(**conv_attributes(2, strides, padding, data_format, dilations))
    return apply(op, input, filter, name=name)


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of a depthwise convolution with respect to its images.

    Args:
      input_sizes: int32 [4], the shape of the images.
      filter: as for `depthwise_conv2d_native`.
      out_backprop: the gradient for the output.
      strides: as for `depthwise_conv2d_native`, like the following.
      padding: see there.
      data_format: see there.
      dilations: see there.
      name: the operation's name.

    Returns:
      A tensor of the shape `input_sizes`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> filter = tf.reshape([1.0, 10.0, -1.0, 3.0], [1, 2, 2, 1])
    >>> dy = tf.constant([[[[7.0, 2.0]]]])
    >>> dx = tf.nn.depthwise_conv2d_native_backprop_input(
    ...     [1, 1, 2, 2], filter, dy, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(dx)[0, 0]
    array([[ 7., 20.],
           [-7.,  6.]], dtype=float32)
    """
    attributes = conv_attributes(2, strides, padding, data_format, dilations)
    op = DepthwiseConv2dNativeBackpropInput(**attributes)
    return apply(op, input_sizes, filter, out_backprop, name=name)


depthwise_conv2d_backprop_input = depthwise_conv2d_native_backprop_input


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of a depthwise convolution with respect to its filters.

    Args:
      input: the images, as for `depthwise_conv2d_native`.
      filter_sizes: int32 [4], the shape of the filters.
      out_backprop: the gradient for the output.
      strides: as for `depthwise_conv2d_native`, like the following.
      padding: see there.
      data_format: see there.
      dilations: see there.
      name: the operation's name.

    Returns:
      A tensor of the shape `filter_sizes`.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1.0, 10.0], [2.0, 20.0]]]])
    >>> dy = tf.constant([[[[7.0, 3.0]]]])
    >>> dw = tf.nn.depthwise_conv2d_native_backprop_filter(
    ...     image, [1, 2, 2, 1], dy, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(dw)[0, :, :, 0]
    array([[ 7., 30.],
           [14., 60.]], dtype=float32)
    """
    attributes = conv_attributes(2, strides, padding, data_format, dilations)
    op = DepthwiseConv2dNativeBackpropFilter(**attributes)
    return apply(op, input, filter_sizes, out_backprop, name=name)


depthwise_conv2d_backprop_filter = depthwise_conv2d_native_backprop_filter


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve each channel with filters of its own.

    Args:
      input: floating [batch, height, width, channels], or NCHW.
      filter: [filter height, filter width, channels, multiplier].
      strides: one number for each of the 4 axes; all 1 if a rate is not.
      padding: `"SAME"` or `"VALID"`.
      rate: the distance between neighbouring taps of the filter along height and width.
      name: the operation's name.
      data_format: `NHWC` (the default) or `NCHW`.
      dilations: new name of `rate`.

    Returns:
      [batch, out height, out width, channels * multiplier], or NCHW; the results of one channel
      stand together.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1.0, 10.0], [2.0, 20.0], [5.0, 50.0]]]])  # 1 x 3, two channels
    >>> filter = tf.reshape([1.0, 10.0, -1.0, 3.0], [1, 2, 2, 1])
    >>> y = tf.nn.depthwise_conv2d(image, filter, [1, 1, 1, 1], "VALID", rate=[1, 2])
    >>> tf.Session().run(y)[0, 0]
    array([[ -4., 250.]], dtype=float32)
    """
    rate = renamed_argument("dilations", dilations, "rate", rate, default=1)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        return _depthwise(input, filter, strides, padding, rate, data_format, scope)


def _depthwise(
    input: Any, filter: Any, strides: Any, padding: str, rate: Any, data_format: Any, name: str
) -> Tensor:
    """Build the op of `depthwise_conv2d` under a name, its inputs as TensorFlow names them."""
    layout = checked_layout(data_format, 2)
    dilations = per_spatial_axis("rate", rate, layout)
    steps = per_spatial_axis("strides", strides, layout)
    check_strides_with_holes(steps, dilations)
    input = convert_to_tensor(input, name="tensor_in")
    filter = convert_to_tensor(filter, name="filter_in", preferred_dtype=input.dtype)
    return depthwise_conv2d_native(input, filter, steps, padding, layout, dilations, name)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolve each channel with filters of its own, then mix the channels of each pixel.

    Args:
      input: floating [batch, height, width, channels], or NCHW.
      depthwise_filter: [filter height, filter width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, out channels].
      strides: one number for each of the 4 axes; all 1 if a rate is not.
      padding: `"SAME"` or `"VALID"`.
      rate: the distance between neighbouring taps of the filter along height and width.
      name: the operation's name.
      data_format: `NHWC` (the default) or `NCHW`.
      dilations: new name of `rate`.

    Returns:
      [batch, out height, out width, out channels], or NCHW.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1.0, 10.0], [2.0, 20.0], [5.0, 50.0]]]])  # 1 x 3, two channels
    >>> each = tf.reshape([1.0, 10.0, -1.0, 3.0], [1, 2, 2, 1])
    >>> mix = tf.reshape([2.0, 1.0], [1, 1, 2, 1])
    >>> y = tf.nn.separable_conv2d(image, each, mix, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y).ravel()
    array([158., 344.], dtype=float32)
    """
    rate = renamed_argument("dilations", dilations, "rate", rate, default=1)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(
            depthwise_filter, name="depthwise_filter", preferred_dtype=input.dtype
        )
        pointwise_filter = convert_to_tensor(
            pointwise_filter, name="pointwise_filter", preferred_dtype=input.dtype
        )
        _check_pointwise(depthwise_filter.shape, pointwise_filter.shape)
        single = _depthwise(
            input, depthwise_filter, strides, padding, rate, data_format, "depthwise"
        )
        layout = checked_layout(data_format, 2)
        return ops.conv2d(single, pointwise_filter, _ONES, "VALID", data_format=layout, name=scope)


def _check_pointwise(depthwise: TensorShape, pointwise: TensorShape) -> None:
    """Raise ValueError unless one filter takes what the other gives, pixel by pixel."""
    *taps, channels, _ = pointwise.with_rank(4).as_tuple() or (None,) * 4
    given = depthwise.with_rank(4).as_tuple() or (None,) * 4
    if any(tap not in (None, 1) for tap in taps):
        raise ValueError(f"pointwise_filter has shape {pointwise}: it must be 1 by 1 pixels")
    if None in (channels, *given[2:]):
        return
    if channels != given[2] * given[3]:  # type: ignore[operator]
        raise ValueError(
            f"pointwise_filter of shape {pointwise} takes {channels} channels, but depthwise_filter"
            f" of shape {depthwise} gives {given[2]} * {given[3]}"
        )
