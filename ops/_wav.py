"""Sound files in the WAV format: uncompressed samples of 16 bits.

Source: IBM and Microsoft, "Multimedia programming interface and data specifications 1.0", 1991.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from graphflow.core.op import Array
from graphflow.ops._static import invalid

_PCM = 1
_SCALE = 32768.0
_FORMAT = struct.Struct("<HHIIHH")  # kind, channels, rate, bytes a second, bytes a frame, bits
_CHUNK = struct.Struct("<4sI")


def encoded(audio: Array, sample_rate: int) -> bytes:
    """Make a file of samples from -1 to 1, float32 [samples, channels]; others are clipped."""
    scaled = np.nan_to_num(audio.astype(np.float64) * _SCALE, nan=0.0)
    away_from_zero = np.trunc(scaled + np.copysign(0.5, scaled))
    data = np.clip(away_from_zero, -_SCALE, _SCALE - 1).astype("<i2").tobytes()
    channels = audio.shape[1]
    width = 2 * channels
    header = _FORMAT.pack(_PCM, channels, sample_rate, sample_rate * width, width, 16)
    body = b"WAVE" + _chunk(b"fmt ", header) + _chunk(b"data", data)
    return _chunk(b"RIFF", body)


def _chunk(name: bytes, content: bytes) -> bytes:
    return _CHUNK.pack(name, len(content)) + content


def decoded(contents: bytes) -> tuple[Array, int]:
    """Read a file: float32 [samples, channels] from -1 to 1, and the samples a second."""
    if contents[:4] != b"RIFF" or contents[8:12] != b"WAVE":
        raise invalid("contents are no WAV file: they do not begin with RIFF and WAVE")
    channels = rate = None
    for name, content in _chunks(contents):
        if name == b"fmt ":
            channels, rate = _read_format(content)
        elif name == b"data":
            if channels is None or rate is None:
                raise invalid("the WAV file has data before their format")
            if len(content) % (2 * channels):
                raise invalid(f"the data of the WAV file are no samples of {channels} channels")
            samples = np.frombuffer(content, "<i2").reshape(-1, channels)
            return (samples / np.float32(_SCALE)).astype(np.float32), rate
    raise invalid("the WAV file has no data")


def _chunks(contents: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the named parts of a file."""
    position = 12
    while position + _CHUNK.size <= len(contents):
        name, size = _CHUNK.unpack_from(contents, position)
        position += _CHUNK.size
        content = contents[position : position + size]
        if len(content) < size:
            raise invalid(f"the WAV file is cut off: {len(content)} of {size} bytes of {name!r}")
        yield name, content
        position += size
        # A zero follows parts of odd length, except in files of careless programs.
        if size % 2 and contents[position : position + 1] == b"\0":
            position += 1


def _read_format(content: bytes) -> tuple[int, int]:
    """Return the number of channels and the samples a second."""
    if len(content) < _FORMAT.size:
        raise invalid("the format of the WAV file is cut off")
    kind, channels, rate, bytes_a_second, width, bits = _FORMAT.unpack_from(content)
    if kind != _PCM:
        raise invalid(f"the WAV file is compressed: its format is {kind}, not {_PCM} (PCM)")
    if bits != 16:
        raise invalid(f"the samples of the WAV file have {bits} bits, not 16")
    if not channels or width != 2 * channels or bytes_a_second != width * rate:
        raise invalid(
            f"the format of the WAV file contradicts itself: {channels} channels of 16 bits, "
            f"{width} bytes for each time, {rate} times and {bytes_a_second} bytes a second"
        )
    return channels, rate
