"""Sorted tables of keys and values in a file, the format of LevelDB.

A table is a sequence of blocks.  The entries of a block are sorted; each tells how many bytes of
its key are those of the key before, and every 16th gives its key in full.  An index block leads
from the last key of each block to the block, and the footer to the index.
(https://github.com/google/leveldb/blob/main/doc/table_format.md)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from graphflow.ops.kernels.crc32c import crc32c, masked

_MAGIC = 0xDB4775248B80FB57
_FOOTER_SIZE = 48
_TRAILER_SIZE = 5
_BLOCK_SIZE = 1 << 18
_FULL_KEYS = 16
_NOT_COMPRESSED, _SNAPPY = 0, 1


class DamagedTable(ValueError):
    """The bytes are no table, or have been changed."""


def varint(number: int) -> bytes:
    r"""Return a number in the encoding of protobuf: 7 bits in each byte, the lowest first.

    >>> varint(300)
    b'\xac\x02'
    """
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def read_varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    r"""Return a number, and the position after it.

    Args:
      data: holds the number.
      at: where it begins.

    Raises:
      DamagedTable: it does not end.

    >>> read_varint(b"\xac\x02", 0)
    (300, 2)
    """
    number = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    raise DamagedTable("a number does not end")


def write_table(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the content of a table.

    Args:
      entries: keys and values, sorted by key.

    >>> list(read_table(write_table([(b"a", b"1"), (b"ab", b"2")])))
    [(b'a', b'1'), (b'ab', b'2')]
    """
    file = bytearray()
    index: list[tuple[bytes, bytes]] = []
    block: list[tuple[bytes, bytes]] = []
    size = 0
    for key, value in entries:
        block.append((key, value))
        size += len(key) + len(value)
        if size >= _BLOCK_SIZE:
            index.append((key, _append(file, _block(block, _FULL_KEYS))))
            block, size = [], 0
    if block:
        index.append((block[-1][0], _append(file, _block(block, _FULL_KEYS))))
    meta = _append(file, _block([], _FULL_KEYS))
    handles = meta + _append(file, _block(index, 1))
    footer = handles.ljust(_FOOTER_SIZE - 8, b"\0") + struct.pack("<Q", _MAGIC)
    return bytes(file) + footer


def _block(entries: list[tuple[bytes, bytes]], full_keys: int) -> bytes:
    data = bytearray()
    restarts = [0]
    before = b""
    for number, (key, value) in enumerate(entries):
        shared = 0
        if number % full_keys:
            while shared < min(len(before), len(key)) and before[shared] == key[shared]:
                shared += 1
        elif number:
            restarts.append(len(data))
        data += varint(shared) + varint(len(key) - shared) + varint(len(value))
        data += key[shared:] + value
        before = key
    return bytes(data) + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def _append(file: bytearray, block: bytes) -> bytes:
    """Append a block with its checksum; return its handle: offset and size."""
    handle = varint(len(file)) + varint(len(block))
    kind = bytes([_NOT_COMPRESSED])
    file += block + kind + struct.pack("<I", masked(crc32c(block + kind)))
    return handle


def read_table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a table.

    Args:
      data: the content of the file.

    Raises:
      DamagedTable: it is no table, or a checksum does not fit.
      NotImplementedError: the blocks are compressed.
    """
    if len(data) < _FOOTER_SIZE or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise DamagedTable("the file does not end as a table does")
    at = len(data) - _FOOTER_SIZE
    for _ in range(2):  # past the handle of the block of metadata
        _, at = read_varint(data, at)
    for _, handle in _entries(_read_block(data, at)):
        yield from _entries(_read_block_of(data, handle))


def _read_block(data: bytes, at: int) -> bytes:
    return _read_block_of(data, data[at : at + 20])


def _read_block_of(data: bytes, handle: bytes) -> bytes:
    offset, at = read_varint(handle, 0)
    size, _ = read_varint(handle, at)
    end = offset + size
    trailer = data[end : end + _TRAILER_SIZE]
    if len(trailer) < _TRAILER_SIZE:
        raise DamagedTable("a block is beyond the end of the file")
    if masked(crc32c(data[offset : end + 1])) != struct.unpack("<I", trailer[1:])[0]:
        raise DamagedTable(f"the checksum of the block at {offset} does not fit")
    if trailer[0] == _SNAPPY:
        raise NotImplementedError("tables compressed with Snappy are not read")
    if trailer[0] != _NOT_COMPRESSED:
        raise DamagedTable(f"the block at {offset} is of the unknown kind {trailer[0]}")
    return data[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    at, key = 0, b""
    while at < end:
        shared, at = read_varint(block, at)
        more, at = read_varint(block, at)
        size, at = read_varint(block, at)
        key = key[:shared] + block[at : at + more]
        at += more
        yield key, block[at : at + size]
        at += size
