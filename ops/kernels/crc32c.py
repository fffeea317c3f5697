"""CRC-32C, the checksum of TensorFlow's record files and checkpoints, and how they mask it.

After the definition of the Castagnoli polynomial in RFC 3720.  Eight tables advance the checksum
by eight bytes at a time: table k holds what a byte becomes after k further bytes of zeros.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from graphflow.core.jit import is_enabled
from graphflow.core.op import Array
from graphflow.ops.kernels.compiled import compiled

_POLYNOMIAL = 0x82F63B78  # bits reversed
_MASK_DELTA = 0xA282EAD8
_ALL_ONES = 0xFFFFFFFF


@cache
def _tables() -> Array:
    """The tables, uint32 [8, 256]."""
    tables = np.zeros((8, 256), np.uint32)
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        tables[0, byte] = value
    for k in range(1, 8):
        before = tables[k - 1]
        tables[k] = before >> np.uint32(8) ^ tables[0, before & np.uint32(255)]
    return tables


@compiled
def _advance(data: Array, begins: Array, ends: Array, tables: Array, checksums: Array) -> None:
    """Advance the checksum of each span by its bytes."""
    low = np.uint32(255)
    one, two, three = np.uint32(8), np.uint32(16), np.uint32(24)
    for span in range(len(begins)):
        crc = checksums[span] ^ np.uint32(0xFFFFFFFF)
        position, end = begins[span], ends[span]
        while end - position >= 8:
            crc = (
                tables[7, (crc ^ data[position]) & low]
                ^ tables[6, ((crc >> one) ^ data[position + 1]) & low]
                ^ tables[5, ((crc >> two) ^ data[position + 2]) & low]
                ^ tables[4, (crc >> three) ^ data[position + 3]]
                ^ tables[3, data[position + 4]]
                ^ tables[2, data[position + 5]]
                ^ tables[1, data[position + 6]]
                ^ tables[0, data[position + 7]]
            )
            position += 8
        while position < end:
            crc = tables[0, (crc ^ data[position]) & low] ^ (crc >> one)
            position += 1
        checksums[span] = crc ^ np.uint32(0xFFFFFFFF)


@cache
def _table() -> list[int]:
    table: list[int] = _tables()[0].tolist()
    return table


def _advanced_slowly(data: Any, crc: int) -> int:
    """The same for one span without numba: a loop over Python's own numbers."""
    table = _table()
    crc ^= _ALL_ONES
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ _ALL_ONES


def crc32c(data: bytes | bytearray | memoryview, value: int = 0) -> int:
    """The checksum of bytes.

    Args:
      data: the bytes.
      value: the checksum of the bytes before them.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    >>> crc32c(b"6789", crc32c(b"12345")) == crc32c(b"123456789")
    True
    """
    view = memoryview(data).cast("B")
    if not is_enabled():
        return _advanced_slowly(view, value)
    checksums = np.array([value], np.uint32)
    array = np.frombuffer(view, np.uint8)
    _advance(array, np.array([0]), np.array([len(array)]), _tables(), checksums)
    return int(checksums[0])


def crc32c_of_spans(data: bytes, begins: Array, ends: Array) -> Array:
    """The checksums of several parts of one buffer.

    Args:
      data: the buffer.
      begins: int64 [n], where each part begins.
      ends: int64 [n], where it ends.

    Returns:
      uint32 [n].

    >>> found = crc32c_of_spans(b"12345678", np.array([0, 6]), np.array([3, 8]))
    >>> found.tolist() == [crc32c(b"123"), crc32c(b"78")]
    True
    """
    checksums = np.zeros(len(begins), np.uint32)
    if is_enabled():
        _advance(np.frombuffer(data, np.uint8), begins, ends, _tables(), checksums)
        return checksums
    view = memoryview(data)
    spans = zip(begins.tolist(), ends.tolist(), strict=True)
    checksums[:] = [_advanced_slowly(view[begin:end], 0) for begin, end in spans]
    return checksums


def masked(checksum: Any) -> Any:
    """The form in which files hold a checksum, so that checksums of checksums stay meaningful.

    Args:
      checksum: an int, or an array of dtype uint32.

    >>> hex(masked(crc32c(b"123456789")))
    '0xc78ab0e5'
    """
    if isinstance(checksum, np.ndarray):
        return (checksum >> np.uint32(15) | checksum << np.uint32(17)) + np.uint32(_MASK_DELTA)
    return (checksum >> 15 | checksum << 17) + _MASK_DELTA & _ALL_ONES
