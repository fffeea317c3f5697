"""Two-dimensional convolution and its gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import FLOATING
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops.bias import check_data_format
from graphflow.ops.kernels import conv as kernels
from graphflow.ops.kernels.windows import conv_output_size

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


@dataclass(frozen=True, eq=False, repr=False)
class _Conv2DOp(Op):
    """Attributes and geometry that convolution shares with its gradients."""

    strides: tuple[int, ...]
    padding: str
    use_cudnn_on_gpu: bool = True
    explicit_paddings: tuple[int, ...] = ()
    data_format: str = "NHWC"
    dilations: tuple[int, ...] = _ONES

    types: ClassVar[Any] = {"T": FLOATING}
    uses_blas = True

    def geometry(
        self, input_shape: Sequence[int], filter_shape: Sequence[int]
    ) -> kernels.ConvGeometry:
        """The sizes of the convolution, from concrete shapes."""
        return kernels.ConvGeometry.of(
            [int(size) for size in input_shape],
            [int(size) for size in filter_shape],
            self.strides,
            self._padding(),
            self.data_format,
            self.dilations,
        )

    def _padding(self) -> Any:
        if self.padding != "EXPLICIT":
            return self.padding
        pairs = self.explicit_paddings
        return [(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2)]

    def _is_channels_last(self) -> bool:
        return self.data_format == "NHWC"

    def _split(self, shape: TensorShape) -> tuple[list[int | None], int | None, int | None]:
        """Spatial sizes, batch and channels of a shape in the op's layout."""
        dims = shape.with_rank(4).as_tuple()
        if dims is None:
            return [None, None], None, None
        if self._is_channels_last():
            return list(dims[1:3]), dims[0], dims[3]
        return list(dims[2:4]), dims[0], dims[1]

    def _join(
        self, batch: int | None, spatial: Sequence[int | None], channels: int | None
    ) -> TensorShape:
        if self._is_channels_last():
            return TensorShape.of((batch, *spatial, channels))
        return TensorShape.of((batch, channels, *spatial))

    def _spatial(self, values: Sequence[int]) -> Sequence[int]:
        return values[1:3] if self._is_channels_last() else values[2:4]

    def output_shape(self, image: TensorShape, filters: TensorShape) -> TensorShape:
        """The shape of the convolution's output, as far as it is known."""
        spatial, batch, channels = self._split(image)
        taps = filters.with_rank(4).as_tuple() or (None,) * 4
        self._check_channels(channels, taps[2], taps[3])
        padding = self._padding()
        pads: Sequence[Any] = [padding] * 2 if isinstance(padding, str) else self._spatial(padding)
        sizes = [
            conv_output_size(size, tap, stride, dilation, pad)
            for size, tap, stride, dilation, pad in zip(
                spatial,
                taps[:2],
                self._spatial(self.strides),
                self._spatial(self.dilations),
                pads,
                strict=True,
            )
        ]
        return self._join(batch, sizes, taps[3])

    @staticmethod
    def _check_channels(channels: int | None, group: int | None, out: int | None) -> None:
        if channels is None or group is None:
            return
        if group == 0 or channels % group or (out is not None and out % (channels // group)):
            raise ValueError(
                f"the input has {channels} channels and the filter {group} (with {out} outputs): "
                "they must be equal, or the filter's must divide the input's for a grouped "
                "convolution, with the number of outputs a multiple of the number of groups"
            )

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array, Array]]:
        """Attributes, images and filters on which the op and its gradients are checked."""
        random = np.random.RandomState(5)
        image, filters = random.normal(size=(2, 5, 4, 3)), random.normal(size=(3, 2, 3, 2))
        yield ((1, 1, 1, 1), "SAME"), image, filters
        yield ((1, 2, 2, 1), "SAME"), image, filters
        yield ((1, 2, 1, 1), "VALID"), image, filters
        yield ((1, 1, 1, 1), "VALID", True, (), "NHWC", (1, 2, 1, 1)), image, filters
        explicit = (0, 0, 1, 2, 0, 1, 0, 0)
        yield ((1, 1, 1, 1), "EXPLICIT", True, explicit), image, filters
        yield ((1, 1, 1, 1), "SAME"), image, random.normal(size=(1, 1, 3, 4))
        nchw = ((1, 1, 2, 1), "SAME", True, (), "NCHW")
        yield nchw, image.transpose(0, 3, 1, 2), filters

    @staticmethod
    def on_tensorflow(attributes: Any) -> dict[str, Any]:
        """What TensorFlow's processor kernels do not know is not compared."""
        layout = attributes[4] if len(attributes) > 4 else "NHWC"
        dilations = attributes[5] if len(attributes) > 5 else _ONES
        if layout == "NCHW":
            return {"oracle": False, "note": "TensorFlow on CPU knows NHWC only"}
        if dilations != _ONES:
            return {"oracle": False, "note": "TensorFlow on CPU has no dilated gradients"}
        return {}


@register
class Conv2D(_Conv2DOp):
    """Convolution of images with filters (not flipped)."""

    inputs = "input: T, filter: T"
    has_out = True

    def infer(self, input: TensorSpec, filter: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(input.shape, filter.shape), input.dtype.base_dtype)

    def kernel(self, input: Array, filter: Array, out: Array | None = None) -> Array:
        return kernels.conv(input, filter, self.geometry(input.shape, filter.shape), out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        image, filters = op.inputs
        shape, filter_shape = ops.shape_n([image, filters])
        attributes = self.attributes()
        return (
            apply(Conv2DBackpropInput(**attributes), shape, filters, grad),
            apply(Conv2DBackpropFilter(**attributes), image, filter_shape, grad),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            yield Sample.of(
                cls(*attributes),
                image.astype(np.float32),
                filters.astype(np.float32),
                rtol=1e-4,
                atol=1e-5,
                **cls.on_tensorflow(attributes),
            )
        yield Sample.of(cls(_ONES, "SAME"), image.transpose(0, 2, 3, 1), filters)
        yield Sample.of(
            cls(_ONES, "SAME"),
            np.zeros((0, 5, 4, 3), np.float32),
            filters.astype(np.float32),
            note="an empty batch",
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image, filters = np.ones((1, 5, 4, 3), np.float32), np.ones((3, 2, 2, 2), np.float32)
        yield ErrorSample(cls(_ONES, "SAME"), (image, filters), "input has 3 channels")
        yield ErrorSample(cls(_ONES, "SAME"), (image[0], filters), "rank")
        large = np.ones((6, 2, 3, 2), np.float32)
        yield ErrorSample(cls(_ONES, "VALID"), (image, large), "filter")


@register
class Conv2DBackpropInput(_Conv2DOp):
    """The gradient of a convolution with respect to its images."""

    inputs = "input_sizes: int32, filter: T, out_backprop: T"
    has_out = True

    def infer(
        self, input_sizes: TensorSpec, filter: TensorSpec, out_backprop: TensorSpec
    ) -> TensorSpec:
        shape = input_sizes.as_shape().with_rank(4)
        if out_backprop.shape.rank is not None:
            shape = shape.merge_with([*out_backprop.shape.with_rank(4)[:1], None, None, None])
        if shape.is_fully_defined() and filter.shape.is_fully_defined():
            self.output_shape(shape, filter.shape).assert_is_compatible_with(out_backprop.shape)
        return TensorSpec(shape, filter.dtype.base_dtype)

    def kernel(
        self, input_sizes: Array, filter: Array, out_backprop: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(input_sizes, filter.shape)
        return kernels.conv_input_gradient(geometry, filter, out_backprop, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[None, Tensor, Tensor]:
        attributes = self.attributes()
        _, filters, out_backprop = op.inputs
        return (
            None,
            apply(Conv2DBackpropFilter(**attributes), grad, ops.shape(filters), out_backprop),
            apply(Conv2D(**attributes), grad, filters),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            op = cls(*attributes)
            dy = _ramp(op.geometry(image.shape, filters.shape).output_shape)
            yield Sample.of(
                op,
                np.asarray(image.shape, np.int32),
                filters.astype(np.float32),
                dy.astype(np.float32),
                rtol=1e-4,
                atol=1e-5,
                **cls.on_tensorflow(attributes),
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        sizes = np.asarray([1, 5, 4], np.int32)
        cube = np.ones((1, 1, 1, 1), np.float32)
        yield ErrorSample(cls(_ONES, "SAME"), (sizes, cube, cube), "rank")


@register
class Conv2DBackpropFilter(_Conv2DOp):
    """The gradient of a convolution with respect to its filters."""

    inputs = "input: T, filter_sizes: int32, out_backprop: T"
    has_out = True

    def infer(
        self, input: TensorSpec, filter_sizes: TensorSpec, out_backprop: TensorSpec
    ) -> TensorSpec:
        shape = filter_sizes.as_shape().with_rank(4)
        if shape.is_fully_defined() and input.shape.is_fully_defined():
            self.output_shape(input.shape, shape).assert_is_compatible_with(out_backprop.shape)
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(
        self, input: Array, filter_sizes: Array, out_backprop: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(input.shape, filter_sizes)
        return kernels.conv_filter_gradient(input, geometry, out_backprop, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, Tensor]:
        attributes = self.attributes()
        image, _, out_backprop = op.inputs
        return (
            apply(Conv2DBackpropInput(**attributes), ops.shape(image), grad, out_backprop),
            None,
            apply(Conv2D(**attributes), image, grad),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            op = cls(*attributes)
            dy = _ramp(op.geometry(image.shape, filters.shape).output_shape)
            yield Sample.of(
                op,
                image.astype(np.float32),
                np.asarray(filters.shape, np.int32),
                dy.astype(np.float32),
                rtol=1e-4,
                atol=1e-5,
                **cls.on_tensorflow(attributes),
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        sizes = np.asarray([1, 5, 4], np.int32)
        cube = np.ones((1, 1, 1, 1), np.float32)
        yield ErrorSample(cls(_ONES, "SAME"), (cube, sizes, cube), "rank")


def _ramp(shape: Sequence[int]) -> Array:
    """Asymmetric values for samples."""
    count = int(np.prod(shape))
    return np.cos(np.arange(count, dtype=np.float64)).reshape(shape)


def _attributes(
    strides: Any, padding: Any, data_format: str | None, dilations: Any
) -> dict[str, Any]:
    """Attributes from public arguments, checked.

    Raises:
      ValueError: an argument is malformed.
    """
    layout = check_data_format(data_format)
    name, explicit = _padding_attribute(padding, layout)
    result = {
        "strides": _four("strides", strides, layout),
        "padding": name,
        "explicit_paddings": explicit,
        "data_format": layout,
        "dilations": _four("dilations", _ONES if dilations is None else dilations, layout),
    }
    return result


def _padding_attribute(padding: Any, data_format: str) -> tuple[str, tuple[int, ...]]:
    if isinstance(padding, str):
        if padding.upper() not in ("SAME", "VALID"):
            raise ValueError(f"padding must be SAME, VALID or a list of pairs, not {padding!r}")
        return padding.upper(), ()
    pairs = [tuple(pair) for pair in padding] if padding is not None else []
    if len(pairs) != 4 or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"explicit padding has a (before, after) pair for each of 4 axes, not {padding!r}"
        )
    channels = 3 if data_format == "NHWC" else 1
    if any(pairs[0]) or any(pairs[channels]):
        raise ValueError(f"batch and channels cannot be padded: {padding!r} ({data_format})")
    return "EXPLICIT", tuple(int(n) for pair in pairs for n in pair)


def _four(name: str, values: Any, data_format: str) -> tuple[int, ...]:
    """Strides or dilations for all four axes, given for one, two or four."""
    if values is None:
        raise ValueError(f"conv2d needs {name}: one number for each of the 4 axes")
    items = [int(v) for v in values] if isinstance(values, (list, tuple)) else [int(values)]
    if len(items) == 1:
        items *= 2
    if len(items) == 2:
        items = [1, *items, 1] if data_format == "NHWC" else [1, 1, *items]
    if len(items) != 4:
        raise ValueError(f"{name} has 1, 2 or 4 numbers, not {values!r}")
    channels = 3 if data_format == "NHWC" else 1
    if items[0] != 1 or items[channels] != 1:
        raise ValueError(
            f"{name} {values!r}: along batch and channels only 1 is possible ({data_format})"
        )
    if min(items) < 1:
        raise ValueError(f"{name} {values!r}: all must be at least 1")
    return tuple(items)


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
      strides: one number for each of the 4 axes (or for height and width, or one for both).
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
    attributes = _attributes(strides, padding, data_format, dilations)
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
    attributes = _attributes(strides, padding, data_format, dilations)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        sizes = output_shape
        if isinstance(sizes, Tensor) and sizes.dtype.base_dtype.name == "int64":
            sizes = ops.cast(sizes, "int32")
        return apply(Conv2DBackpropInput(**attributes), sizes, filter, value, name=scope)
