"""Files of images: what is damaged is refused in one way only, what is written can be read."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from PIL import Image

import graphflow as tf
from graphflow.core.errors import InvalidArgumentError
from graphflow.ops import image_decoding
from graphflow.ops.kernels import image_files

SMOOTH = image_decoding.smooth_image(40, 33, 3)
FILES = {
    "png": image_files.encode_png(SMOOTH, -1),
    "deep png": image_files.encode_png(SMOOTH[:9] * np.uint16(250), -1),
    "jpeg": image_files.encode_jpeg(SMOOTH, 90),
    "progressive jpeg": image_files.encode_jpeg(SMOOTH, 60, progressive=True),
    "gif": image_decoding._MOVING_GIF,
    "bmp": image_decoding._bmp(5, 4, 24),
}
OPS = [
    image_decoding.DecodePng(4),
    image_decoding.DecodeJpeg(3, 2, try_recover_truncated=True),
    image_decoding.DecodeGif(),
    image_decoding.DecodeBmp(),
    image_decoding.DecodeImage(),
    image_decoding.ExtractJpegShape(),
]


def damaged(contents: bytes, random: np.random.RandomState) -> bytes:
    """The contents cut off somewhere, or with some bytes changed."""
    if random.uniform() < 0.3:
        return contents[: random.randint(len(contents))]
    array = np.frombuffer(contents, np.uint8).copy()
    count = random.choice([1, 2, 8])
    array[random.randint(len(array), size=count)] = random.choice([0, 255, 77], size=count)
    return array.tobytes()


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_raise_one_class_of_errors(name: str):
    random = np.random.RandomState(len(name))
    for _ in range(40):
        contents = np.asarray(damaged(FILES[name], random), object)
        for op in OPS:
            try:
                op.kernel(contents)
            except InvalidArgumentError as error:
                assert "no image" in str(error)  # noqa: PT017


@pytest.mark.parametrize("name", ["png", "deep png"])
def test_every_cut_of_a_png_is_noticed(name: str):
    for length in range(0, len(FILES[name]), 7):
        with pytest.raises(image_files.BadImageError):
            image_files.decode_png(FILES[name][:length], 0, np.uint8)


def test_a_header_alone_does_not_make_a_large_image():
    header = bytearray(FILES["png"])
    header[16:24] = b"\0\0\xff\xff" * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    with pytest.raises(image_files.BadImageError, match="too small"):
        image_files.decode_png(bytes(header), 0, np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_keeps_every_pixel(dtype: type, channels: int):
    image = np.random.RandomState(channels).randint(np.iinfo(dtype).max + 1, size=(7, 5, channels))
    image = image.astype(dtype)
    for compression in (-1, 0, 9):
        contents = image_files.encode_png(image, compression)
        decoded = image_files.decode_png(contents, 0, dtype)
        np.testing.assert_array_equal(decoded, image)


def test_pillow_reads_what_is_written(tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(FILES["png"])
    np.testing.assert_array_equal(np.asarray(Image.open(path)), SMOOTH)
    path = tmp_path / "image.jpg"
    metadata = {"density_unit": "cm", "x_density": 30, "y_density": 40}
    with tf.Session() as session:
        path.write_bytes(session.run(tf.image.encode_jpeg(SMOOTH, xmp_metadata="<x/>", **metadata)))
    image = Image.open(path)
    assert image.info["jfif_density"] == (30, 40)
    assert image.info["jfif_unit"] == 2
    assert image.info["xmp"] == b"<x/>"
    assert np.abs(np.asarray(image).astype(int) - SMOOTH).max() < 8


def test_frames_of_a_gif_lie_on_one_another():
    first, second = image_files.decode_gif(image_decoding._MOVING_GIF)
    changed = (first != second).any(-1)
    np.testing.assert_array_equal(changed, [[False, False, False], [False, True, True]])
    assert second[1, 1].tolist() == [40, 50, 60]


def test_arguments_that_are_not_supported_say_so():
    with pytest.raises(NotImplementedError, match="fancy_upscaling"):
        tf.image.decode_jpeg("", fancy_upscaling=False)
    with pytest.raises(NotImplementedError, match="acceptable_fraction"):
        tf.image.decode_jpeg("", acceptable_fraction=0.5)


def test_old_programs_pass_arguments_by_position():
    contents = tf.image.encode_jpeg(SMOOTH, "rgb", 90)
    with tf.Session() as session:
        assert session.run(tf.image.decode_jpeg(contents, 1, 4)).shape == (10, 9, 1)
        assert session.run(tf.image.decode_image(contents, 3, tf.float32)).max() <= 1
        assert session.run(tf.io.is_jpeg(contents))
