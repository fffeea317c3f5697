"""Streams of the bytes of a file, compressed with gzip or zlib or not at all."""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

from graphflow.core.errors import DataLossError, InvalidArgumentError
from graphflow.ops._file_system import file_error

DEFAULT_BUFFER_SIZE = 256 * 1024
_GZIP_BITS = 16  # added to the size of the window, they ask zlib for gzip's header
_KINDS = {"": None, "ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS + _GZIP_BITS}
_MAGIC = {"GZIP": [b"\x1f\x8b"], "ZLIB": [b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"]}


def window_bits_of(compression_type: str) -> int | None:
    """The size of the window, with gzip's mark, that stands for a kind of compression.

    Args:
      compression_type: "", "GZIP" or "ZLIB".

    Returns:
      What zlib calls `wbits`, None for no compression.

    Raises:
      InvalidArgumentError: there is no such kind.

    >>> window_bits_of("GZIP"), window_bits_of("")
    (31, None)
    """
    if compression_type not in _KINDS:
        raise InvalidArgumentError(
            None, None, f'compression_type is {compression_type!r}, not "", "GZIP" or "ZLIB"'
        )
    return _KINDS[compression_type]


def compression_hint(start: bytes, compression_type: str) -> str:
    r"""A remark on a file whose first bytes look compressed in another way than it is read.

    Args:
      start: the first bytes.
      compression_type: how it is read.

    Returns:
      A clause for the end of an error message, "" if there is nothing to say.

    >>> compression_hint(b"\x1f\x8b...", "")
    "; it begins like a file compressed with 'GZIP'"
    """
    found = next((kind for kind, magic in _MAGIC.items() if start[:2] in magic), "")
    if found in ("", compression_type):
        return ""
    return f"; it begins like a file compressed with {found!r}"


class _QuietFile(io.FileIO):
    """A file that is closed without a warning once nobody holds it any more."""

    def __del__(self) -> None:
        self.close()


class _QuietStream(io.BufferedReader):
    """A stream that is closed without a warning once nobody holds it any more."""

    def __del__(self) -> None:
        self.close()


class _QuietWriter(io.BufferedWriter):
    """The same for writing: what was written is in the file then."""

    def __del__(self) -> None:
        self.close()


class _Inflated(io.RawIOBase):
    """The bytes that a compressed file stands for.

    A file that ends in the middle gives what is there: one that is still written can be read.

    Args:
      file: the file.
      path: its name, for errors.
      compression_type: "GZIP" or "ZLIB".
      chunk: how many bytes to read at a time.
    """

    def __init__(self, file: io.FileIO, path: str, compression_type: str, chunk: int) -> None:
        self._file = file
        self._path = path
        self._kind = compression_type
        self._chunk = chunk
        self._compressed = b""
        self._inflater: Any = self._new_inflater()
        self._is_first = True

    def _new_inflater(self) -> Any:
        return zlib.decompressobj(window_bits_of(self._kind) or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        while True:
            self._compressed = self._compressed or self._file.read(self._chunk)
            is_end = not self._compressed  # zlib may still hold some bytes back
            data = self._inflate(len(view))
            if data or is_end:
                view[: len(data)] = data
                return len(data)

    def _inflate(self, size: int) -> bytes:
        if self._inflater.eof and not self._next_member():
            self._compressed = b""
            return b""
        start = self._compressed[:2] if self._is_first else b""
        self._is_first = False
        try:
            data: bytes = self._inflater.decompress(self._compressed, size)
        except zlib.error as error:
            hint = compression_hint(start, self._kind)
            what = f"is not compressed with {self._kind!r}" if start else "has corrupt data"
            raise DataLossError(None, None, f"{self._path} {what}: {error}{hint}") from error
        self._compressed = self._inflater.unused_data or self._inflater.unconsumed_tail
        return data

    def _next_member(self) -> bool:
        """Go on to the next one of the gzip files that were joined; zlib knows no such thing."""
        if self._kind != "GZIP" or not self._compressed:
            return False
        self._inflater = self._new_inflater()
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def open_stream(
    path: str, compression_type: str = "", buffer_size: int = DEFAULT_BUFFER_SIZE
) -> BinaryIO:
    """Open a file to read the bytes that it stands for, piece by piece.

    Args:
      path: the file's name.
      compression_type: "", "GZIP" or "ZLIB".
      buffer_size: how many bytes to read ahead.

    Returns:
      A stream with `read`, `readline` and `close`, also a context manager.

    Raises:
      OpError: the file cannot be opened, of the class that says why.
      DataLossError: (while reading) the file is not compressed in that way, or corrupt.

    >>> import gzip, tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(gzip.compress(b"one") + gzip.compress(b"two"))
    ...     file.flush()
    ...     with open_stream(file.name, "GZIP") as stream:
    ...         stream.read(4)
    b'onet'
    """
    is_plain = window_bits_of(compression_type) is None
    try:
        file = _QuietFile(path, "rb")
    except OSError as error:
        raise file_error(error, path) from error
    size = max(buffer_size, 1)
    raw = file if is_plain else _Inflated(file, path, compression_type, size)
    return _QuietStream(raw, size)


def open_writer(path: str, append: bool = False) -> io.BufferedWriter:
    """Open a file to write bytes; it may be left to itself and is closed then.

    Args:
      path: the file's name.
      append: whether to keep what is in the file.

    Returns:
      A buffered stream.

    Raises:
      OpError: the file cannot be written, of the class that says why.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "notes")
    >>> for word in [b"one", b"two"]:
    ...     with open_writer(str(path), append=True) as stream:
    ...         size = stream.write(word)
    >>> path.read_text()
    'onetwo'
    """
    try:
        return _QuietWriter(_QuietFile(path, "ab" if append else "wb"), DEFAULT_BUFFER_SIZE)
    except OSError as error:
        raise file_error(error, path) from error
