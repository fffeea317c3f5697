"""Expressions of `tf.image` about files, see expressions.py."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from graphflow.ops.kernels.image_files import encode_jpeg, encode_png


def _saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """A file that Pillow writes."""
    image = Image.fromarray((np.arange(90) * 37 % 256).astype(np.uint8).reshape(6, 5, 3))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def _interlaced_png() -> bytes:
    """A PNG file in seven passes of 1 to 4 rows of one byte of grey, 8 by 8 pixels, unfiltered."""
    import struct
    import zlib

    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    rows = [pixels[r::dr, c::dc] for r, c, dr, dc in [*passes, (1, 0, 2, 1)]]
    data = b"".join(b"\0" + row.tobytes() for part in rows for row in part)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1)),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


_RGB = (np.arange(45) * 71 % 256).astype(np.uint8).reshape(3, 5, 3)
_PNGS = {
    "colours": encode_png(_RGB, -1),
    "16 bits": encode_png(_RGB * np.uint16(251), 9),
    "grey": _saved("PNG", "L"),
    "black and white": _saved("PNG", "1"),
    "palette": _saved("PNG", "P"),
    "two bits": _saved("PNG", "P", bits=2),
    "clear palette": _saved("PNG", "P", transparency=3),
    "clear colour": _saved("PNG", "RGB", transparency=(0, 37, 74)),
    "clear grey": _saved("PNG", "L", transparency=47),
    "interlaced": _interlaced_png(),
}
_JPEG = encode_jpeg(np.tile(_RGB // 4 + 90, (6, 4, 1)), 80)
_CMYK = _saved("JPEG", "CMYK", quality=95)


def _repeated(**arguments: Any) -> str:
    """What an image is after encoding as JPEG and decoding."""
    options = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return f"tf.image.decode_jpeg(tf.image.encode_jpeg(pixels(16, 9, 3) // 8 + 90{options}))"


IMAGE_FILES = [
    *[
        f"tf.image.decode_png({contents!r}, channels={channels}, dtype={dtype})"
        for name, contents in _PNGS.items()
        for channels in (0, 1, 3, 4)
        for dtype in ("tf.uint8", "tf.uint16")
        # TensorFlow makes these almost transparent where alpha is asked for.
        if channels != 4 or name not in ("black and white", "two bits")
    ],
    *[
        f"tf.image.decode_image({contents!r}, dtype={dtype})"
        for contents in (_PNGS["16 bits"], _PNGS["grey"], _saved("GIF"), _saved("BMP"))
        for dtype in ("tf.uint8", "tf.uint16", "tf.float32", "tf.int32", "tf.float64")
    ],
    f"tf.image.decode_image({_PNGS['grey']!r}, channels=2)",
    f"tf.image.decode_image({_saved('GIF')!r}, channels=1)",
    f"tf.image.decode_image({_saved('GIF')!r}, expand_animations=False)",
    "tf.image.decode_image(b'no image')",
    "tf.image.decode_image(tf.placeholder('string'), 3).shape.rank",
    "tf.image.decode_png(tf.placeholder('string'), 3).shape.as_list()",
    "tf.image.decode_jpeg(tf.placeholder('string')).shape.as_list()",
    "tf.image.decode_gif(tf.placeholder('string')).shape.as_list()",
    "tf.image.decode_and_crop_jpeg(tf.placeholder('string'), [1, 2, 3, 4], 1).shape.as_list()",
    f"tf.image.decode_gif({_saved('GIF')!r})",
    f"tf.image.decode_gif({_saved('GIF', 'L')!r})",
    f"tf.image.decode_bmp({_saved('BMP')!r})",
    f"tf.image.decode_bmp({_saved('BMP')!r}, channels=1)",
    f"tf.image.is_jpeg([{_JPEG!r}, b'GIF89a', b'', {_PNGS['grey']!r}])",
    f"tf.image.extract_jpeg_shape({_JPEG!r}, output_type=tf.int64)",
    f"tf.image.extract_jpeg_shape({_CMYK!r})",
    "tf.image.extract_jpeg_shape(b'GIF89a')",
    "tf.image.decode_png(tf.image.encode_png(pixels(3, 4, 2)))",
    "tf.image.decode_png(tf.image.encode_png(tf.constant(pixels(3, 4, 3), 'uint16')), 0, 'uint16')",
    f"tf.image.decode_jpeg({_PNGS['colours'][:-30]!r})",
]
# The same, up to the rounding of different libraries for JPEG.
JPEG_FILES = [
    *[f"tf.image.decode_jpeg({_JPEG!r}, channels={n}, ratio={r})" for n in (0, 1) for r in (1, 2)],
    f"tf.image.decode_jpeg({_CMYK!r})",
    f"tf.image.decode_jpeg({_CMYK!r}, channels=3)",
    f"tf.image.decode_jpeg({_saved('JPEG', 'RGB', keep_rgb=True)!r})",
    f"tf.image.decode_jpeg({_JPEG[:-2]!r}, try_recover_truncated=True)",
    f"tf.image.decode_and_crop_jpeg({_JPEG!r}, [3, 2, 10, 15])",
    f"tf.image.decode_image({_JPEG!r})",
    f"tf.image.decode_image({_JPEG!r}, dtype=tf.float32) * 255",
    _repeated(),
    _repeated(quality=30, progressive=True),
    _repeated(quality=0),
    _repeated(quality=100, chroma_downsampling=False),
    _repeated(optimize_size=True),
    "tf.image.adjust_jpeg_quality(pixels(16, 9, 3) // 8 + 90, 40)",
    "tf.image.adjust_jpeg_quality(floats(16, 9, 1), 40) * 255",
    "tf.image.random_jpeg_quality(pixels(16, 9, 3) // 8 + 90, 20, 90, seed=3)",
    "tf.image.random_jpeg_quality(pixels(16, 9, 3), 90, 20)",
    "tf.image.random_jpeg_quality(pixels(16, 9, 3), -1, 20)",
]
