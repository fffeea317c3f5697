"""Images in files: PNG, JPEG, GIF and BMP read into arrays, PNG and JPEG written.

Pillow's decoders unpack the compressed data; the files' structure is read here, strictly, and no
more of it than an image needs.  Whatever is wrong with a file raises `BadImageError`.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.ops.kernels.arrays import Array

MAX_SIZE = 1 << 29  # numbers in one image, as in TensorFlow
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_MAGICS = {b"\xff\xd8\xff": "JPEG", _PNG_MAGIC: "PNG", b"GIF8": "GIF", b"BM": "BMP"}
_DEFLATE_RATIO = 1032  # no deflated data grows more


class BadImageError(ValueError):
    """The contents are not those of an image file."""


def file_format(contents: bytes) -> str:
    """Tell the format of a file: JPEG, PNG, GIF or BMP.

    Args:
      contents: of the file.

    Raises:
      BadImageError: it is none of these.

    >>> file_format(b"GIF89a")
    'GIF'
    """
    for magic, name in _MAGICS.items():
        if contents.startswith(magic):
            return name
    raise BadImageError(f"no JPEG, PNG, GIF or BMP file: it begins with {contents[:8]!r}")


def _unpacked(mode: str, size: tuple[int, int], data: bytes, decoder: str, *args: Any) -> Array:
    """Have one of Pillow's decoders unpack compressed pixels.

    Args:
      mode: of the image in Pillow.
      size: width and height.
      data: compressed pixels.
      decoder: its name in Pillow.
      *args: what the decoder needs.

    Returns:
      uint8 [height, width, channels].
    """
    from PIL import Image

    width, height = size
    if width <= 0 or height <= 0:
        raise BadImageError(f"an image of {height} x {width} pixels")
    if width * height * len(mode) > MAX_SIZE:
        raise BadImageError(f"an image of {height} x {width} pixels is too large")
    try:
        image = Image.frombytes(mode, size, data, decoder, *args)
    except (ValueError, OSError, MemoryError, OverflowError, SystemError) as error:
        raise BadImageError(f"the pixels cannot be unpacked: {error}") from error
    return np.asarray(image).reshape(height, width, -1)


# -- PNG -------------------------------------------------------------------------------------------

_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_SAMPLES = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGBA: 4}
_DEPTHS = {
    _GRAY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GRAY_ALPHA: (8, 16),
    _RGBA: (8, 16),
}
_MODES = {_GRAY: "L", _RGB: "RGB", _PALETTE: "P", _GRAY_ALPHA: "LA", _RGBA: "RGBA"}


@dataclass(frozen=True)
class _Png:
    """What a PNG file says of its image.

    Attributes:
      width: of the image.
      height: of the image.
      depth: bits of a sample.
      kind: the colour type.
      is_interlaced: whether the pixels come in seven passes.
      palette: uint8 [colours, 3], of an image with a palette.
      transparency: bytes: the alpha of each palette entry, or the one colour that is transparent.
      pixels: deflated.
    """

    width: int
    height: int
    depth: int
    kind: int
    is_interlaced: bool
    palette: Array
    transparency: bytes
    pixels: bytes


def _png_chunks(contents: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and data of each chunk up to the end of the image."""
    position = len(_PNG_MAGIC)
    while True:
        header = contents[position : position + 8]
        if len(header) < 8:
            raise BadImageError("the PNG file is cut off")
        length, name = struct.unpack(">I4s", header)
        data = contents[position + 8 : position + 8 + length]
        checksum = contents[position + 8 + length : position + 12 + length]
        if len(checksum) < 4:
            raise BadImageError("the PNG file is cut off")
        is_critical = not name[0] & 32
        is_sound = zlib.crc32(name + data) == int.from_bytes(checksum, "big")
        if is_critical and not is_sound:
            raise BadImageError(f"the PNG chunk {name!r} has a wrong checksum")
        if name == b"IEND":
            return
        if is_sound:
            yield name, data
        position += 12 + length


def _read_png(contents: bytes) -> _Png:
    parts: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    for name, data in _png_chunks(contents):
        if not parts and name != b"IHDR":
            raise BadImageError("a PNG file begins with IHDR")
        if name == b"IDAT":
            pixels.append(data)
        elif name in (b"IHDR", b"PLTE", b"tRNS"):
            parts.setdefault(name, data)
        elif not name[0] & 32:
            raise BadImageError(f"the PNG chunk {name!r} is unknown")
    if len(parts.get(b"IHDR", b"")) != 13:
        raise BadImageError("the PNG file has no header")
    width, height, depth, kind, method, filters, interlace = struct.unpack(
        ">IIBBBBB", parts[b"IHDR"]
    )
    if depth not in _DEPTHS.get(kind, ()) or method or filters or interlace > 1:
        raise BadImageError(f"no PNG file has depth {depth} and colour type {kind}")
    palette = parts.get(b"PLTE", b"")
    if kind == _PALETTE and (not palette or len(palette) % 3):
        raise BadImageError("the PNG file has no palette")
    data = b"".join(pixels)
    if height * ((width * _SAMPLES[kind] * depth + 7) // 8) > len(data) * _DEFLATE_RATIO:
        raise BadImageError(f"the PNG file is too small for {height} x {width} pixels")
    return _Png(
        width,
        height,
        depth,
        kind,
        bool(interlace),
        np.frombuffer(palette[: len(palette) // 3 * 3], np.uint8).reshape(-1, 3),
        parts.get(b"tRNS", b""),
        data,
    )


def _png_samples(png: _Png) -> Array:
    """The samples as they are in the file: uint8 or uint16 [height, width, samples]."""

    def unpack(mode: str, raw: str) -> Array:
        size = (png.width, png.height)
        return _unpacked(mode, size, png.pixels, "zip", raw, int(png.is_interlaced))

    if png.depth < 8:
        return unpack("P", f"P;{png.depth}")
    mode = _MODES[png.kind]
    if png.depth == 8:
        return unpack(mode, mode)
    if png.kind in (_GRAY, _GRAY_ALPHA):  # two bytes of a sample look like two samples
        double = "LA" if png.kind == _GRAY else "RGBA"
        halves = unpack(double, double)
        high, low = halves[..., 0::2], halves[..., 1::2]
    else:  # Pillow keeps one byte of each sample: the first, or the second if told they are swapped
        high, low = unpack(mode, f"{mode};16B"), unpack(mode, f"{mode};16L")
    samples: Array = high.astype(np.uint16) << 8 | low
    return samples


def _png_colors(png: _Png) -> tuple[Array, Array | None]:
    """Colours as 8 or 16 bits, [height, width, 1 or 3], and their alpha, None if there is none."""
    samples = _png_samples(png)
    if png.kind == _PALETTE:
        if int(samples.max()) >= len(png.palette):
            raise BadImageError(f"colour {samples.max()} of a palette of {len(png.palette)}")
        indices = samples[..., 0]
        if not png.transparency:
            return png.palette[indices], None
        table = np.full(256, 255, np.uint8)
        given = np.frombuffer(png.transparency, np.uint8)[:256]
        table[: len(given)] = given
        return png.palette[indices], table[indices][..., None]
    if png.kind in (_GRAY_ALPHA, _RGBA):
        return samples[..., :-1], samples[..., -1:]
    alpha = None
    if len(png.transparency) == 2 * samples.shape[-1]:
        clear = np.frombuffer(png.transparency, ">u2")
        alpha = ~(samples == clear).all(-1, keepdims=True) * np.iinfo(samples.dtype).max
        alpha = alpha.astype(samples.dtype)
    if png.depth < 8:
        samples = samples * np.uint8(255 // ((1 << png.depth) - 1))
    return samples, alpha


def _gray(colors: Array) -> Array:
    """The luma of colours as libpng computes it, in fixed point."""
    red, green, blue = np.moveaxis(colors.astype(np.int64), -1, 0)
    half = 16384 if colors.dtype == np.uint16 else 0
    luma = (9797 * red + 19234 * green + 3737 * blue + half) >> 15
    is_gray = (red == green) & (red == blue)
    gray: Array = np.where(is_gray, red, luma).astype(colors.dtype)
    return gray[..., None]


def decode_png(contents: bytes, channels: int, dtype: Any) -> Array:
    """Read the image in a PNG file.

    Args:
      contents: of the file.
      channels: 1 (grey), 2 (grey and alpha), 3 (colours) or 4 (colours and alpha); 0 for those of
        the file.
      dtype: uint8 or uint16.

    Returns:
      [height, width, channels].

    Raises:
      BadImageError: it is no PNG file, or a damaged one.

    >>> image = np.asarray([[[1, 2, 300], [7, 65535, 0]]], np.uint16)
    >>> decode_png(encode_png(image, -1), 0, np.uint16).tolist()
    [[[1, 2, 300], [7, 65535, 0]]]
    """
    png = _read_png(contents)
    colors, alpha = _png_colors(png)
    if channels == 0:
        has_alpha = alpha is not None and png.kind in (_PALETTE, _GRAY_ALPHA, _RGBA)
        channels = colors.shape[-1] + has_alpha
    if channels < 3 and colors.shape[-1] == 3:
        colors = _gray(colors)
    if channels >= 3 and colors.shape[-1] == 1:
        colors = np.repeat(colors, 3, axis=-1)
    if channels % 2 == 0:
        opaque = np.iinfo(colors.dtype).max
        alpha = np.full_like(colors[..., :1], opaque) if alpha is None else alpha
        colors = np.concatenate([colors, alpha], -1)
    return _with_depth(colors, dtype)


def _with_depth(image: Array, dtype: Any) -> Array:
    """An image of 8 or 16 bits with the wanted number of bits; 255 becomes 65535."""
    if image.dtype == dtype:
        return np.ascontiguousarray(image)
    if dtype == np.uint8:
        return (image >> 8).astype(np.uint8)
    return np.multiply(image, 257, dtype=np.uint16)


def encode_png(image: Array, compression: int) -> bytes:
    r"""Return the contents of a PNG file.

    Args:
      image: uint8 or uint16 [height, width, 1 to 4 channels].
      compression: 0 (none) to 9 (best), -1 for a compromise.

    >>> encode_png(np.zeros((2, 3, 1), np.uint8), -1)[:4]
    b'\x89PNG'
    """
    height, width, channels = image.shape
    depth = 8 * image.dtype.itemsize
    kind = (_GRAY, _GRAY_ALPHA, _RGB, _RGBA)[channels - 1]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    samples = np.ascontiguousarray(image, image.dtype.newbyteorder(">"))
    rows = samples.view(np.uint8).reshape(height, -1)
    pixels = zlib.compress(_filtered(rows, channels * image.dtype.itemsize).tobytes(), compression)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _PNG_MAGIC + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _filtered(rows: Array, pixel: int) -> Array:
    """Each row behind the number of its filter: the one that leaves the smallest differences.

    Args:
      rows: uint8 [height, bytes of a row].
      pixel: bytes of a pixel.
    """
    padded = np.pad(rows, ((1, 0), (pixel, 0)))
    left, above, corner = padded[1:, :-pixel], padded[:-1, pixel:], padded[:-1, :-pixel]
    mean = ((left.astype(np.uint16) + above) // 2).astype(np.uint8)
    guesses = (np.zeros_like(rows), left, above, mean, _paeth(left, above, corner))
    candidates = np.stack([rows - guess for guess in guesses])
    cost = abs(candidates.view(np.int8).astype(np.int16)).sum(-1)
    best = cost.argmin(0)
    chosen = np.take_along_axis(candidates, best[None, :, None], 0)[0]
    return np.concatenate([best.astype(np.uint8)[:, None], chosen], 1)


def _paeth(left: Array, above: Array, corner: Array) -> Array:
    """A. W. Paeth's predictor: which of the three is nearest to left + above - corner."""
    a, b, c = (array.astype(np.int16) for array in (left, above, corner))
    to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    chosen = np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, c))
    return chosen.astype(np.uint8)


# -- JPEG ------------------------------------------------------------------------------------------

_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END_OF_IMAGE = b"\xff\xd9"


@dataclass(frozen=True)
class JpegHeader:
    """What a JPEG file says of its image.

    Attributes:
      width: of the image.
      height: of the image.
      components: number of colours.
      is_adobe: whether an Adobe program wrote it, with CMYK inverted.
    """

    width: int
    height: int
    components: int
    is_adobe: bool


def jpeg_header(contents: bytes) -> JpegHeader:
    """Read the header of a JPEG file.

    Args:
      contents: of the file.

    Raises:
      BadImageError: it is no JPEG file, or a damaged one.

    >>> image = np.zeros((2, 5, 3), np.uint8)
    >>> jpeg_header(encode_jpeg(image, 90)).width
    5
    """
    if not contents.startswith(b"\xff\xd8\xff"):
        raise BadImageError("no JPEG file")
    position, is_adobe = 2, False
    while True:
        position = contents.find(b"\xff", position)
        while position >= 0 and contents[position + 1 : position + 2] == b"\xff":  # padding
            position += 1
        segment = contents[position + 2 : position + 4]
        if position < 0 or len(segment) < 2:
            raise BadImageError("the JPEG file has no header, or is cut off")
        marker, length = contents[position + 1], int.from_bytes(segment, "big")
        body = contents[position + 4 : position + 2 + length]
        if marker in _STARTS_OF_FRAME:
            if len(body) < 6:
                raise BadImageError("the JPEG file is cut off")
            height, width, components = struct.unpack(">HHB", body[1:6])
            return JpegHeader(width, height, components, is_adobe)
        is_adobe = is_adobe or (marker == 0xEE and body.startswith(b"Adobe"))
        has_length = marker != 0x01 and not 0xD0 <= marker <= 0xD9
        position += 2 + (max(length, 2) if has_length else 0)


def decode_jpeg(
    contents: bytes, channels: int = 0, ratio: int = 1, try_recover_truncated: bool = False
) -> Array:
    """Read the image in a JPEG file.

    Args:
      contents: of the file.
      channels: 1 (grey) or 3 (colours), 0 for those of the file.
      ratio: by how much to make the image smaller: 1, 2, 4 or 8.
      try_recover_truncated: whether to take a file that is cut off; the rest becomes grey.

    Returns:
      uint8 [height, width, channels].

    Raises:
      BadImageError: it is no JPEG file, or a damaged one.

    >>> image = np.full((8, 8, 1), 77, np.uint8)
    >>> decode_jpeg(encode_jpeg(image, 90)).max()
    np.uint8(77)
    """
    header = jpeg_header(contents)
    if channels not in (0, 1, 3):
        raise BadImageError(f"channels of a JPEG image are 0, 1 or 3, not {channels}")
    size = (-(-header.width // ratio), -(-header.height // ratio))
    if try_recover_truncated:
        contents += _END_OF_IMAGE
    if header.components == 4:
        inks = _unpacked("CMYK", size, contents, "jpeg", "CMYK", "", ratio, 0).astype(np.int32)
        light = inks if header.is_adobe else 255 - inks
        colors = (light[..., :3] * light[..., 3:] // 255).astype(np.uint8)
        return _gray(colors) if channels == 1 else colors
    mode = "L" if (channels or header.components) == 1 else "RGB"
    return _unpacked(mode, size, contents, "jpeg", mode, "", ratio, 0)


def encode_jpeg(
    image: Array,
    quality: int,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density: tuple[str, int, int] = ("in", 300, 300),
    xmp_metadata: bytes = b"",
) -> bytes:
    r"""Return the contents of a JPEG file.

    Args:
      image: uint8 [height, width, 1 or 3 channels].
      quality: 0 to 100.
      progressive: whether coarse versions of the image come first.
      optimize_size: whether to spend time on a smaller file.
      chroma_downsampling: whether to halve the resolution of colours.
      density: the unit, `in` or `cm`, and how many pixels there are in it, across and down.
      xmp_metadata: further data about the image.

    >>> encode_jpeg(np.zeros((2, 3, 1), np.uint8), 95)[:3]
    b'\xff\xd8\xff'
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(
        buffer,
        "JPEG",
        quality=quality,
        progressive=progressive,
        optimize=optimize_size,
        subsampling="4:2:0" if chroma_downsampling else "4:4:4",
    )
    # The file begins with SOI and a JFIF segment of 18 bytes, in which the density stands at 11.
    contents = buffer.getvalue()
    unit, across, down = density
    jfif = contents[2:13] + struct.pack(">BHH", 1 if unit == "in" else 2, across, down)
    metadata = b""
    if xmp_metadata:
        body = b"http://ns.adobe.com/xap/1.0/\0" + xmp_metadata
        metadata = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return contents[:2] + jfif + contents[18:20] + metadata + contents[20:]


# -- GIF -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Frame:
    """One image of a GIF file.

    Attributes:
      left: where it is on the canvas.
      top: where it is on the canvas.
      indices: uint8 [height, width], of colours.
      palette: uint8 [colours, 3].
      transparent: the index of what stays as it was, or None.
    """

    left: int
    top: int
    indices: Array
    palette: Array
    transparent: int | None


def decode_gif(contents: bytes) -> Array:
    """Read all images of a GIF file.

    Each is drawn over the one before.  As in TensorFlow, the largest image gives the size of all,
    not the canvas that the file declares.

    Args:
      contents: of the file.

    Returns:
      uint8 [images, height, width, 3].

    Raises:
      BadImageError: it is no GIF file, or a damaged one.
    """
    frames = list(_GifReader(contents).frames())
    if not frames:
        raise BadImageError("the GIF file has no images")
    height, width = np.max([frame.indices.shape for frame in frames], axis=0).tolist()
    if width * height * 3 * len(frames) > MAX_SIZE:
        raise BadImageError(f"a GIF of {len(frames)} x {height} x {width} pixels is too large")
    canvas = np.zeros((height, width, 3), np.uint8)
    result = np.empty((len(frames), height, width, 3), np.uint8)
    for number, frame in enumerate(frames):
        _draw(frame, canvas)
        result[number] = canvas
    return result


def _draw(frame: _Frame, canvas: Array) -> None:
    """Draw what of a frame lies on the canvas."""
    place = canvas[frame.top :, frame.left :]
    indices = frame.indices[: place.shape[0], : place.shape[1]]
    place = place[: indices.shape[0], : indices.shape[1]]
    is_drawn = indices != (-1 if frame.transparent is None else frame.transparent)
    if int(indices.max(where=is_drawn, initial=0)) >= len(frame.palette):
        raise BadImageError(f"a GIF with a palette of {len(frame.palette)} uses more colours")
    safe = np.minimum(indices, len(frame.palette) - 1)
    np.copyto(place, frame.palette[safe], where=is_drawn[..., None])


class _GifReader:
    """Walks through the blocks of a GIF file."""

    def __init__(self, contents: bytes) -> None:
        self._contents = contents
        self._position = 6
        if contents[:6] not in (b"GIF87a", b"GIF89a"):
            raise BadImageError("no GIF file")
        flags = self._take(7)[4]
        self._palette = self._read_palette(flags)

    def frames(self) -> Iterator[_Frame]:
        transparent = None
        while True:
            kind = self._take(1)
            if kind == b";":
                return
            if kind == b"!":
                label = self._take(1)
                data = self._read_blocks()
                if label == b"\xf9" and len(data) >= 5:
                    transparent = data[4] if data[1] & 1 else None
            elif kind == b",":
                yield self._read_frame(transparent)
                transparent = None
            else:
                raise BadImageError(f"a GIF file has no block {kind!r}")

    def _take(self, count: int) -> bytes:
        data = self._contents[self._position : self._position + count]
        if len(data) < count:
            raise BadImageError("the GIF file is cut off")
        self._position += count
        return data

    def _read_palette(self, flags: int) -> Array:
        count = 2 << (flags & 7) if flags & 0x80 else 0
        return np.frombuffer(self._take(3 * count), np.uint8).reshape(-1, 3)

    def _read_blocks(self) -> bytes:
        """All data blocks up to an empty one, with their lengths in front."""
        start = self._position
        while size := self._take(1)[0]:
            self._take(size)
        return self._contents[start : self._position]

    def _read_frame(self, transparent: int | None) -> _Frame:
        left, top, width, height, flags = struct.unpack("<HHHHB", self._take(9))
        palette = self._read_palette(flags)
        palette = palette if len(palette) else self._palette
        if not len(palette):
            raise BadImageError("an image of the GIF file has no palette")
        bits = self._take(1)[0]
        if not 1 <= bits <= 11:
            raise BadImageError(f"a GIF file does not start with codes of {bits} bits")
        data = self._read_blocks()
        interlace = int(bool(flags & 0x40))
        indices = _unpacked("P", (width, height), data, "gif", bits, interlace)[..., 0]
        return _Frame(left, top, indices, palette, transparent)


# -- BMP -------------------------------------------------------------------------------------------


def decode_bmp(contents: bytes, channels: int) -> Array:
    """Read the image in an uncompressed BMP file.

    Args:
      contents: of the file.
      channels: 1, 3 or 4 as in the file, 0 for those of the file.

    Returns:
      uint8 [height, width, channels]; one channel holds the pixels as they are, without a palette.

    Raises:
      BadImageError: it is no such file, is damaged, or has other channels.
    """
    if len(contents) < 32:
        raise BadImageError(f"a BMP file has 32 bytes or more, not {len(contents)}")
    start = int.from_bytes(contents[10:14], "little", signed=True)
    width, height = struct.unpack("<ii", contents[18:26])
    bits = int.from_bytes(contents[28:30], "little", signed=True)
    if channels and channels != bits // 8:
        raise BadImageError(f"channels are {channels}, but the BMP file has {bits} bits per pixel")
    channels = bits // 8
    if channels not in (1, 3, 4):
        raise BadImageError(f"the channels of a BMP file are 1, 3 or 4, not {channels}")
    if width <= 0 or height == 0 or start < 0:
        raise BadImageError(f"a BMP file of {height} x {width} pixels from byte {start} on")
    rows, row_size = abs(height), (channels * width + 3) // 4 * 4
    wanted = (rows - 1) * row_size + channels * width  # the last row needs no padding
    pixels = contents[start : start + rows * row_size]
    if len(pixels) < wanted:
        raise BadImageError(f"the BMP file is cut off: {wanted} bytes of pixels, not {len(pixels)}")
    padded = np.frombuffer(pixels.ljust(rows * row_size, b"\0"), np.uint8).reshape(rows, row_size)
    image = padded[:, : channels * width].reshape(rows, width, channels)
    if height > 0:
        image = image[::-1]
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    return np.ascontiguousarray(image[..., order])
