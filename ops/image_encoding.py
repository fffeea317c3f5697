"""Images as the contents of files: PNG and JPEG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype, dtype_set, int32 as _int32, uint8 as _uint8
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, i32, invalid
from graphflow.ops.image_decoding import coarse_image, smooth_image
from graphflow.ops.kernels import image_files

__all__ = [
    "EncodeJpeg",
    "EncodeJpegVariableQuality",
    "EncodePng",
    "adjust_jpeg_quality",
    "encode_jpeg",
    "encode_png",
    "random_jpeg_quality",
]


class _Encode(Op):
    """What the ops share that encode one image."""

    differentiable = False
    outputs = "contents"

    def _check_image(self, image: TensorSpec, channels: tuple[int, ...]) -> TensorSpec:
        check_rank("image", image, 3)
        dims = image.shape.as_tuple()
        if dims is not None and dims[2] not in (None, *channels):
            raise ValueError(f"an image of {dims[2]} channels: there must be one of {channels}")
        if dims is not None and 0 in dims:
            raise ValueError(f"an image without pixels: its shape is {image.shape}")
        return TensorSpec(TensorShape.of(()), as_dtype("string"))


@register
class EncodePng(_Encode):
    """The contents of a PNG file with an image."""

    compression: int = -1

    inputs = "image: T"
    types: ClassVar[Any] = {"T": dtype_set("uint8 uint16")}

    def infer(self, image: TensorSpec) -> TensorSpec:
        if not -1 <= self.compression <= 9:
            raise ValueError(f"compression must be in [-1, 9], it is {self.compression}")
        return self._check_image(image, (1, 2, 3, 4))

    def kernel(self, image: Array) -> Array:
        return np.asarray(image_files.encode_png(image, self.compression), object)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "bytes depend on the library; what they decode to is compared elsewhere"
        for channels in (1, 2, 3, 4):
            image = coarse_image(3, 5, channels)
            yield Sample.of(cls(), image, oracle=False, note=note)
            yield Sample.of(cls(9), image * np.uint16(255), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = coarse_image(3, 5, 5)
        yield ErrorSample(cls(), (image,), "an image of 5 channels")
        yield ErrorSample(cls(), (image[..., 0],), "image must be of rank 3")
        yield ErrorSample(cls(), (image[:0, :, :1],), "without pixels")
        yield ErrorSample(cls(10), (image[..., :1],), "compression must be in")


@register
class EncodeJpeg(_Encode):
    """The contents of a JPEG file with an image."""

    format: str = ""
    quality: int = 95
    progressive: bool = False
    optimize_size: bool = False
    chroma_downsampling: bool = True
    density_unit: str = "in"
    x_density: int = 300
    y_density: int = 300
    xmp_metadata: str = ""

    inputs = "image: uint8"

    def infer(self, image: TensorSpec) -> TensorSpec:
        channels = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}.get(self.format)
        if channels is None:
            raise ValueError(f"format is '', 'grayscale' or 'rgb', not {self.format!r}")
        if not 0 <= self.quality <= 100:
            raise ValueError(f"quality must be in [0, 100], it is {self.quality}")
        if self.density_unit not in ("in", "cm"):
            raise ValueError(f"density_unit is 'in' or 'cm', not {self.density_unit!r}")
        return self._check_image(image, channels)

    def kernel(self, image: Array) -> Array:
        metadata = self.xmp_metadata
        contents = image_files.encode_jpeg(
            image,
            self.quality,
            self.progressive,
            self.optimize_size,
            self.chroma_downsampling,
            (self.density_unit, self.x_density, self.y_density),
            metadata.encode() if isinstance(metadata, str) else metadata,
        )
        return np.asarray(contents, object)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "bytes depend on the library; what they decode to is compared elsewhere"
        for op in (
            cls(),
            cls("rgb", 60),
            cls(progressive=True),
            cls(optimize_size=True, chroma_downsampling=False),
            cls(density_unit="cm", x_density=7, y_density=9, xmp_metadata="<x/>"),
        ):
            yield Sample.of(op, smooth_image(9, 7, 3), oracle=False, note=note)
        yield Sample.of(cls("grayscale"), smooth_image(9, 7, 1), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = coarse_image(3, 5, 2)
        yield ErrorSample(cls(), (image,), "an image of 2 channels")
        yield ErrorSample(cls("rgb"), (image[..., :1],), "an image of 1 channels")
        yield ErrorSample(cls(), (image[..., 0],), "image must be of rank 3")
        yield ErrorSample(cls("x"), (image,), "format is")
        yield ErrorSample(cls(quality=101), (image,), "quality must be in")
        yield ErrorSample(cls(density_unit="m"), (image,), "density_unit is")


@register
class EncodeJpegVariableQuality(_Encode):
    """The contents of a JPEG file with an image, of a quality that may be computed."""

    inputs = "images: uint8, quality: int32"

    def infer(self, images: TensorSpec, quality: TensorSpec) -> TensorSpec:
        check_rank("quality", quality, 0)
        return self._check_image(images, (1, 3))

    def kernel(self, images: Array, quality: Array) -> Array:
        if not 0 <= quality <= 100:
            raise invalid(f"quality must be in [0, 100], it is {quality}")
        return np.asarray(image_files.encode_jpeg(images, int(quality)), object)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "bytes depend on the library; what they decode to is compared elsewhere"
        for channels, quality in ((1, 30), (3, 100), (3, 0)):
            yield Sample.of(
                cls(), smooth_image(9, 7, channels), i32(quality), oracle=False, note=note
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = smooth_image(9, 7, 3)
        yield ErrorSample(cls(), (image, i32([3])), "quality must be a scalar")
        yield ErrorSample(cls(), (image[..., :2], i32(3)), "an image of 2 channels")
        yield ErrorSample(cls(), (image, i32(101)), "quality must be in", when="run")


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """Encode an image as a PNG file.

    Args:
      image: uint8 or uint16 [height, width, channels]: grey, grey and opacity, colours, or colours
        and opacity.
      compression: 0 (none) to 9 (best); -1 for a compromise.
      name: the operation's name.

    Returns:
      String scalar, the contents of the file.

    Raises:
      ValueError: the image is not of three axes with 1 to 4 channels, or `compression` is outside
        of its range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.encode_png(tf.zeros([2, 5, 3], tf.uint8)))[1:4]
    b'PNG'
    """
    return apply(EncodePng(compression), image, name=name)


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    r"""Encode an image as a JPEG file.

    Args:
      image: uint8 [height, width, 1 or 3].
      format: `grayscale` or `rgb`; by default what the channels say.
      quality: 0 to 100.
      progressive: whether coarse versions of the image come first.
      optimize_size: whether to spend time on a smaller file.
      chroma_downsampling: whether to halve the resolution of colours.
      density_unit: `in` or `cm`.
      x_density: pixels per unit across.
      y_density: pixels per unit down.
      xmp_metadata: further data about the image.
      name: the operation's name.

    Returns:
      String scalar, the contents of the file.

    Raises:
      ValueError: the image is not of three axes with 1 or 3 channels, or another argument is
        outside of its range.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.image.encode_jpeg(tf.zeros([2, 5, 3], tf.uint8)))[:3]
    b'\xff\xd8\xff'
    """
    op = EncodeJpeg(
        format,
        quality,
        bool(progressive),
        bool(optimize_size),
        bool(chroma_downsampling),
        density_unit,
        x_density,
        y_density,
        xmp_metadata,
    )
    return apply(op, image, name=name)


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """Give an image the flaws of a JPEG file, by encoding and decoding it.

    Args:
      image: real [height, width, 1 or 3].
      jpeg_quality: int32 scalar, 0 to 100.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: the image is not of three axes with 1 or 3 channels.

    >>> import graphflow as tf
    >>> image = tf.fill([8, 8, 3], tf.constant(100, tf.uint8))
    >>> tf.Session().run(tf.image.adjust_jpeg_quality(image, 75))[0, 0]
    array([100, 100, 100], dtype=uint8)
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        channels = image.shape[-1].value if image.shape.rank else None
        quality = convert_to_tensor(jpeg_quality, dtype=_int32, name="jpeg_quality")
        pixels = ops.convert_image_dtype(image, _uint8)
        contents = apply(EncodeJpegVariableQuality(), pixels, quality)
        decoded = ops.decode_jpeg(contents, channels or 0)
        return ops.convert_image_dtype(decoded, image.dtype)


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """Give an image the flaws of a JPEG file of random quality.

    Args:
      image: real [height, width, 1 or 3].
      min_jpeg_quality: the least quality, from 0.
      max_jpeg_quality: the quality is below this, at most 100.
      seed: the seed of the random numbers, see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: the range is empty or exceeds [0, 100].

    >>> import graphflow as tf
    >>> image = tf.fill([8, 8, 3], tf.constant(100, tf.uint8))
    >>> tf.Session().run(tf.image.random_jpeg_quality(image, 75, 95, seed=1))[0, 0]
    array([100, 100, 100], dtype=uint8)
    """
    if not 0 <= min_jpeg_quality <= 100 or not 0 <= max_jpeg_quality <= 100:
        raise ValueError(f"qualities are 0 to 100: {min_jpeg_quality}, {max_jpeg_quality}")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError(f"no quality is in [{min_jpeg_quality}, {max_jpeg_quality})")
    quality = ops.random_uniform([], min_jpeg_quality, max_jpeg_quality, dtype=_int32, seed=seed)
    return adjust_jpeg_quality(image, quality)
