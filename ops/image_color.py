"""Colours of images: spaces, and changes of hue, saturation and contrast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import FLOATING, dtype_set, float32 as _float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32
from graphflow.ops.kernels import colors

__all__ = [
    "AdjustContrastv2",
    "AdjustHue",
    "AdjustSaturation",
    "HSVToRGB",
    "RGBToHSV",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "yiq_to_rgb",
    "yuv_to_rgb",
]


def _colored_shape(images: TensorSpec, rank: int) -> TensorShape:
    """The shape of images whose last axis has three channels."""
    shape = images.shape.with_rank_at_least(rank)
    dims = shape.as_tuple()
    if dims is None:
        return shape
    if dims[-1] not in (None, 3):
        raise ValueError(f"the last axis of images must be 3 colours, their shape is {shape}")
    return TensorShape.of((*dims[:-1], 3))


def _pixels(seed: int, *shape: int) -> Array:
    """Colours without two equal channels, nor one of 0."""
    count = int(np.prod(shape))
    return (np.random.RandomState(seed).permutation(count).reshape(shape) + 1) / 64


# -- spaces ----------------------------------------------------------------------------------------


class _ColorSpace(Op):
    """What the ops share that convert colours."""

    inputs = "images: T"
    types: ClassVar[Any] = {"T": FLOATING}
    preferred: ClassVar[Any] = {"T": _float32}

    def infer(self, images: TensorSpec) -> TensorSpec:
        return TensorSpec(_colored_shape(images, 1), images.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in sorted(FLOATING, key=int):
            is_coarse = dtype.name in ("float16", "bfloat16")
            rtol = 3e-2 if dtype.name == "bfloat16" else None
            pixels = _pixels(3, 4, 2, 3).astype(dtype.numpy)
            options: Any = {"gradient": (), "note": "coarse"} if is_coarse else {}
            yield Sample.of(cls(), pixels, rtol=rtol, **options)
        kink = "greys and pure colours, where the derivative jumps"
        edges = f32([[0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 1], [-1, 0.5, 2], [0.5, 0.5, 0.2]])
        yield Sample.of(cls(), edges, gradient=(), note=kink)
        yield Sample.of(cls(), f32([0.2, 0.9, 0.4]))
        yield Sample.of(cls(), np.zeros((2, 0, 3), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.float32(1),), "rank 1 or more")
        yield ErrorSample(cls(), (f32([[1, 2]]),), "must be 3 colours")


@register
class RGBToHSV(_ColorSpace):
    """Hue, saturation and value of each pixel."""

    def kernel(self, images: Array) -> Array:
        return colors.rgb_to_hsv(images)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        """Go back through V = max, S = 1 - min / max, H = (difference of two) / (6 (max - min))."""
        rgb: Any = op.inputs[0]
        for_hue, for_saturation, for_value = ops.split(grad, 3, axis=-1)
        highest = ops.one_hot(ops.argmax(rgb, -1), 3, dtype=rgb.dtype)
        lowest = ops.one_hot(2 - ops.argmin(ops.reverse(rgb, [-1]), -1), 3, dtype=rgb.dtype)
        high = ops.reduce_sum(highest * rgb, -1, keepdims=True)
        low = ops.reduce_sum(lowest * rgb, -1, keepdims=True)
        # The hue's numerator is green - blue where red is highest, and so on around the circle.
        others: Any = _around(highest)
        numerator = ops.reduce_sum(others * rgb, -1, keepdims=True)
        for_numerator = ops.div_no_nan(for_hue, 6 * (high - low))
        for_span = -ops.div_no_nan(numerator * for_numerator, high - low)
        is_lit = ops.cast(ops.greater(high, 0), rgb.dtype)
        for_low = -ops.div_no_nan(for_saturation * is_lit, high)
        for_high = for_value + ops.div_no_nan(-for_low * low, high)
        return (  # type: ignore[no-any-return]
            highest * (for_high + for_span) + lowest * (for_low - for_span) + others * for_numerator
        )


def _around(highest: Any) -> Tensor:
    """From the marked colour of each pixel: 1 at the next one, -1 at the one before."""
    red, green, blue = ops.split(highest, 3, axis=-1)
    return ops.concat([blue - green, red - blue, green - red], -1)


@register
class HSVToRGB(_ColorSpace):
    """Red, green and blue of each pixel."""

    differentiable = False

    def kernel(self, images: Array) -> Array:
        return colors.hsv_to_rgb(images)


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Convert red, green and blue to hue, saturation and value.

    Args:
      images: float [..., 3], from 0 to 1.
      name: the operation's name.

    Returns:
      A tensor of the same shape; a hue of 0 is red, 1/3 green, 2/3 blue.

    Raises:
      ValueError: the last axis is not 3.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.rgb_to_hsv([0.25, 0.5, 0.25]))
    array([0.3333, 0.5   , 0.5   ], dtype=float32)
    """
    return apply(RGBToHSV(), images, name=name)


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Convert hue, saturation and value to red, green and blue.

    Args:
      images: float [..., 3], from 0 to 1.
      name: the operation's name.

    Returns:
      A tensor of the same shape.  No gradient goes through it.

    Raises:
      ValueError: the last axis is not 3.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.hsv_to_rgb([0.5, 0.5, 1.0]))
    array([0.5, 1. , 1. ], dtype=float32)
    """
    return apply(HSVToRGB(), images, name=name)


# Rows: red, green, blue; columns: the new channels.
_RGB_TO_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_YIQ_TO_RGB = [
    [1.0, 1.0, 1.0],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_RGB_TO_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_YUV_TO_RGB = [
    [1.0, 1.0, 1.0],
    [0.0, -0.394642334, 2.03206185],
    [1.13988303, -0.58062185, 0.0],
]


def _transformed(images: Any, matrix: list[list[float]]) -> Tensor:
    images = convert_to_tensor(images, name="images")
    if images.shape.rank is None:
        raise ValueError("images must have a known rank; set it with set_shape")
    if not images.dtype.is_floating:
        raise TypeError(
            f"colours of dtype {images.dtype.name} must be floats: use convert_image_dtype"
        )
    kernel = convert_to_tensor(matrix, dtype=images.dtype, name="kernel")
    last = images.shape.rank - 1
    return ops.tensordot(images, kernel, axes=[[last], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Convert red, green and blue to the colours of NTSC television.

    Args:
      images: float [..., 3].

    Returns:
      Y (luma), I (orange to blue) and Q (purple to green), of the same shape.

    Raises:
      ValueError: the last axis is not 3, or the rank is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.rgb_to_yiq([[1.0, 0.5, 0.0]])).round(4)
    array([[ 0.5925,  0.4586, -0.0499]], dtype=float32)
    """
    return _transformed(images, _RGB_TO_YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """Convert the colours of NTSC television to red, green and blue.

    Args:
      images: float [..., 3], Y, I and Q.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: the last axis is not 3, or the rank is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.yiq_to_rgb([[0.5, 0.25, -0.125]])).round(4)
    array([[0.6614, 0.5129, 0.0103]], dtype=float32)
    """
    return _transformed(images, _YIQ_TO_RGB)


def rgb_to_yuv(images: Any) -> Tensor:
    """Convert red, green and blue to the colours of PAL television.

    Args:
      images: float [..., 3].

    Returns:
      Y (luma), U (towards blue) and V (towards red), of the same shape.

    Raises:
      ValueError: the last axis is not 3, or the rank is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.rgb_to_yuv([[1.0, 0.5, 0.0]])).round(4)
    array([[ 0.5925, -0.2916,  0.3575]], dtype=float32)
    """
    return _transformed(images, _RGB_TO_YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """Convert the colours of PAL television to red, green and blue.

    Args:
      images: float [..., 3], Y, U and V.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: the last axis is not 3, or the rank is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.yuv_to_rgb([[0.5, 0.25, -0.125]])).round(4)
    array([[0.3575, 0.4739, 1.008 ]], dtype=float32)
    """
    return _transformed(images, _YUV_TO_RGB)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Convert red, green and blue to one channel of greys.

    Args:
      images: real [..., 3].
      name: name scope of the operations.

    Returns:
      [..., 1] of the same dtype: 0.2989 red + 0.5870 green + 0.1140 blue.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.rgb_to_grayscale([[100.0, 0.0, 0.0], [0.0, 100.0, 0.0]]))
    array([[29.89],
           [58.7 ]], dtype=float32)
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        floats = ops.convert_image_dtype(images, _float32)
        gray = ops.tensordot(floats, [0.2989, 0.5870, 0.1140], [-1, -1])
        return ops.convert_image_dtype(ops.expand_dims(gray, -1), images.dtype, name=scope)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Make three equal channels of one.

    Args:
      images: [..., 1] of any dtype, of two axes or more.
      name: name scope of the operations.

    Returns:
      [..., 3] of the same dtype.

    Raises:
      ValueError: the last axis is not 1.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.grayscale_to_rgb([[7], [9]]))
    array([[7, 7, 7],
           [9, 9, 9]], dtype=int32)
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = _checked_grays(convert_to_tensor(images, name="images"))
        ones = ops.ones(ops.expand_dims(ops.rank(images) - 1, 0), "int32")
        rgb = ops.tile(images, ops.concat([ones, [3]], 0), name=scope)
        rgb.set_shape(images.shape[:-1].concatenate([3]))
        return rgb


def _checked_grays(images: Tensor) -> Tensor:
    """Refuse images without a last axis of 1, in the run if the shape is not known before."""
    dims = images.shape.as_tuple()
    if dims is not None and len(dims) < 2:
        raise ValueError(f"greyscale images must have two axes or more, their shape is {dims}")
    if dims is not None and dims[-1] == 1:
        return images
    if dims is not None and dims[-1] is not None:
        raise ValueError(f"the last axis of greyscale images must be 1, their shape is {dims}")
    sizes = ops.shape(images)
    message = "greyscale images must have two axes or more, of which the last is 1: their shape is"
    fits = ops.logical_and(ops.greater(ops.rank(images), 1), ops.equal(sizes[-1], 1))
    check = ops.assert_(fits, [message, sizes])  # noqa: PT009
    return ops.with_dependencies([check], images)  # type: ignore[no-any-return]


# -- changes of colours ----------------------------------------------------------------------------


class _Adjustment(Op):
    """What the ops share that change colours by a number."""

    types: ClassVar[Any] = {"T": dtype_set("float32")}

    def _shape(self, images: TensorSpec) -> TensorShape:
        return _colored_shape(images, 3)

    def infer(self, images: TensorSpec, number: TensorSpec) -> TensorSpec:
        check_rank(self.input_args()[1].name, number, 0)
        return TensorSpec(self._shape(images), images.dtype.base_dtype)

    @classmethod
    def cases(cls) -> Iterator[tuple[Array, float]]:
        """Images and numbers on which the ops are checked."""
        yield _pixels(5, 3, 4, 3), 0.3
        yield _pixels(6, 2, 2, 1, 3), -0.85
        yield _pixels(7, 1, 1, 2, 2, 3) - 0.1, 1.7
        yield (
            np.asarray([[[0.0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0], [0.5, 0.2, 0.5]]]),
            0.4,
        )
        yield np.zeros((2, 0, 3, 3)), 0.5

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for images, number in cls.cases():
            yield Sample.of(cls(), f32(images), np.float32(number), atol=2e-6)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        images = np.ones((2, 2, 3), np.float32)
        yield ErrorSample(cls(), (images[0], np.float32(1)), "rank 3 or more")
        yield ErrorSample(cls(), (images, f32([1])), "must be a scalar")


class _ColorAdjustment(_Adjustment):
    """An adjustment that needs three colours."""

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        images = np.ones((2, 2, 2), np.float32)
        yield ErrorSample(cls(), (images, np.float32(1)), "must be 3 colours")


@register
class AdjustHue(_ColorAdjustment):
    """Images with their hue turned."""

    inputs = "images: T, delta: float32"

    def kernel(self, images: Array, delta: Array) -> Array:
        return colors.turn_hue(images, float(delta))


@register
class AdjustSaturation(_ColorAdjustment):
    """Images with their saturation multiplied."""

    inputs = "images: T, scale: float32"

    def kernel(self, images: Array, scale: Array) -> Array:
        return colors.scale_saturation(images, float(scale))


@register
class AdjustContrastv2(_Adjustment):
    """Images with each channel's distance from its mean multiplied."""

    inputs = "images: T, contrast_factor: float32"

    def _shape(self, images: TensorSpec) -> TensorShape:
        return images.shape.with_rank_at_least(3)

    def kernel(self, images: Array, contrast_factor: Array) -> Array:
        if not images.size:
            return images
        # By rows, whose length makes the additions quick, as that of a pixel would not.
        height, width, channels = images.shape[-3:]
        weights = np.full((1, height * width), 1 / (height * width), images.dtype)
        mean = weights @ images.reshape(-1, height * width, channels)
        rest = np.tile(mean * (1 - contrast_factor), (1, 1, width))
        rows = images.reshape(-1, height, width * channels) * contrast_factor + rest
        return rows.reshape(images.shape)

    @classmethod
    def cases(cls) -> Iterator[tuple[Array, float]]:
        yield from super().cases()
        yield _pixels(8, 3, 2, 5), 2.5
