"""Images out of the contents of files: PNG, JPEG, GIF and BMP."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import (
    INDEX,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int32 as _int32,
    uint8 as _uint8,
    uint16 as _uint16,
)
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, as_tuple, check_rank, i32, invalid
from graphflow.ops.kernels import image_files

__all__ = [
    "DecodeAndCropJpeg",
    "DecodeBmp",
    "DecodeGif",
    "DecodeImage",
    "DecodeJpeg",
    "DecodePng",
    "ExtractJpegShape",
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "extract_jpeg_shape",
    "is_jpeg",
]

_DEPTHS = dtype_set("uint8 uint16")
_SCALES = (1, 2, 4, 8)
_DCT_METHODS = ("", "INTEGER_FAST", "INTEGER_ACCURATE")


def _bytes(contents: Array) -> bytes:
    """The contents of one file, from a kernel's input."""
    value = as_array(contents)[()]
    return value.encode() if isinstance(value, str) else bytes(value)


def _read(reader: Callable[..., Array], *args: Any) -> Array:
    """Read a file, and refuse a damaged one as kernels do."""
    try:
        return reader(*args)
    except image_files.BadImageError as error:
        raise invalid(f"the contents are no image that can be decoded: {error}") from error


def _decoded(contents: bytes, channels: int, dtype: Any = np.uint8) -> Array:
    """The one image in a PNG, JPEG or GIF file."""
    kind = image_files.file_format(contents)
    if kind == "PNG":
        return image_files.decode_png(contents, channels, dtype)
    if kind == "JPEG":
        return _at_depth(image_files.decode_jpeg(contents, channels), dtype)
    if kind == "GIF":
        return _at_depth(_only_image(contents, channels), dtype)
    raise image_files.BadImageError(f"it is a {kind} file: use decode_bmp or decode_image")


def _at_depth(image: Array, dtype: Any) -> Array:
    """Bytes as integers of 8 or 16 bits, scaled as by `convert_image_dtype`."""
    return image.astype(np.uint16) << 8 if dtype == np.uint16 else image


def _only_image(contents: bytes, channels: int) -> Array:
    images = image_files.decode_gif(contents)
    if len(images) > 1:
        raise image_files.BadImageError(
            f"{len(images)} images, but animations can only be decoded by decode_gif"
        )
    _check_gif_channels(channels)
    return images[0]


def _check_gif_channels(channels: int) -> None:
    if channels not in (0, 3):
        raise image_files.BadImageError(f"channels of a GIF image are 0 or 3, not {channels}")


# -- decoding --------------------------------------------------------------------------------------


class _Decode(Op):
    """What the ops share that decode one file."""

    inputs = "contents: string"
    outputs = "image"
    differentiable = False

    channels: int
    _allowed_channels: ClassVar[tuple[int, ...]] = (0, 1, 3, 4)

    def _check_channels(self, contents: TensorSpec) -> None:
        check_rank("contents", contents, 0)
        if self.channels not in self._allowed_channels:
            allowed = ", ".join(map(str, self._allowed_channels))
            raise ValueError(f"channels must be one of {allowed}, not {self.channels}")

    def infer(self, contents: TensorSpec) -> TensorSpec:
        self._check_channels(contents)
        return TensorSpec(TensorShape.of((None, None, self.channels or None)), _uint8)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (_strings(b"a"),), "contents must be a scalar")
        bad = np.asarray(b"no image", object)
        yield ErrorSample(cls(), (bad,), "no image that can be decoded", when="run")
        if "channels" in cls.__annotations__:
            make: Any = cls
            yield ErrorSample(lambda: make(channels=5), (bad,), "channels must be one of")


def _strings(*values: bytes) -> Array:
    return np.asarray(values, object)


def coarse_image(*shape: int) -> Array:
    """Bytes of an image of which each differs from its neighbours, for samples."""
    return (np.arange(int(np.prod(shape))) * 37 % 256).astype(np.uint8).reshape(shape)


def smooth_image(*shape: int) -> Array:
    """An image without edges, which JPEG keeps well, for samples."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    channels = [128 + 60 * np.cos(rows / 9 + k) * np.sin(columns / 11) for k in range(shape[2])]
    return np.stack(channels, -1).astype(np.uint8)


_LOSSY: dict[str, Any] = {"atol": 4, "note": "libraries for JPEG differ by a few units"}


@register
class DecodePng(_Decode):
    """The image in a PNG file; JPEG and GIF are understood too."""

    channels: int = 0
    dtype: DType = _uint8

    def infer(self, contents: TensorSpec) -> TensorSpec:
        self._check_channels(contents)
        if self.dtype not in _DEPTHS:
            raise TypeError(f"dtype is uint8 or uint16, not {self.dtype.name}")
        return TensorSpec(TensorShape.of((None, None, self.channels or None)), self.dtype)

    def kernel(self, contents: Array) -> Array:
        return _read(_decoded, _bytes(contents), self.channels, self.dtype.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for channels in (1, 2, 3, 4):
            png = image_files.encode_png(coarse_image(3, 5, channels), -1)
            for wanted in (0, 1, 3, 4):
                yield Sample.of(cls(wanted), np.asarray(png, object))
            deep = image_files.encode_png(coarse_image(4, 2, channels) * np.uint16(257), -1)
            yield Sample.of(cls(0, _uint16), np.asarray(deep, object))
        jpeg = image_files.encode_jpeg(smooth_image(16, 8, 3), 90)
        yield Sample.of(cls(), np.asarray(jpeg, object), **_LOSSY)


class _DecodeJpeg(_Decode):
    """Attributes of the ops that decode JPEG files."""

    ratio: int
    fancy_upscaling: bool
    try_recover_truncated: bool
    acceptable_fraction: float
    dct_method: str

    def _check_options(self) -> None:
        if self.ratio not in _SCALES:
            raise ValueError(f"ratio must be 1, 2, 4 or 8, not {self.ratio}")
        if self.dct_method not in _DCT_METHODS:
            raise ValueError(f"dct_method must be one of {_DCT_METHODS}, not {self.dct_method!r}")
        if not self.fancy_upscaling:
            raise NotImplementedError(f"{self.type}: fancy_upscaling=False is not supported")
        if self.acceptable_fraction != 1:
            raise NotImplementedError(f"{self.type}: acceptable_fraction other than 1")

    @classmethod
    def option_errors(cls, *inputs: Any) -> Iterator[ErrorSample]:
        make: Any = cls
        missing = NotImplementedError
        yield ErrorSample(make(ratio=3), inputs, "ratio must be")
        yield ErrorSample(make(dct_method="x"), inputs, "dct_method must be one of")
        yield ErrorSample(make(fancy_upscaling=False), inputs, "fancy_upscaling", missing)
        yield ErrorSample(make(acceptable_fraction=0.5), inputs, "acceptable_fraction", missing)


@register
class DecodeJpeg(_DecodeJpeg):
    """The image in a JPEG file; PNG and GIF are understood too."""

    channels: int = 0
    ratio: int = 1
    fancy_upscaling: bool = True
    try_recover_truncated: bool = False
    acceptable_fraction: float = 1.0
    dct_method: str = ""

    def infer(self, contents: TensorSpec) -> TensorSpec:
        self._check_options()
        return super().infer(contents)

    def kernel(self, contents: Array) -> Array:
        return _read(self._decode, _bytes(contents))

    def _decode(self, contents: bytes) -> Array:
        if image_files.file_format(contents) != "JPEG":
            return _decoded(contents, self.channels)
        return image_files.decode_jpeg(
            contents, self.channels, self.ratio, self.try_recover_truncated
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for channels in (1, 3):
            jpeg = image_files.encode_jpeg(smooth_image(24, 17, channels), 90)
            for wanted in (0, 1, 3):
                yield Sample.of(cls(wanted), np.asarray(jpeg, object), **_LOSSY)
            for ratio in _SCALES:
                yield Sample.of(cls(ratio=ratio), np.asarray(jpeg, object), **_LOSSY)
        jpeg = image_files.encode_jpeg(smooth_image(24, 17, 3), 90, progressive=True)
        for method in _DCT_METHODS:
            yield Sample.of(cls(dct_method=method), np.asarray(jpeg, object), **_LOSSY)
        cut = np.asarray(jpeg[:-2], object)
        yield Sample.of(cls(try_recover_truncated=True), cut, **_LOSSY)
        png = image_files.encode_png(coarse_image(3, 5, 4), -1)
        yield Sample.of(cls(3), np.asarray(png, object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        yield from cls.option_errors(np.asarray(b"", object))
        jpeg = image_files.encode_jpeg(smooth_image(24, 17, 3), 90)
        cut = np.asarray(jpeg[:-100], object)
        yield ErrorSample(cls(), (cut,), "cannot be unpacked", when="run")


@register
class DecodeAndCropJpeg(_DecodeJpeg):
    """A part of the image in a JPEG file."""

    channels: int = 0
    ratio: int = 1
    fancy_upscaling: bool = True
    try_recover_truncated: bool = False
    acceptable_fraction: float = 1.0
    dct_method: str = ""

    inputs = "contents: string, crop_window: int32"
    _allowed_channels: ClassVar[tuple[int, ...]] = (0, 1, 3)

    def infer(self, contents: TensorSpec, crop_window: TensorSpec) -> TensorSpec:  # type: ignore[override]
        self._check_options()
        self._check_channels(contents)
        crop_window.shape.assert_is_compatible_with([4])
        window = crop_window.value
        sizes = (None, None) if window is None else as_tuple(window)[2:]
        if any(size is not None and size < 0 for size in sizes):
            raise ValueError(f"the size of the crop window is negative: {sizes}")
        return TensorSpec(TensorShape.of((*sizes, self.channels or None)), _uint8)

    def kernel(self, contents: Array, crop_window: Array) -> Array:
        args = (self.channels, self.ratio, self.try_recover_truncated)
        image = _read(image_files.decode_jpeg, _bytes(contents), *args)
        top, left, height, width = as_tuple(crop_window)
        bottom, right = top + height, left + width
        is_inside = 0 <= top < bottom <= image.shape[0] and 0 <= left < right <= image.shape[1]
        if not is_inside:
            window = [top, left, height, width]
            raise invalid(f"the crop window {window} is not inside of the image {image.shape}")
        return image[top:bottom, left:right]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        jpeg = np.asarray(image_files.encode_jpeg(smooth_image(40, 33, 3), 90), object)
        for window in ([0, 0, 40, 33], [3, 5, 10, 28], [16, 16, 1, 1]):
            yield Sample.of(cls(), jpeg, i32(window), **_LOSSY)
        yield Sample.of(cls(1, 2), jpeg, i32([1, 2, 13, 11]), **_LOSSY)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        jpeg = np.asarray(image_files.encode_jpeg(smooth_image(8, 8, 3), 90), object)
        yield ErrorSample(cls(), (_strings(b"a"), i32([0, 0, 1, 1])), "contents must be a scalar")
        yield ErrorSample(cls(), (jpeg, i32([0, 0, 1])), "3")
        yield ErrorSample(cls(), (jpeg, i32([0, 0, -1, 1])), "negative")
        for window in ([0, 0, 9, 1], [-1, 0, 2, 2], [0, 0, 0, 3]):
            yield ErrorSample(cls(), (jpeg, i32(window)), "not inside", when="run")
        yield from cls.option_errors(jpeg, i32([0, 0, 1, 1]))


@register
class DecodeGif(_Decode):
    """All images in a GIF file; the one image in a PNG or JPEG file is understood too."""

    def infer(self, contents: TensorSpec) -> TensorSpec:
        check_rank("contents", contents, 0)
        return TensorSpec(TensorShape.of((None, None, None, 3)), _uint8)

    def kernel(self, contents: Array) -> Array:
        return _read(self._decode, _bytes(contents))

    @staticmethod
    def _decode(contents: bytes) -> Array:
        if contents.startswith(b"GIF"):
            return image_files.decode_gif(contents)
        return _decoded(contents, 3)[None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for contents in (_STILL_GIF, _MOVING_GIF):
            yield Sample.of(cls(), np.asarray(contents, object))
        png = image_files.encode_png(coarse_image(3, 5, 3), -1)
        yield Sample.of(cls(), np.asarray(png, object))


def _gif(size: tuple[int, int], *frames: tuple[tuple[int, int], Array]) -> bytes:
    """A GIF file with four colours, and frames at places (left, top) on a canvas of a size."""
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0x81, 0, 0) + bytes(range(10, 130, 10))
    return head + b"".join(_gif_frame(place, indices) for place, indices in frames) + b";"


def _gif_frame(place: tuple[int, int], indices: Array) -> bytes:
    height, width = indices.shape
    # A clear code (4) before every second pixel keeps all codes at three bits; 5 is the end.
    pixels = indices.ravel().tolist()
    codes = [code for at, pixel in enumerate(pixels) for code in ([] if at % 2 else [4]) + [pixel]]
    bits: int = sum(code << 3 * at for at, code in enumerate([*codes, 5]))
    data = bits.to_bytes(-(-3 * (len(codes) + 1) // 8), "little")
    place_and_size = struct.pack("<HHHHB", *place, width, height, 0)
    return b"," + place_and_size + bytes([2, len(data)]) + data + bytes(1)


_STILL_GIF = _gif((3, 2), ((0, 0), np.asarray([[0, 1, 2], [3, 2, 3]])))
_MOVING_GIF = _gif(
    (4, 2), ((0, 0), np.asarray([[0, 1, 2], [3, 2, 3]])), ((1, 1), np.asarray([[1, 0]]))
)


@register
class DecodeBmp(_Decode):
    """The image in an uncompressed BMP file."""

    channels: int = 0

    def kernel(self, contents: Array) -> Array:
        return _read(image_files.decode_bmp, _bytes(contents), self.channels)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for width, height, bits in ((2, 3, 24), (3, -2, 24), (3, 2, 8), (1, 2, 32)):
            contents = np.asarray(_bmp(width, height, bits), object)
            yield Sample.of(cls(), contents)
        yield Sample.of(cls(4), contents)


def _bmp(width: int, height: int, bits: int) -> bytes:
    size = (width * bits // 8 + 3) // 4 * 4 * abs(height)
    sizes = b"".join(number.to_bytes(4, "little", signed=True) for number in (width, height))
    head = b"BM" + (54 + size).to_bytes(4, "little") + bytes(4) + b"\x36\0\0\0\x28\0\0\0" + sizes
    return (head + b"\x01\0" + bits.to_bytes(2, "little")).ljust(54, b"\0") + bytes(range(size))


@register
class DecodeImage(_Decode):
    """The images in a PNG, JPEG, GIF or BMP file."""

    channels: int = 0
    dtype: DType = _uint8
    expand_animations: bool = True

    def infer(self, contents: TensorSpec) -> TensorSpec:
        self._check_channels(contents)
        if self.dtype not in _DEPTHS | {_float32}:
            raise TypeError(f"dtype is uint8, uint16 or float32, not {self.dtype.name}")
        shape = None if self.expand_animations else (None, None, self.channels or None)
        return TensorSpec(TensorShape.of(shape), self.dtype)

    def kernel(self, contents: Array) -> Array:
        image = _read(self._decode, _bytes(contents))
        if self.dtype is not _float32:
            return image
        largest = np.iinfo(image.dtype).max
        return image.astype(np.float32) * np.float32(1 / largest)

    def _decode(self, contents: bytes) -> Array:
        kind = image_files.file_format(contents)
        depth = np.uint8 if self.dtype is _uint8 else np.uint16
        if kind == "BMP":
            image = image_files.decode_bmp(contents, self.channels)
        elif kind == "GIF":
            _check_gif_channels(self.channels)
            image = image_files.decode_gif(contents)
            image = image if self.expand_animations else image[0]
        else:
            if kind == "JPEG" and self.dtype is _float32:
                depth = np.uint8
            return _decoded(contents, self.channels, depth)
        return image if self.dtype is _float32 else _at_depth(image, depth)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        png = image_files.encode_png(coarse_image(3, 5, 4), -1)
        deep = image_files.encode_png(coarse_image(3, 5, 3) * np.uint16(255), -1)
        for contents in (png, deep, _MOVING_GIF, _bmp(2, 3, 24)):
            for dtype in (_uint8, _uint16, _float32):
                yield Sample.of(cls(0, dtype), np.asarray(contents, object))
        yield Sample.of(cls(3), np.asarray(png, object))
        yield Sample.of(cls(expand_animations=False), np.asarray(_MOVING_GIF, object))
        jpeg = np.asarray(image_files.encode_jpeg(smooth_image(16, 8, 3), 90), object)
        yield Sample.of(cls(1), jpeg, **_LOSSY)


@register
class ExtractJpegShape(Op):
    """Height, width and channels of the image in a JPEG file."""

    output_type: DType = _int32

    inputs = "contents: string"
    outputs = "image_shape"
    differentiable = False

    def infer(self, contents: TensorSpec) -> TensorSpec:
        check_rank("contents", contents, 0)
        if self.output_type not in INDEX:
            raise TypeError(f"output_type is int32 or int64, not {self.output_type.name}")
        return TensorSpec(TensorShape.of((3,)), self.output_type)

    def kernel(self, contents: Array) -> Array:
        header: Any = _read(image_files.jpeg_header, _bytes(contents))
        sizes = (header.height, header.width, header.components)
        return np.asarray(sizes, self.output_type.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype, channels in ((_int32, 1), (as_dtype("int64"), 3)):
            jpeg = image_files.encode_jpeg(smooth_image(5, 7, channels), 90)
            yield Sample.of(cls(dtype), np.asarray(jpeg, object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (_strings(b"a"),), "contents must be a scalar")
        yield ErrorSample(cls(), (np.asarray(b"", object),), "no JPEG file", when="run")


# -- functions -------------------------------------------------------------------------------------


def decode_png(
    contents: Any, channels: int = 0, dtype: Any = _uint8, name: str | None = None
) -> Tensor:
    """Decode the image in a PNG file.

    JPEG files, and GIF files with one image, are understood too.

    Args:
      contents: string scalar, the contents of the file.
      channels: 1 (grey), 3 (colours) or 4 (colours and opacity); 0 for those of the file.
      dtype: uint8 or uint16.
      name: the operation's name.

    Returns:
      [height, width, channels] of `dtype`.

    Raises:
      ValueError: `channels` is none of these.
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of an image.

    >>> import graphflow as tf
    >>> image = tf.constant([[[10, 200, 30], [255, 255, 255]]], tf.uint8)
    >>> tf.Session().run(tf.image.decode_png(tf.image.encode_png(image), channels=1))[..., 0]
    array([[123, 255]], dtype=uint8)
    """
    return apply(DecodePng(channels or 0, as_dtype(dtype)), contents, name=name)


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """Decode the image in a JPEG file.

    PNG files, and GIF files with one image, are understood too.  Pixels may differ by a few units
    from one version of the JPEG library to another.

    Args:
      contents: string scalar, the contents of the file.
      channels: 1 (grey) or 3 (colours); 0 for those of the file.
      ratio: by how much to make the image smaller: 1, 2, 4 or 8.
      fancy_upscaling: whether to interpolate colours; must be True.
      try_recover_truncated: whether to take a file that is cut off; what is missing becomes grey.
      acceptable_fraction: must be 1.
      dct_method: a hint without effect: `INTEGER_FAST`, `INTEGER_ACCURATE` or nothing.
      name: the operation's name.

    Returns:
      uint8 [height, width, channels].

    Raises:
      ValueError: `channels`, `ratio` or `dct_method` is none of these.
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of an image.

    >>> import graphflow as tf
    >>> image = tf.fill([16, 8, 1], tf.constant(77, tf.uint8))
    >>> tf.Session().run(tf.image.decode_jpeg(tf.image.encode_jpeg(image), ratio=8))[..., 0]
    array([[77],
           [77]], dtype=uint8)
    """
    op = DecodeJpeg(
        channels or 0,
        ratio,
        bool(fancy_upscaling),
        bool(try_recover_truncated),
        float(acceptable_fraction),
        dct_method,
    )
    return apply(op, contents, name=name)


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """Decode a part of the image in a JPEG file.

    Args:
      contents: string scalar, the contents of the file.
      crop_window: int32 [4]: top, left, height and width of the part.
      channels: 1 (grey) or 3 (colours); 0 for those of the file.
      ratio: by how much to make the image smaller before: 1, 2, 4 or 8.
      fancy_upscaling: whether to interpolate colours; must be True.
      try_recover_truncated: whether to take a file that is cut off; what is missing becomes grey.
      acceptable_fraction: must be 1.
      dct_method: a hint without effect: `INTEGER_FAST`, `INTEGER_ACCURATE` or nothing.
      name: the operation's name.

    Returns:
      uint8 [height, width, channels].

    Raises:
      ValueError: `channels`, `ratio` or `dct_method` is none of these.
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of a JPEG image, or the
        part is not inside of it.

    >>> import graphflow as tf
    >>> contents = tf.image.encode_jpeg(tf.fill([9, 8, 3], tf.constant(77, tf.uint8)))
    >>> tf.Session().run(tf.image.decode_and_crop_jpeg(contents, [1, 2, 3, 4])).shape
    (3, 4, 3)
    """
    op = DecodeAndCropJpeg(
        channels or 0,
        ratio,
        bool(fancy_upscaling),
        bool(try_recover_truncated),
        float(acceptable_fraction),
        dct_method,
    )
    return apply(op, contents, crop_window, name=name)


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """Decode all images in a GIF file, each drawn over the one before.

    Args:
      contents: string scalar, the contents of the file.
      name: the operation's name.

    Returns:
      uint8 [images, height, width, 3].

    Raises:
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of a GIF file.

    >>> import graphflow as tf
    >>> head = b"GIF89a" + bytes([2, 0, 1, 0, 128, 0, 0, 1, 2, 3, 50, 60, 70])
    >>> contents = head + b"," + bytes([0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, 68, 10, 0]) + b";"
    >>> tf.Session().run(tf.image.decode_gif(contents))
    array([[[[ 1,  2,  3],
             [50, 60, 70]]]], dtype=uint8)
    """
    return apply(DecodeGif(), contents, name=name)


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """Decode the image in an uncompressed BMP file of 8, 24 or 32 bits per pixel.

    Args:
      contents: string scalar, the contents of the file.
      channels: 1, 3 or 4 as in the file, or 0.  One channel holds the pixels as they are in the
        file, without its palette.
      name: the operation's name.

    Returns:
      uint8 [height, width, channels].

    Raises:
      ValueError: `channels` is none of these.
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of such a file.

    >>> import graphflow as tf
    >>> head = b"BM" + bytes(8) + bytes([32, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    >>> tf.Session().run(tf.image.decode_bmp(head + bytes([24, 0, 0, 0, 7, 8, 9, 0])))
    array([[[9, 8, 7]]], dtype=uint8)
    """
    return apply(DecodeBmp(channels or 0), contents, name=name)


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = _uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """Decode the image in a PNG, JPEG, GIF or BMP file, whichever it is.

    Args:
      contents: string scalar, the contents of the file.
      channels: 1 (grey), 3 (colours) or 4 (colours and opacity); None or 0 for those of the file.
      dtype: of the result; values are scaled as by `convert_image_dtype`.
      name: name scope of the operations.
      expand_animations: whether a GIF file gives all of its images; else the first.

    Returns:
      [height, width, channels] of `dtype`; [images, height, width, 3] for a GIF file.

    Raises:
      ValueError: `channels` is none of these.
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of an image.

    >>> import graphflow as tf
    >>> contents = tf.image.encode_png(tf.constant([[[51], [255]]], tf.uint8))
    >>> tf.Session().run(tf.image.decode_image(contents, dtype=tf.float32))[..., 0]
    array([[0.2, 1. ]], dtype=float32)
    """
    with name_scope(name, "decode_image", [contents]):
        target = as_dtype(dtype)
        native = target if target in _DEPTHS | {_float32} else _uint16
        image = apply(DecodeImage(channels or 0, native, bool(expand_animations)), contents)
        return image if native is target else ops.convert_image_dtype(image, target)


def extract_jpeg_shape(contents: Any, output_type: Any = _int32, name: str | None = None) -> Tensor:
    """Read the size of the image in a JPEG file, without decoding it.

    Args:
      contents: string scalar, the contents of the file.
      output_type: int32 or int64.
      name: the operation's name.

    Returns:
      [3] of `output_type`: height, width and channels.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) the contents are not those of a JPEG file.

    >>> import graphflow as tf
    >>> contents = tf.image.encode_jpeg(tf.zeros([2, 5, 3], tf.uint8))
    >>> tf.Session().run(tf.image.extract_jpeg_shape(contents))
    array([2, 5, 3], dtype=int32)
    """
    return apply(ExtractJpegShape(as_dtype(output_type)), contents, name=name)


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Tell whether the contents of a file begin as those of a JPEG file.

    Args:
      contents: string tensor.
      name: name scope of the operations.

    Returns:
      bool tensor of the same shape.

    >>> import graphflow as tf
    >>> bool(tf.Session().run(tf.image.is_jpeg(b"GIF89a")))
    False
    """
    with name_scope(name, "is_jpeg"):
        beginning = ops.substr(contents, 0, 3)
        return ops.equal(beginning, b"\xff\xd8\xff", name=name)
