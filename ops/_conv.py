"""What all convolutions share: geometry, shapes, and how they are one another's gradients.

A family is three ops: the convolution and its gradients with respect to images and filters.  Each
of the three is bilinear, and the gradients of each are the other two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import FLOATING
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, op_class
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._layout import (
    channel_axis,
    checked_layout,
    joined,
    per_spatial_axis,
    same_or_valid,
    spatial_axes,
)
from graphflow.ops.kernels import quickest_conv
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.windows import conv_output_size

# Steps of a training repeat the same shapes.
_geometry = lru_cache(maxsize=1024)(ConvGeometry.of)

Case = tuple[dict[str, Any], Array, Array]


def conv_attributes(
    spatial: int, strides: Any, padding: Any, data_format: str | None, dilations: Any
) -> dict[str, Any]:
    """Attributes from the public arguments of a convolution over some spatial axes, checked.

    Raises:
      ValueError: an argument is malformed.
    """
    layout = checked_layout(data_format, spatial)
    return {
        "strides": per_spatial_axis("strides", strides, layout),
        "padding": same_or_valid(padding),
        "data_format": layout,
        "dilations": per_spatial_axis("dilations", 1 if dilations is None else dilations, layout),
    }


class ConvOp(Op):
    """Attributes and geometry of a convolution or of one of its gradients.

    Class attributes of a family:
      forward, input_gradient, filter_gradient: the types of its ops.
      empty_batch: options of the sample that has no images.
    """

    strides: tuple[int, ...]
    padding: str
    data_format: str
    dilations: tuple[int, ...]

    types: ClassVar[Any] = {"T": FLOATING}
    uses_blas = True
    has_out = True
    forward: ClassVar[str]
    input_gradient: ClassVar[str]
    filter_gradient: ClassVar[str]
    empty_batch: ClassVar[dict[str, Any]] = {"note": "an empty batch"}

    def sibling(self, op_type: str) -> Op:
        """Another op of the family with the same attributes."""
        return op_class(op_type).from_attributes(self.attributes())

    @property
    def rank(self) -> int:
        """The number of axes of images and filters."""
        return len(self.data_format)

    def paddings(self) -> Any:
        """The padding as a name or as a pair for each axis."""
        return self.padding

    def grouped_shape(self, filter_shape: Sequence[Any]) -> Sequence[Any]:
        """The shape of the filter of a grouped convolution that does the same."""
        return filter_shape

    def check_channels(self, channels: int | None, filter_shape: Sequence[int | None]) -> None:
        """Raise ValueError if the input cannot have so many channels."""
        *_, group, out = filter_shape
        if channels is None or group is None:
            return
        if group == 0 or channels % group or (out is not None and out % (channels // group)):
            raise ValueError(
                f"the input has {channels} channels and the filter {group} (with {out} outputs): "
                "they must be equal, or the filter's must divide the input's for a grouped "
                "convolution, with the number of outputs a multiple of the number of groups"
            )

    def geometry(self, input_shape: Sequence[int], filter_shape: Sequence[int]) -> ConvGeometry:
        """The sizes of the convolution, from concrete shapes."""
        padding = self.paddings()
        return _geometry(
            tuple([int(size) for size in input_shape]),
            tuple(self.grouped_shape([int(size) for size in filter_shape])),
            self.strides,
            padding if isinstance(padding, str) else tuple(map(tuple, padding)),
            self.data_format,
            self.dilations,
        )

    def kernels_for(self, geometry: ConvGeometry) -> Any:
        """The module whose functions compute convolutions of this geometry."""
        return quickest_conv

    def output_shape(self, image: TensorShape, filters: TensorShape) -> TensorShape:
        """The shape of the convolution's output, as far as it is known."""
        unknown = (None,) * self.rank
        sizes = image.with_rank(self.rank).as_tuple() or unknown
        taps = filters.with_rank(self.rank).as_tuple() or unknown
        self.check_channels(sizes[channel_axis(self.data_format)], taps)
        spatial = spatial_axes(self.data_format)
        padding = self.paddings()
        pads = [padding] * (self.rank - 2) if isinstance(padding, str) else padding[spatial]
        outputs = [
            conv_output_size(size, tap, stride, dilation, pad)
            for size, tap, stride, dilation, pad in zip(
                sizes[spatial],
                taps[: self.rank - 2],
                self.strides[spatial],
                self.dilations[spatial],
                pads,
                strict=True,
            )
        ]
        channels = self.grouped_shape(taps)[-1]
        return TensorShape.of(joined(self.data_format, sizes[0], outputs, channels))

    @classmethod
    def cases(cls) -> Iterator[Case]:
        """Attributes, images and filters on which the op and its gradients are checked."""
        yield from ()

    @staticmethod
    def on_tensorflow(op: Any) -> dict[str, Any]:
        """What TensorFlow's processor kernels do not know is not compared."""
        if op.data_format.startswith("NC"):
            return {"oracle": False, "note": "TensorFlow on CPU wants the channels last"}
        if max(op.dilations) > 1:
            return {"oracle": False, "note": "TensorFlow on CPU has no dilated gradients"}
        return {}

    @classmethod
    def sample(cls, op: Op, *inputs: Array) -> Sample:
        """A sample in float32, with what sums of rounded products need of tolerance."""
        arrays = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in inputs]
        return Sample.of(op, *arrays, rtol=1e-4, atol=1e-5, **cls.on_tensorflow(op))


class Convolution(ConvOp):
    """A convolution of images with filters (not flipped)."""

    inputs = "input: T, filter: T"

    def infer(self, input: TensorSpec, filter: TensorSpec) -> TensorSpec:
        return TensorSpec(self.output_shape(input.shape, filter.shape), input.dtype.base_dtype)

    def kernel(self, input: Array, filter: Array, out: Array | None = None) -> Array:
        geometry = self.geometry(input.shape, filter.shape)
        grouped = filter.reshape(geometry.filter_shape)
        return self.kernels_for(geometry).conv(input, grouped, geometry, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        image, filters = op.inputs
        shape, filter_shape = ops.shape_n([image, filters])
        return (
            apply(self.sibling(self.input_gradient), shape, filters, grad),
            apply(self.sibling(self.filter_gradient), image, filter_shape, grad),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            yield cls.sample(cls(**attributes), image, filters)
        attributes, image, filters = next(cls.cases())
        yield Sample.of(cls(**attributes), image, filters)
        empty = image[:0].astype(np.float32)
        yield Sample.of(cls(**attributes), empty, filters.astype(np.float32), **cls.empty_batch)
        yield Sample.of(
            cls(**attributes),
            np.round(image * 2).astype(np.float16),
            np.round(filters * 2).astype(np.float16),
            rtol=1e-2,
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        attributes, image, filters = next(cls.cases())
        image, filters = image.astype(np.float32), filters.astype(np.float32)
        op = cls(**attributes)
        more = np.concatenate([image, image[..., :1]], -1)
        yield ErrorSample(op, (more, filters), f"input has {more.shape[-1]} channels")
        yield ErrorSample(op, (image[0], filters), "rank")
        yield ErrorSample(op, (image, filters[0]), "rank")
        valid = cls(**{**attributes, "padding": "VALID"})
        large = np.concatenate([filters] * 3)
        yield ErrorSample(valid, (image, large), "filter")


class InputGradient(ConvOp):
    """The gradient of a convolution with respect to its images."""

    inputs = "input_sizes: int32, filter: T, out_backprop: T"

    def infer(
        self, input_sizes: TensorSpec, filter: TensorSpec, out_backprop: TensorSpec
    ) -> TensorSpec:
        shape = input_sizes.as_shape().with_rank(self.rank)
        if out_backprop.shape.rank is not None:
            batch = out_backprop.shape.with_rank(self.rank)[:1]
            shape = shape.merge_with([*batch, *(None,) * (self.rank - 1)])
        if shape.is_fully_defined() and filter.shape.is_fully_defined():
            self.output_shape(shape, filter.shape).assert_is_compatible_with(out_backprop.shape)
        return TensorSpec(shape, filter.dtype.base_dtype)

    def kernel(
        self, input_sizes: Array, filter: Array, out_backprop: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(input_sizes, filter.shape)
        grouped = filter.reshape(geometry.filter_shape)
        gradient = self.kernels_for(geometry).conv_input_gradient
        return gradient(geometry, grouped, out_backprop, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[None, Tensor, Tensor]:
        _, filters, out_backprop = op.inputs
        shape = ops.shape(filters)
        return (
            None,
            apply(self.sibling(self.filter_gradient), grad, shape, out_backprop),
            apply(self.sibling(self.forward), grad, filters),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            op = cls(**attributes)
            sizes = np.asarray(image.shape, np.int32)
            yield cls.sample(op, sizes, filters, _output_gradient(op, image, filters))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        attributes, _, filters = next(cls.cases())
        sizes = np.asarray([1, 5, 4], np.int32)
        yield ErrorSample(cls(**attributes), (sizes, filters, filters), "rank")


class FilterGradient(ConvOp):
    """The gradient of a convolution with respect to its filters."""

    inputs = "input: T, filter_sizes: int32, out_backprop: T"

    def infer(
        self, input: TensorSpec, filter_sizes: TensorSpec, out_backprop: TensorSpec
    ) -> TensorSpec:
        shape = filter_sizes.as_shape().with_rank(self.rank)
        if shape.is_fully_defined() and input.shape.is_fully_defined():
            self.output_shape(input.shape, shape).assert_is_compatible_with(out_backprop.shape)
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(
        self, input: Array, filter_sizes: Array, out_backprop: Array, out: Array | None = None
    ) -> Array:
        geometry = self.geometry(input.shape, filter_sizes)
        grouped = None if out is None else out.reshape(geometry.filter_shape)
        gradient = self.kernels_for(geometry).conv_filter_gradient
        result = gradient(input, geometry, out_backprop, grouped)
        return result.reshape(tuple(filter_sizes)) if out is None else out

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, Tensor]:
        image, _, out_backprop = op.inputs
        shape = ops.shape(image)
        return (
            apply(self.sibling(self.input_gradient), shape, grad, out_backprop),
            None,
            apply(self.sibling(self.forward), image, grad),
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, image, filters in cls.cases():
            op = cls(**attributes)
            sizes = np.asarray(filters.shape, np.int32)
            yield cls.sample(op, image, sizes, _output_gradient(op, image, filters))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        attributes, image, _ = next(cls.cases())
        sizes = np.asarray([1, 5, 4], np.int32)
        yield ErrorSample(cls(**attributes), (image, sizes, image), "rank")


def _output_gradient(op: ConvOp, image: Array, filters: Array) -> Array:
    """Asymmetric values of the shape of the convolution's output."""
    shape = op.geometry(image.shape, filters.shape).output_shape
    count = int(np.prod(shape))
    return np.cos(np.arange(count, dtype=np.float64)).reshape(shape)
