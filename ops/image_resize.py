"""Batches of images in another size: one op for each kind of interpolation, and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import REAL_NUMBER, dtype_set, float32 as _float32
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_tuple, check_rank, f32, i32, known_ints
from graphflow.ops.kernels import resample

__all__ = [
    "ResizeArea",
    "ResizeBicubic",
    "ResizeBicubicGrad",
    "ResizeBilinear",
    "ResizeBilinearGrad",
    "ResizeNearestNeighbor",
    "ResizeNearestNeighborGrad",
    "resize_area",
    "resize_bicubic",
    "resize_bilinear",
    "resize_nearest_neighbor",
]

_IMAGE_TYPES = REAL_NUMBER - dtype_set("uint32 uint64")
_TO_SIZES = ((3, 5), (7, 2), (2, 3))


def _check_size(size: TensorSpec) -> tuple[int | None, ...]:
    """The new height and width as far as they are known."""
    check_rank("size", size, 1)
    known = known_ints(size)
    if known is None:
        return (None, None)
    if len(known) != 2:
        raise ValueError(f"size holds new height and width, not {len(known)} numbers")
    if any(item is not None and item <= 0 for item in known):
        raise ValueError(f"size must be positive, it is {list(known)}")
    return known


def _image_dims(images: TensorSpec, name: str = "images") -> tuple[int | None, ...]:
    """The four sizes of a batch of images, which must have pixels and channels."""
    check_rank(name, images, 4)
    dims = images.shape.as_tuple() or (None,) * 4
    if 0 in dims[1:]:
        raise ValueError(f"{name} without pixels or channels: their shape is {images.shape}")
    return dims


@dataclass(frozen=True, eq=False, repr=False)
class _Sampling(Op):
    """Where the pixels of one image lie in another one of another size."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    def _check_sampling(self) -> None:
        if self.align_corners and self.half_pixel_centers:
            raise ValueError("align_corners and half_pixel_centers exclude each other")

    def _taps(
        self, make: Callable[..., Any], sizes: tuple[int, ...], new: tuple[int, ...]
    ) -> list[Any]:
        """What `make` tells about rows and columns."""
        return [
            make(old, target, self.align_corners, self.half_pixel_centers)
            for old, target in zip(sizes, new, strict=True)
        ]

    @classmethod
    def samplings(cls) -> list[Any]:
        """One op for each combination of attributes."""
        return [cls(), cls(align_corners=True), cls(half_pixel_centers=True)]

    @classmethod
    def sampling_errors(cls, *inputs: Any) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(True, True), inputs, "exclude each other")


class _Resize(_Sampling):
    """What the ops share that resize."""

    inputs = "images: T, size: int32"
    outputs = "resized_images"
    types: ClassVar[Any] = {"T": _IMAGE_TYPES}

    def infer(self, images: TensorSpec, size: TensorSpec) -> TensorSpec:
        self._check_sampling()
        batch, _, _, channels = _image_dims(images)
        shape = TensorShape.of((batch, *_check_size(size), channels))
        return TensorSpec(shape, self._result_dtype(images))

    def _result_dtype(self, images: TensorSpec) -> Any:
        del images  # most of the ops compute in float32
        return _float32

    @classmethod
    def images(cls) -> Array:
        """Images of which each pixel differs."""
        return np.random.RandomState(4).permutation(48).reshape(2, 4, 3, 2)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        images = cls.images()
        for op in cls.samplings():
            for size in _TO_SIZES:
                yield Sample.of(op, f32(images) / 8, i32(size))
        yield Sample.of(cls(), images / 8, i32([3, 2]), rtol=2e-6, note="computed in float32")
        for dtype in sorted(cls.types["T"] - dtype_set("float32 float64"), key=int):
            pixels = images.astype(dtype.numpy)
            yield Sample.of(cls(), pixels, i32([3, 2]), gradient=(), note="of low precision")
        missing = f32([[[[2], [1], [np.nan]]]])
        yield Sample.of(cls(), missing, i32([2, 5]), gradient=(), note="not a number")
        yield Sample.of(cls(), np.zeros((0, 4, 3, 2), np.float32), i32([3, 2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        images = np.ones((1, 2, 2, 1), np.float32)
        yield ErrorSample(cls(), (images[0], i32([2, 2])), "images must be of rank 4")
        yield ErrorSample(cls(), (images[:, :0], i32([2, 2])), "without pixels")
        yield ErrorSample(cls(), (images, i32([2, 2, 2])), "size holds new height and width")
        yield ErrorSample(cls(), (images, i32(2)), "size must be a vector")
        yield ErrorSample(cls(), (images, i32([0, 2])), "size must be positive")
        if hasattr(cls, "half_pixel_centers"):
            yield from cls.sampling_errors(images, i32([2, 2]))


class _Interpolation(_Resize):
    """What the ops share that interpolate."""

    _make_taps: ClassVar[Callable[..., resample.Taps]]

    def kernel(self, images: Array, size: Array) -> Array:
        taps = self._taps(self._make_taps, images.shape[1:3], as_tuple(size))
        return resample.resampled(_in_float32(images), *taps)


class _ResizeGradient(_Sampling):
    """What the gradients share of the ops that interpolate."""

    inputs = "grads: float32, original_image: T"
    _make_taps: ClassVar[Callable[..., resample.Taps]]

    def infer(self, grads: TensorSpec, original_image: TensorSpec) -> TensorSpec:
        self._check_sampling()
        batch, _, _, channels = _image_dims(grads, "grads")
        _, height, width, _ = _image_dims(original_image, "original_image")
        shape = TensorShape.of((batch, height, width, channels))
        return TensorSpec(shape, original_image.dtype.base_dtype)

    def kernel(self, grads: Array, original_image: Array) -> Array:
        old, new = original_image.shape[1:3], grads.shape[1:3]
        pairs = zip(self._taps(self._make_taps, old, new), old, strict=True)
        rows, columns = [taps.transposed(size) for taps, size in pairs]
        wide = np.float64 if original_image.dtype == np.float64 else np.float32
        result = resample.resampled(grads.astype(wide), rows, columns)
        return result.astype(original_image.dtype, copy=False)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "of the image only the shape counts"
        image = np.zeros((1, 4, 3, 2), np.float32)
        for op in cls.samplings():
            for size in _TO_SIZES:
                grads = np.cos(np.arange(2 * size[0] * size[1])).reshape(1, *size, 2)
                yield Sample.of(op, f32(grads), image, gradient=(0,), note=note)
        for dtype in sorted(cls.types["T"] - {_float32}, key=int):
            rtol = 2e-6 if dtype.name == "float64" else None
            yield Sample.of(
                cls(), f32(grads), image.astype(dtype.numpy), gradient=(), note=note, rtol=rtol
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        grads, image = np.ones((1, 3, 3, 1), np.float32), np.ones((1, 2, 2, 1), np.float32)
        yield ErrorSample(cls(), (grads[0], image), "grads must be of rank 4")
        yield ErrorSample(cls(), (grads, image[0]), "original_image must be of rank 4")
        yield ErrorSample(cls(), (grads, image[:, :, :0]), "without pixels")
        yield from cls.sampling_errors(grads, image)


@register
class ResizeBilinear(_Interpolation):
    """Images resized by linear interpolation of the four pixels around each place."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    makes_new = True
    _make_taps = staticmethod(resample.linear_taps)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(ResizeBilinearGrad(**self.attributes()), grad, op.inputs[0]), None


@register
class ResizeBilinearGrad(_ResizeGradient):
    """The gradient of `ResizeBilinear`."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    makes_new = True
    _make_taps = staticmethod(resample.linear_taps)
    types: ClassVar[Any] = {"T": dtype_set("float16 bfloat16 float32 float64")}

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(ResizeBilinear(**self.attributes()), grad, _size_of(op.inputs[0])), None


@register
class ResizeBicubic(_Interpolation):
    """Images resized by cubic convolution over the sixteen pixels around each place."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    makes_new = True
    _make_taps = staticmethod(resample.cubic_taps)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor | None, None]:
        if op.inputs[0].dtype.base_dtype not in ResizeBicubicGrad.types["T"]:
            return None, None
        return apply(ResizeBicubicGrad(**self.attributes()), grad, op.inputs[0]), None


@register
class ResizeBicubicGrad(_ResizeGradient):
    """The gradient of `ResizeBicubic`."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    _make_taps = staticmethod(resample.cubic_taps)
    types: ClassVar[Any] = {"T": dtype_set("float32 float64")}

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(ResizeBicubic(**self.attributes()), grad, _size_of(op.inputs[0])), None


@register
class ResizeNearestNeighbor(_Resize):
    """Images resized by repeating or leaving out pixels."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    makes_new = True

    def _result_dtype(self, images: TensorSpec) -> Any:
        return images.dtype.base_dtype

    def kernel(self, images: Array, size: Array) -> Array:
        rows, columns = self._taps(resample.nearest_indices, images.shape[1:3], as_tuple(size))
        return images.take(rows, axis=1).take(columns, axis=2)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        op_class = ResizeNearestNeighborGrad(**self.attributes())
        return apply(op_class, grad, _size_of(op.inputs[0])), None


@register
class ResizeNearestNeighborGrad(_Sampling):
    """The gradient of `ResizeNearestNeighbor`: what went to a pixel's copies is added up."""

    align_corners: bool = False
    half_pixel_centers: bool = False

    makes_new = True
    inputs = "grads: T, size: int32"
    types: ClassVar[Any] = {"T": dtype_set("uint8 int8 int32 float16 bfloat16 float32 float64")}

    def infer(self, grads: TensorSpec, size: TensorSpec) -> TensorSpec:
        self._check_sampling()
        batch, _, _, channels = _image_dims(grads, "grads")
        shape = TensorShape.of((batch, *_check_size(size), channels))
        return TensorSpec(shape, grads.dtype.base_dtype)

    def kernel(self, grads: Array, size: Array) -> Array:
        old = as_tuple(size)
        pairs = zip(self._taps(_nearest_taps, old, grads.shape[1:3]), old, strict=True)
        rows, columns = [taps.transposed(size) for taps, size in pairs]
        if grads.dtype.kind in "iu":  # sums wrap around
            sums = resample.resampled(grads.astype(np.float64), rows, columns).astype(np.int64)
        else:
            sums = resample.resampled(grads, rows, columns)
        return sums.astype(grads.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(ResizeNearestNeighbor(**self.attributes()), grad, _size_of(op.inputs[0])), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op in cls.samplings():
            for size in _TO_SIZES:
                grads = np.arange(2 * size[0] * size[1]).reshape(1, *size, 2)
                yield Sample.of(op, f32(grads), i32([4, 3]))
        for dtype in sorted(cls.types["T"] - {_float32}, key=int):
            yield Sample.of(cls(), grads.astype(dtype.numpy), i32([1, 2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        grads = np.ones((1, 3, 3, 1), np.float32)
        yield ErrorSample(cls(), (grads[0], i32([2, 2])), "grads must be of rank 4")
        yield ErrorSample(cls(), (grads, i32([2])), "size holds new height and width")
        yield ErrorSample(cls(), (grads, i32([2, -1])), "size must be positive")
        yield from cls.sampling_errors(grads, i32([2, 2]))


@register
class ResizeArea(_Resize):
    """Images resized by averaging what each new pixel covers."""

    align_corners: bool = False
    makes_new = True
    half_pixel_centers: ClassVar[bool] = False  # type: ignore[misc]  # no attribute here

    def kernel(self, images: Array, size: Array) -> Array:
        rows, columns = [
            resample.area_taps(old, new, self.align_corners)
            for old, new in zip(images.shape[1:3], as_tuple(size), strict=True)
        ]
        return resample.resampled(_in_float32(images), rows, columns)

    @classmethod
    def samplings(cls) -> list[Any]:
        return [cls(), cls(True)]

    @classmethod
    def sampling_errors(cls, *inputs: Any) -> Iterator[ErrorSample]:
        del inputs
        yield from ()


def _in_float32(images: Array) -> Array:
    return images.astype(np.float32, copy=False)


def _size_of(images: Tensor) -> Any:
    """Height and width of a batch of images, as constants where they are known."""
    dims = images.shape.with_rank(4).as_tuple()
    if dims is not None and None not in dims[1:3]:
        return list(dims[1:3])
    return ops.shape(images)[1:3]


def _nearest_taps(*args: Any) -> resample.Taps:
    indices = resample.nearest_indices(*args)[:, None]
    return resample.Taps.of(indices, np.ones_like(indices))


def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images by linear interpolation of the four pixels around each place.

    Args:
      images: real [batch, height, width, channels].
      size: int32 [2], new height and width.
      align_corners: whether the centres of the corner pixels stay where they are.
      name: the operation's name.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...; otherwise the upper
        left corners of the images lie on each other.

    Returns:
      float32 [batch, new height, new width, channels].

    Raises:
      ValueError: the images are not of rank 4, are empty, or the size is not positive.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0], [1, 1, 2, 1])
    >>> tf.Session().run(tf.image.resize_bilinear(image, [1, 4])).ravel()
    array([1., 3., 5., 5.], dtype=float32)
    """
    op = ResizeBilinear(bool(align_corners), bool(half_pixel_centers))
    return apply(op, images, size, name=name)


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images by cubic convolution over the sixteen pixels around each place.

    See R. Keys, Cubic convolution interpolation for digital image processing, 1981.

    Args:
      images: real [batch, height, width, channels].
      size: int32 [2], new height and width.
      align_corners: whether the centres of the corner pixels stay where they are.
      name: the operation's name.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...

    Returns:
      float32 [batch, new height, new width, channels]; values may lie outside of the range of the
      images.

    Raises:
      ValueError: the images are not of rank 4, are empty, or the size is not positive.

    >>> import graphflow as tf
    >>> image = tf.reshape([0.0, 0.0, 4.0, 4.0], [1, 1, 4, 1])
    >>> tf.Session().run(tf.image.resize_bicubic(image, [1, 8])).ravel()
    array([ 0.   , -0.375,  0.   ,  2.   ,  4.   ,  4.375,  4.   ,  4.   ], dtype=float32)
    """
    op = ResizeBicubic(bool(align_corners), bool(half_pixel_centers))
    return apply(op, images, size, name=name)


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images by repeating or leaving out pixels.

    Args:
      images: real [batch, height, width, channels].
      size: int32 [2], new height and width.
      align_corners: whether the centres of the corner pixels stay where they are.
      name: the operation's name.
      half_pixel_centers: whether pixels have their centres at 0.5, 1.5, ...

    Returns:
      [batch, new height, new width, channels] of the dtype of the images.

    Raises:
      ValueError: the images are not of rank 4, are empty, or the size is not positive.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 5], [1, 1, 2, 1])
    >>> tf.Session().run(tf.image.resize_nearest_neighbor(image, [1, 3])).ravel()
    array([1, 1, 5], dtype=int32)
    """
    op = ResizeNearestNeighbor(bool(align_corners), bool(half_pixel_centers))
    return apply(op, images, size, name=name)


def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Resize images by averaging what each new pixel covers.

    Args:
      images: real [batch, height, width, channels].
      size: int32 [2], new height and width.
      align_corners: whether the centres of the corner pixels stay where they are.
      name: the operation's name.

    Returns:
      float32 [batch, new height, new width, channels].

    Raises:
      ValueError: the images are not of rank 4, are empty, or the size is not positive.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0, 9.0, 3.0], [1, 1, 4, 1])
    >>> tf.Session().run(tf.image.resize_area(image, [1, 2])).ravel()
    array([3., 6.], dtype=float32)
    """
    return apply(ResizeArea(bool(align_corners)), images, size, name=name)
