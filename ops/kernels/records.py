"""Record files, as TensorFlow writes them: byte strings with their lengths and checksums.

A record is: its length in 8 bytes, the masked CRC-32C of those in 4, the data, and the masked
CRC-32C of the data in 4.  All numbers are little-endian.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from graphflow.core.errors import DataLossError, FailedPreconditionError, InvalidArgumentError
from graphflow.core.op import Array
from graphflow.ops._file_system import file_error
from graphflow.ops.kernels.byte_streams import (
    DEFAULT_BUFFER_SIZE,
    compression_hint,
    open_stream,
    open_writer,
    window_bits_of,
)
from graphflow.ops.kernels.crc32c import crc32c, crc32c_of_spans, masked

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_HEADER_SIZE = _LENGTH.size + _CHECKSUM.size
_FRAME_SIZE = _HEADER_SIZE + _CHECKSUM.size
_PIECE = 16 * 1024 * 1024  # a length from a file is not trusted with more memory at once


def framed(record: bytes) -> bytes:
    """A record as it stands in a file.

    >>> framed(b"abc").hex(" ", 4)
    '030000 00000000 00b09949 0e616263 6e57f121'
    """
    length = _LENGTH.pack(len(record))
    ends = np.array([_LENGTH.size, _LENGTH.size + len(record)])
    checksums = crc32c_of_spans(length + record, np.array([0, _LENGTH.size]), ends)
    of_length, of_record = masked(checksums).tolist()
    return b"".join([length, _CHECKSUM.pack(of_length), record, _CHECKSUM.pack(of_record)])


class RecordReader:
    """Reads the records of a file in order, never more of it than a block ahead.

    Args:
      path: the file's name.
      compression_type: "", "GZIP" or "ZLIB".
      buffer_size: how many bytes to read at a time.

    Raises:
      OpError: the file cannot be opened, of the class that says why.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(framed(b"one") + framed(b"three"))
    ...     file.flush()
    ...     with RecordReader(file.name) as reader:
    ...         (reader.read(), reader.offset), list(reader), reader.read()
    ((b'one', 19), [b'three'], None)
    """

    def __init__(
        self, path: str, compression_type: str = "", buffer_size: int = DEFAULT_BUFFER_SIZE
    ) -> None:
        self._path = path
        self._kind = compression_type
        self._block = max(buffer_size, _FRAME_SIZE)
        self._stream = open_stream(path, compression_type, buffer_size)
        self._verified: deque[bytes] = deque()
        self._rest = b""  # the bytes after the verified records
        self.offset = 0
        """Where the next record begins, in bytes without compression."""

    def read(self) -> bytes | None:
        """Return the next record, None at the end.

        Raises:
          DataLossError: the record is truncated or corrupt.
        """
        if not self._verified:
            self._read_block()
        if not self._verified:
            return None
        record = self._verified.popleft()
        self.offset += len(record) + _FRAME_SIZE
        return record

    def __iter__(self) -> Iterator[bytes]:
        while (record := self.read()) is not None:
            yield record

    def _read_block(self) -> None:
        """Verify the records that the next block completes; at the end, find none."""
        self._rest += self._read_bytes(self._block)
        begins = _begins(self._rest)
        if not begins and self._rest:
            self._read_longer_record()
            begins = [0]
        if not begins:
            return
        data = self._rest
        ends = [*begins[1:], _end(data, begins[-1])]
        count = _count_intact(data, np.array(begins, np.int64), np.array(ends, np.int64))
        if not count:
            raise self._corrupt(data[: ends[0]])
        for begin, end in zip(begins[:count], ends[:count], strict=True):
            self._verified.append(data[begin + _HEADER_SIZE : end - _CHECKSUM.size])
        self._rest = data[ends[count - 1] :]

    def _read_longer_record(self) -> None:
        """Complete a record that is longer than a block, of which the beginning was read."""
        size = len(self._rest)
        if size < _HEADER_SIZE:
            raise self._truncated(_HEADER_SIZE, size, "header")
        if not _is_length_intact(self._rest):
            raise self._corrupt(self._rest)
        missing = _end(self._rest, 0) - size
        pieces = [self._rest]
        while missing > 0 and (piece := self._read_bytes(min(missing, _PIECE))):
            pieces.append(piece)
            missing -= len(piece)
        self._rest = b"".join(pieces)
        if missing > 0:
            raise self._truncated(len(self._rest) + missing, len(self._rest), "record")

    def _read_bytes(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise file_error(error, self._path) from error

    def _truncated(self, expected: int, found: int, what: str) -> DataLossError:
        return DataLossError(
            None, None,
            f"{self._path}: truncated record at offset {self.offset}: its {what} takes {expected} "
            f"bytes, the file has only {found} more",
        )  # fmt: skip

    def _corrupt(self, data: bytes) -> DataLossError:
        what, begin, end = "length", 0, _LENGTH.size
        if _is_length_intact(data):
            what, begin, end = "data", _HEADER_SIZE, len(data) - _CHECKSUM.size
        (expected,) = _CHECKSUM.unpack_from(data, end)
        found = masked(crc32c(data[begin:end]))
        hint = compression_hint(data[:2], self._kind) if not self.offset else ""
        return DataLossError(
            None, None,
            f"{self._path}: corrupted record at offset {self.offset}: the checksum of its {what} "
            f"is {found:#010x}, the file says {expected:#010x}{hint}",
        )  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _end(data: bytes, begin: int) -> int:
    """Where a record ends that begins at `begin`."""
    length: int = _LENGTH.unpack_from(data, begin)[0]
    return begin + length + _FRAME_SIZE


def _begins(data: bytes) -> list[int]:
    """Where the records begin that seem to be complete in a buffer that begins with one."""
    begins = []
    begin = 0
    while len(data) - begin >= _FRAME_SIZE:
        end = _end(data, begin)
        if end > len(data):
            break
        begins.append(begin)
        begin = end
    return begins


def _is_length_intact(data: bytes) -> bool:
    (expected,) = _CHECKSUM.unpack_from(data, _LENGTH.size)
    return bool(masked(crc32c(data[: _LENGTH.size])) == expected)


def _count_intact(data: bytes, begins: Array, ends: Array) -> int:
    """How many records precede the first corrupt one."""
    if not len(begins):
        return 0
    parts_begin = np.stack([begins, begins + _HEADER_SIZE], axis=1).ravel()
    parts_end = np.stack([begins + _LENGTH.size, ends - _CHECKSUM.size], axis=1).ravel()
    found = masked(crc32c_of_spans(data, parts_begin, parts_end))
    places = parts_end[:, None] + np.arange(_CHECKSUM.size)
    expected = np.frombuffer(data, np.uint8)[places].view("<u4").ravel()
    wrong = np.flatnonzero(found != expected)
    return int(wrong[0]) // 2 if len(wrong) else len(begins)


@dataclass(frozen=True)
class Deflation:
    """How records are compressed, as the library zlib names it.

    Attributes:
      window_bits: the size of the window; 16 more for gzip's header, negative for no header.
      level: 0 to 9 for fast to small, -1 for zlib's choice.
      method: 8, the only one there is.
      mem_level: 1 to 9 for little to much memory.
      strategy: what kind of data it is made for.
      flush_mode: how much of what was written a flush brings out.
    """

    window_bits: int
    level: int = zlib.Z_DEFAULT_COMPRESSION
    method: int = zlib.DEFLATED
    mem_level: int = 9
    strategy: int = zlib.Z_DEFAULT_STRATEGY
    flush_mode: int = zlib.Z_PARTIAL_FLUSH

    @classmethod
    def of(cls, compression_type: str) -> Deflation | None:
        """Return the usual one of a kind of compression, None for ""."""
        bits = window_bits_of(compression_type)
        return None if bits is None else cls(bits)

    def new_compressor(self) -> Any:
        """Start a compressed stream.

        Raises:
          InvalidArgumentError: zlib does not take the settings.
        """
        try:
            return zlib.compressobj(
                self.level, self.method, self.window_bits, self.mem_level, self.strategy
            )
        except (ValueError, OverflowError) as error:
            raise InvalidArgumentError(None, None, f"{self}: {error}") from error


class RecordWriter:
    """Writes records to a new file, which is complete once the writer is closed or forgotten.

    Args:
      path: the file's name; what it held before is lost.
      deflation: how to compress, None for not at all.

    Raises:
      OpError: the file cannot be written, of the class that says why.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "numbers")
    >>> writer = RecordWriter(str(path), Deflation.of("ZLIB"))
    >>> writer.write(b"seven")
    >>> writer.close()
    >>> list(RecordReader(str(path), "ZLIB"))
    [b'seven']
    """

    _file: io.BufferedWriter | None = None

    def __init__(self, path: str, deflation: Deflation | None = None) -> None:
        self._path = path
        self._flush_mode = deflation.flush_mode if deflation else zlib.Z_NO_FLUSH
        self._compressor = deflation.new_compressor() if deflation else None
        self._file = open_writer(path)

    def write(self, record: bytes) -> None:
        """Append a record.

        Raises:
          FailedPreconditionError: the writer is closed.
          OpError: the file cannot be written.
        """
        file = self._open_file()
        data = framed(record)
        self._put(file, self._compressor.compress(data) if self._compressor else data)

    def flush(self) -> None:
        """Hand all records to the operating system, so that others can read them.

        Raises:
          FailedPreconditionError: the writer is closed.
          OpError: the file cannot be written.
        """
        file = self._open_file()
        rest = self._compressor.flush(self._flush_mode) if self._compressor else b""
        self._put(file, rest, and_flush=True)

    def close(self) -> None:
        """Flush and close the file; a second time does nothing.

        Raises:
          OpError: the file cannot be written.
        """
        file, self._file = self._file, None
        if file is None or file.closed:
            return
        rest = self._compressor.flush(zlib.Z_FINISH) if self._compressor else b""
        try:
            self._put(file, rest, and_flush=True)
        finally:
            file.close()

    def __del__(self) -> None:
        self.close()

    def _open_file(self) -> io.BufferedWriter:
        if self._file is None:
            raise FailedPreconditionError(None, None, f"{self._path}: the writer is closed")
        return self._file

    def _put(self, file: io.BufferedWriter, data: bytes, and_flush: bool = False) -> None:
        try:
            file.write(data)
            if and_flush:
                file.flush()
        except OSError as error:
            raise file_error(error, self._path) from error
