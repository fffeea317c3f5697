"""Two-dimensional convolution and its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, Op, internal_op, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._conv import (
    Case,
    Convolution,
    ConvOp,
    FilterGradient,
    InputGradient,
    conv_attributes,
)
from graphflow.ops._layout import channel_axis
from graphflow.ops.kernels import quickest_conv
from graphflow.ops.kernels.epilogue import RANGES, Epilogue

__all__ = [
    "Conv2D",
    "Conv2DBackpropFilter",
    "Conv2DBackpropInput",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
]

_ONES = (1, 1, 1, 1)


class _Conv2DFamily(ConvOp):
    """What the three ops share."""

    explicit_paddings: tuple[int, ...]

    forward = "Conv2D"
    input_gradient = "Conv2DBackpropInput"
    filter_gradient = "Conv2DBackpropFilter"

    def paddings(self) -> Any:
        if self.padding != "EXPLICIT":
            return self.padding
        pairs = self.explicit_paddings
        return [(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)]

    @classmethod
    def cases(cls) -> Iterator[Case]:
        random = np.random.RandomState(5)
        image, filters = random.normal(size=(2, 5, 4, 3)), random.normal(size=(3, 2, 3, 2))
        yield {"strides": _ONES, "padding": "SAME"}, image, filters
        yield {"strides": (1, 2, 2, 1), "padding": "SAME"}, image, filters
        yield {"strides": (1, 2, 1, 1), "padding": "VALID"}, image, filters
        yield {"strides": _ONES, "padding": "VALID", "dilations": (1, 2, 1, 1)}, image, filters
        explicit = {"padding": "EXPLICIT", "explicit_paddings": (0, 0, 1, 2, 0, 1, 0, 0)}
        yield {"strides": _ONES, **explicit}, image, filters
        yield {"strides": _ONES, "padding": "SAME"}, image, random.normal(size=(1, 1, 3, 4))
        nchw = {"strides": (1, 1, 2, 1), "padding": "SAME", "data_format": "NCHW"}
        yield nchw, image.transpose(0, 3, 1, 2), filters


@register
class Conv2D(_Conv2DFamily, Convolution):
    """Convolution of images with filters (not flipped)."""

    strides: tuple[int, ...]
    padding: str
    use_cudnn_on_gpu: bool = True
    explicit_paddings: tuple[int, ...] = ()
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES

    def with_epilogue(self, followers: tuple[str, ...], specs: Sequence[TensorSpec]) -> Op | None:
        image, filters = specs
        if followers not in RANGES or image.dtype.base_dtype != float32:
            return None
        geometry = self.geometry(_sizes(image.shape), _sizes(filters.shape))
        if not quickest_conv.has_tiles(geometry):
            return None
        return _FusedConv2D(**self.attributes(), fused_ops=followers)


@internal_op
class _FusedConv2D(Conv2D):
    """A convolution of images with the channels last, then a bias, then perhaps a range."""

    fused_ops: tuple[str, ...] = ("BiasAdd",)

    inputs = "input: T, filter: T, bias: T"

    def kernel(  # type: ignore[override]
        self, input: Array, filter: Array, bias: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(input.shape, filter.shape)
        grouped = filter.reshape(geometry.filter_shape)
        epilogue = Epilogue(bias.reshape(-1), *RANGES[self.fused_ops])
        return quickest_conv.conv(input, grouped, geometry, out, epilogue)


@register
class Conv2DBackpropInput(_Conv2DFamily, InputGradient):
    """The gradient of a convolution with respect to its images."""

    strides: tuple[int, ...]
    padding: str
    use_cudnn_on_gpu: bool = True
    explicit_paddings: tuple[int, ...] = ()
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES

    def with_epilogue(self, followers: tuple[str, ...], specs: Sequence[TensorSpec]) -> Op | None:
        sizes, filters, gradient = specs
        if followers not in RANGES or gradient.dtype.base_dtype != float32:
            return None
        shape = self.infer(sizes, filters, gradient).shape
        geometry = self.geometry(_sizes(shape), _sizes(filters.shape))
        if not quickest_conv.has_tiles(geometry, is_gradient=True):
            return None
        return _FusedConv2DBackpropInput(**self.attributes(), fused_ops=followers)


@internal_op
class _FusedConv2DBackpropInput(Conv2DBackpropInput):
    """The gradient of a convolution, then a bias, then perhaps a range: see `conv2d_transpose`."""

    fused_ops: tuple[str, ...] = ("BiasAdd",)

    inputs = "input_sizes: int32, filter: T, out_backprop: T, bias: T"

    def kernel(  # type: ignore[override]
        self,
        input_sizes: Array,
        filter: Array,
        out_backprop: Array,
        bias: Array,
        out: Array | None = None,
    ) -> Array:
        geometry = self.geometry(input_sizes, filter.shape)
        grouped = filter.reshape(geometry.filter_shape)
        epilogue = Epilogue(bias.reshape(-1), *RANGES[self.fused_ops])
        return quickest_conv.conv_input_gradient(geometry, grouped, out_backprop, out, epilogue)


@register
class Conv2DBackpropFilter(_Conv2DFamily, FilterGradient):
    """The gradient of a convolution with respect to its filters."""

    strides: tuple[int, ...]
    padding: str
    use_cudnn_on_gpu: bool = True
    explicit_paddings: tuple[int, ...] = ()
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES


def _sizes(shape: TensorShape) -> list[int]:
    """The sizes of a shape of which all are known."""
    return [size for size in shape.as_list() if size is not None]


def _attributes(
    strides: Any, padding: Any, data_format: str | None, dilations: Any
) -> dict[str, Any]:
    """Attributes from public arguments, checked.

    Raises:
      ValueError: an argument is malformed.
    """
    if isinstance(padding, (str, bytes)):
        return conv_attributes(2, strides, padding, data_format, dilations)
    attributes = conv_attributes(2, strides, "VALID", data_format, dilations)
    pairs = _explicit_paddings(padding, attributes["data_format"])
    return {**attributes, "padding": "EXPLICIT", "explicit_paddings": pairs}


def _explicit_paddings(padding: Any, layout: str) -> tuple[int, ...]:
    pairs = [tuple(pair) for pair in padding] if padding is not None else []
    if len(pairs) != 4 or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            "padding must be SAME, VALID or a (before, after) pair for each of 4 axes,"
            f" not {padding!r}"
        )
    if any(pairs[0]) or any(pairs[channel_axis(layout)]):
        raise ValueError(f"batch and channels cannot be padded: {padding!r} ({layout})")
    return tuple(int(n) for pair in pairs for n in pair)


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolve images with filters (in the sense of neural nets: the filters are not flipped).

    Args:
      input: floating [batch, height, width, in channels], or NCHW.
      filter: [filter height, filter width, in channels, out channels].
      strides: one number for each of the 4 axes (or for height and width, or one for both); 1 by
        default.
      padding: `"SAME"`, `"VALID"`, or (before, after) pairs for the 4 axes.
      use_cudnn_on_gpu: recorded; there is no GPU here.
      data_format: `NHWC` or `NCHW`.
      dilations: the distance between neighbouring taps of the filter, given like `strides`.
      name: the operation's name.
      filters: new name of `filter`.

    Returns:
      [batch, out height, out width, out channels], or NCHW.

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(12.0), [1, 3, 4, 1])
    >>> edge = tf.reshape(tf.constant([-1.0, 3.0]), [1, 2, 1, 1])
    >>> y = tf.nn.conv2d(image, edge, strides=[1, 2, 1, 1], padding="VALID")
    >>> tf.Session().run(y)[0, :, :, 0]
    array([[ 3.,  5.,  7.],
           [19., 21., 23.]], dtype=float32)
    """
    filter = renamed_argument("filters", filters, "filter", filter)
    steps = 1 if strides is None else strides
    attributes = _attributes(steps, padding, data_format, dilations)
    op = Conv2D(use_cudnn_on_gpu=use_cudnn_on_gpu, **attributes)
    return apply(op, input, filter, name=name)


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Compute the gradient of a convolution with respect to its images.

    Args:
      input_sizes: int32 [4], the shape of the images.
      filter: as for `conv2d`.
      out_backprop: the gradient for the output.
      strides: as for `conv2d`, like the following.
      padding: see `conv2d`.
      use_cudnn_on_gpu: see `conv2d`.
      data_format: see `conv2d`.
      dilations: see `conv2d`.
      name: the operation's name.
      filters: new name of `filter`.

    Returns:
      A tensor of the shape `input_sizes`.

    >>> import graphflow as tf
    >>> edge = tf.reshape(tf.constant([-1.0, 3.0]), [1, 2, 1, 1])
    >>> dy = tf.constant([[[[10.0], [20.0]]]])
    >>> dx = tf.nn.conv2d_backprop_input([1, 1, 3, 1], edge, dy, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(dx).ravel()
    array([-10.,  10.,  60.], dtype=float32)
    """
    filter = renamed_argument("filters", filters, "filter", filter)
    attributes = _attributes(strides, padding, data_format, dilations)
    op = Conv2DBackpropInput(use_cudnn_on_gpu=use_cudnn_on_gpu, **attributes)
    return apply(op, input_sizes, filter, out_backprop, name=name)


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Compute the gradient of a convolution with respect to its filters.

    Args:
      input: the images, as for `conv2d`.
      filter_sizes: int32 [4], the shape of the filters.
      out_backprop: the gradient for the output.
      strides: as for `conv2d`, like the following.
      padding: see `conv2d`.
      use_cudnn_on_gpu: see `conv2d`.
      data_format: see `conv2d`.
      dilations: see `conv2d`.
      name: the operation's name.

    Returns:
      A tensor of the shape `filter_sizes`.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1.0], [2.0], [5.0]]]])
    >>> dy = tf.constant([[[[10.0], [20.0]]]])
    >>> dw = tf.nn.conv2d_backprop_filter(image, [1, 2, 1, 1], dy, [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(dw).ravel()
    array([ 50., 120.], dtype=float32)
    """
    attributes = _attributes(strides, padding, data_format, dilations)
    op = Conv2DBackpropFilter(use_cudnn_on_gpu=use_cudnn_on_gpu, **attributes)
    return apply(op, input, filter_sizes, out_backprop, name=name)


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Apply the transpose of a convolution: what its gradient does to the images.

    Args:
      value: floating [batch, height, width, in channels], or NCHW.
      filter: [filter height, filter width, out channels, in channels].
      output_shape: int32 [4], the shape of the result.
      strides: as for `conv2d`.
      padding: as for `conv2d`.
      data_format: `NHWC` or `NCHW`.
      name: the operation's name.
      input: new name of `value`.
      filters: new name of `filter`.
      dilations: as for `conv2d`.

    Returns:
      A tensor of the shape `output_shape`.

    Raises:
      ValueError: shapes do not fit.

    >>> import graphflow as tf
    >>> x = tf.constant([[[[1.0], [2.0]]]])
    >>> spread = tf.reshape(tf.constant([10.0, 3.0]), [1, 2, 1, 1])
    >>> y = tf.nn.conv2d_transpose(x, spread, [1, 1, 4, 1], strides=[1, 1, 2, 1])
    >>> tf.Session().run(y).ravel()
    array([10.,  3., 20.,  6.], dtype=float32)
    """
    value = renamed_argument("input", input, "value", value)
    filter = renamed_argument("filters", filters, "filter", filter)
    steps = 1 if strides is None else strides
    attributes = _attributes(steps, padding, data_format, dilations)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        sizes = output_shape
        if isinstance(sizes, Tensor) and sizes.dtype.base_dtype.name == "int64":
            sizes = ops.cast(sizes, "int32")
        return apply(Conv2DBackpropInput(**attributes), sizes, filter, value, name=scope)
