"""Patches of images and volumes, copied side by side."""

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
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._layout import per_spatial_axis, same_or_valid
from graphflow.ops.kernels import patches as kernels
from graphflow.ops.kernels.windows import WindowAxis, conv_output_size

__all__ = [
    "ExtractImagePatches",
    "ExtractVolumePatches",
    "extract_image_patches",
    "extract_patches",
    "extract_volume_patches",
]


class _PatchesOp(Op):
    """What patches of images and of volumes share."""

    ksizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    outputs = "patches"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True

    @property
    def holes(self) -> tuple[int, ...]:
        """The distance between neighbouring pixels of a patch for each axis."""
        return (1,) * len(self.ksizes)

    def infer(self, images: TensorSpec) -> TensorSpec:
        rank = len(self.ksizes)
        batch, *sizes, depth = images.shape.with_rank(rank).as_tuple() or (None,) * rank
        outputs = [
            conv_output_size(size, taps, stride, hole, self.padding)
            for size, taps, stride, hole in self._spatial(sizes)
        ]
        channels = None if depth is None else depth * int(np.prod(self.ksizes))
        return TensorSpec(TensorShape.of((batch, *outputs, channels)), images.dtype.base_dtype)

    def kernel(self, images: Array, out: Array | None = None) -> Array:
        axes = [WindowAxis.of(*axis, self.padding) for axis in self._spatial(images.shape[1:-1])]
        return kernels.patches(images, axes, out)

    def _spatial(self, sizes: Sequence[Any]) -> Iterator[tuple[Any, int, int, int]]:
        """For each spatial axis its size, the patch's, the distances of patches and of pixels."""
        return zip(sizes, self.ksizes[1:-1], self.strides[1:-1], self.holes[1:-1], strict=True)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        """Sum up what was copied from each pixel.

        Patches of the pixels' numbers tell where each value came from; number 0 is the padding.
        """
        images = op.inputs[0]
        shape = ops.shape(images)
        batch, depth = shape[:1], shape[-1:]
        spatial = shape[1:-1]
        count = ops.reduce_prod(spatial)
        one = ops.ones([1], shape.dtype)
        numbers = ops.reshape(ops.range(1, count + 1), ops.concat([one, spatial, one], 0))
        sources = ops.reshape(apply(self, numbers), [-1])
        values = ops.reshape(grad, ops.concat([batch, ops.shape(sources), depth], 0))
        rows = ops.transpose(values, [1, 0, 2])
        sums = ops.unsorted_segment_sum(rows, sources, count + 1)[1:]
        return ops.reshape(ops.transpose(sums, [1, 0, 2]), shape)


@register
class ExtractImagePatches(_PatchesOp):
    """The pixels of each patch as channels of one pixel."""

    ksizes: tuple[int, ...]
    strides: tuple[int, ...]
    rates: tuple[int, ...]
    padding: str

    inputs = "images: T"

    @property
    def holes(self) -> tuple[int, ...]:
        return self.rates

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(2 * 5 * 4 * 2).reshape(2, 5, 4, 2)
        ones, patch = (1, 1, 1, 1), (1, 3, 2, 1)
        for dtype in (np.float32, np.float16, np.int32, np.uint8):
            yield Sample.of(cls(patch, ones, ones, "SAME"), image.astype(dtype))
        yield Sample.of(cls(patch, (1, 2, 1, 1), ones, "VALID"), image.astype(np.float64))
        yield Sample.of(cls(patch, ones, (1, 2, 3, 1), "SAME"), image.astype(np.float32))
        yield Sample.of(cls(patch, (1, 1, 5, 1), (1, 2, 1, 1), "VALID"), image.astype(np.float32))
        yield Sample.of(cls((1, 1, 1, 1), (1, 3, 2, 1), ones, "SAME"), image.astype(np.float32))
        op, empty = cls(patch, ones, ones, "SAME"), image[:0].astype(np.float32)
        yield Sample.of(op, empty, gradient=(), note="TensorFlow's gradient fails here")
        special = np.where(image % 7 == 0, np.nan, np.inf)[:1]
        op = cls(patch, (1, 2, 2, 1), ones, "SAME")
        yield Sample.of(op, special, gradient=(), note="no numbers")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls((1, 3, 3, 1), (1, 1, 1, 1), (1, 1, 1, 1), "VALID")
        yield ErrorSample(op, (np.ones((3, 3, 1), np.float32),), "rank")
        yield ErrorSample(op, (np.ones((1, 2, 3, 1), np.float32),), "covers 3, but the input has 2")


@register
class ExtractVolumePatches(_PatchesOp):
    """The voxels of each patch as channels of one voxel."""

    ksizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    inputs = "input: T"

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        volume = np.arange(2 * 3 * 4 * 2 * 2).reshape(2, 3, 4, 2, 2)
        ones, patch = (1, 1, 1, 1, 1), (1, 2, 3, 1, 1)
        for dtype in (np.float32, np.float16, np.int32, np.uint8):
            yield Sample.of(cls(patch, ones, "SAME"), volume[:1].astype(dtype))
        yield Sample.of(cls((1, 2, 2, 2, 1), (1, 1, 2, 1, 1), "VALID"), volume.astype(np.float64))
        yield Sample.of(cls(patch, (1, 2, 2, 1, 1), "SAME"), volume.astype(np.float32))
        op, empty = cls(patch, ones, "SAME"), volume[:0].astype(np.float32)
        yield Sample.of(op, empty, gradient=(), note="TensorFlow's gradient fails here")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls((1, 3, 3, 1, 1), (1, 1, 1, 1, 1), "VALID")
        yield ErrorSample(op, (np.ones((1, 3, 3, 1), np.float32),), "rank")
        small = np.ones((1, 2, 3, 1, 1), np.float32)
        yield ErrorSample(op, (small,), "covers 3, but the input has 2")


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Copy the pixels of each patch into the channels of one pixel.

    Args:
      images: real [batch, height, width, channels].
      ksizes: the size of a patch, for each of the 4 axes (1 for batch and channels).
      strides: the distance between patches, for each of the 4 axes.
      rates: the distance between neighbouring pixels of a patch, for each of the 4 axes.
      padding: `"SAME"` (zeros around the image) or `"VALID"`.
      name: the operation's name.
      sizes: new name of `ksizes`.

    Returns:
      [batch, out height, out width, patch height * patch width * channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(1, 7), [1, 2, 3, 1])
    >>> y = tf.extract_image_patches(image, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, 0]
    array([[1, 2, 4, 5],
           [2, 3, 5, 6]], dtype=int32)
    """
    ksizes = renamed_argument("sizes", sizes, "ksizes", ksizes)
    op = ExtractImagePatches(
        per_spatial_axis("ksizes", ksizes, "NHWC"),
        per_spatial_axis("strides", strides, "NHWC"),
        per_spatial_axis("rates", rates, "NHWC"),
        same_or_valid(padding),
    )
    return apply(op, images, name=name)


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Copy the pixels of each patch into the channels of one pixel.

    Args:
      images: real [batch, height, width, channels].
      sizes: the size of a patch, for each of the 4 axes (1 for batch and channels).
      strides: the distance between patches, for each of the 4 axes.
      rates: the distance between neighbouring pixels of a patch, for each of the 4 axes.
      padding: `"SAME"` (zeros around the image) or `"VALID"`.
      name: the operation's name.

    Returns:
      [batch, out height, out width, patch height * patch width * channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(1, 7), [1, 2, 3, 1])
    >>> y = tf.image.extract_patches(image, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    >>> tf.Session().run(y)[0, 0]
    array([[1, 2, 4, 5],
           [3, 0, 6, 0]], dtype=int32)
    """
    return extract_image_patches(images, sizes, strides, rates, padding, name)


def extract_volume_patches(
    input: Any, ksizes: Any, strides: Any, padding: str, name: str | None = None
) -> Tensor:
    """Copy the voxels of each patch into the channels of one voxel.

    Args:
      input: real [batch, depth, height, width, channels].
      ksizes: the size of a patch, for each of the 5 axes (1 for batch and channels).
      strides: the distance between patches, for each of the 5 axes.
      padding: `"SAME"` (zeros around the volume) or `"VALID"`.
      name: the operation's name.

    Returns:
      [batch, out depth, out height, out width, patch depth * height * width * channels].

    Raises:
      ValueError: shapes do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> volume = tf.reshape(tf.range(1, 7), [1, 2, 1, 3, 1])
    >>> y = tf.extract_volume_patches(volume, [1, 2, 1, 2, 1], [1, 1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, 0, 0]
    array([[1, 2, 4, 5],
           [2, 3, 5, 6]], dtype=int32)
    """
    op = ExtractVolumePatches(
        per_spatial_axis("ksizes", ksizes, "NDHWC"),
        per_spatial_axis("strides", strides, "NDHWC"),
        same_or_valid(padding),
    )
    return apply(op, input, name=name)
