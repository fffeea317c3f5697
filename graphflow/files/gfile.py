"""One file: `tf.gfile.GFile`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO

from graphflow.core import compat
from graphflow.core.deprecation import warn_once
from graphflow.core.errors import InvalidArgumentError, OutOfRangeError, PermissionDeniedError
from graphflow.files.names import errors_about, path_of
from graphflow.ops.kernels.byte_streams import open_stream, open_writer

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class GFile:
    r"""A file, opened when it is first read or written.

    Text is UTF-8; whatever the mode, sizes and positions count bytes.  Reading and writing have a
    position each, what is written can be read after a `flush`.

    Args:
      name: the file's name.
      mode: "r" to read, "w" to write a new file, "a" to append, with "+" to do both ("r+" also
        writes a new file); with "b" contents are bytes, else text.

    Raises:
      InvalidArgumentError: there is no such mode.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = str(pathlib.Path(tempfile.mkdtemp(), "poem.txt"))
    >>> with tf.gfile.GFile(path, "w") as file:
    ...     file.write("roses\nviolets\n")
    >>> with tf.gfile.GFile(path) as file:
    ...     file.readline(), file.tell(), file.read(3), list(file)
    ('roses\n', 6, 'vio', ['lets\n'])
    """

    _reader: BinaryIO | None = None
    _writer: io.BufferedWriter | None = None

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._name = name
        self._path = path_of(name)
        self._mode = mode
        self._is_binary = "b" in mode
        self._access = mode.replace("b", "")
        if self._access not in _MODES:
            raise InvalidArgumentError(
                None, None, f"{self._path}: mode is {mode!r}, not one of {_MODES}, maybe with 'b'"
            )

    @property
    def name(self) -> Any:
        """The name that was given."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode that was given."""
        return self._mode

    def size(self) -> int:
        """The size of the file in bytes, without what was written but not flushed.

        Raises:
          NotFoundError: there is no such file.
        """
        with errors_about(self._path):
            return os.stat(self._path).st_size

    # -- reading -----------------------------------------------------------------------------------

    def read(self, n: int = -1) -> Any:
        """Read the next bytes, or all that are left.

        Args:
          n: how many bytes, -1 for all.

        Returns:
          str, or bytes in binary mode.

        Raises:
          NotFoundError: there is no such file.
          PermissionDeniedError: the mode does not allow it.
          InvalidArgumentError: `n` is negative.
          UnicodeDecodeError: the bytes are no text.
        """
        if n < -1:
            raise InvalidArgumentError(None, None, f"{self._path}: cannot read {n} bytes")
        with errors_about(self._path):
            return self._prepared(self._opened_reader().read(n))

    def readline(self) -> Any:
        """Read the next line with its end, without carriage returns; empty at the file's end.

        Raises:
          OpError: as `read`.
        """
        with errors_about(self._path):
            line = self._opened_reader().readline()
        return self._prepared(line.replace(b"\r", b""))

    def readlines(self) -> list[Any]:
        """Read all lines that are left.

        Raises:
          OpError: as `read`.
        """
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def next(self) -> Any:
        """Return the next line, as iteration does.

        Raises:
          StopIteration: there is none.
        """
        return next(self)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Go to another place for the next reading.

        Args:
          offset: by how many bytes.
          whence: 0 from the beginning, 1 from the present place, 2 from the end.
          position: an old name of `offset`.

        Raises:
          TypeError: both or none of `offset` and `position` are given.
          InvalidArgumentError: there is no such `whence`, or the place is before the beginning.
          OutOfRangeError: the place is behind the end.
          PermissionDeniedError: the file is not open for reading.
        """
        reader = self._opened_reader()
        if offset is None and position is None:
            raise TypeError("seek() needs the argument 'offset'")
        if offset is not None and position is not None:
            raise TypeError("seek() takes 'offset' or its old name 'position', not both")
        if position is not None:
            warn_once("the argument 'position' of seek is deprecated: use 'offset'")
        place = self._place(whence, reader) + int(position if offset is None else offset)  # type: ignore[arg-type]
        if place < 0:
            raise InvalidArgumentError(None, None, f"{self._path}: cannot seek to byte {place}")
        if place > self.size():
            raise OutOfRangeError(
                None, None, f"{self._path}: byte {place} is behind the end, at {self.size()}"
            )
        reader.seek(place)

    def _place(self, whence: int, reader: BinaryIO) -> int:
        """The place from which a seek counts."""
        if whence not in (0, 1, 2):
            raise InvalidArgumentError(None, None, f"whence must be 0, 1 or 2, it is {whence}")
        return (0, reader.tell(), self.size())[whence]

    def seekable(self) -> bool:
        """Whether `seek` is possible: it always is."""
        return True

    def tell(self) -> int:
        """The position of reading, or that of writing if the mode allows nothing else.

        Raises:
          OpError: the file cannot be opened.
        """
        if self._access in ("w", "a"):
            return self._opened_writer().tell()
        return self._opened_reader().tell()

    # -- writing -----------------------------------------------------------------------------------

    def write(self, file_content: Any) -> None:
        """Write text or bytes, at the end of what was written.

        Args:
          file_content: str or bytes.

        Raises:
          PermissionDeniedError: the mode or the operating system does not allow it.
          OpError: it is not possible for another reason, of the class that says why.
          TypeError: `file_content` is neither text nor bytes.
        """
        data = compat.as_bytes(file_content)
        writer = self._opened_writer()
        with errors_about(self._path):
            writer.write(data)

    def flush(self) -> None:
        """Hand what was written to the operating system, so that others can read it.

        Raises:
          OpError: it cannot be written.
        """
        if self._writer is not None:
            with errors_about(self._path):
                self._writer.flush()

    def close(self) -> None:
        """Flush and close the file; a later use opens it again.

        Raises:
          OpError: what was written cannot be flushed.
        """
        reader, self._reader = self._reader, None
        writer, self._writer = self._writer, None
        if reader is not None:
            reader.close()
        if writer is not None:
            with errors_about(self._path):
                writer.close()

    def __enter__(self) -> GFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()  # before the stream's own turn: in a cycle its file could be closed first

    # -- within ------------------------------------------------------------------------------------

    def _opened_reader(self) -> BinaryIO:
        if self._reader is None:
            if self._access in ("w", "a"):
                raise self._refused("reading")
            self._reader = open_stream(self._path)
        return self._reader

    def _opened_writer(self) -> io.BufferedWriter:
        if self._writer is None:
            if self._access == "r":
                raise self._refused("writing")
            self._writer = open_writer(self._path, append=self._access.startswith("a"))
        return self._writer

    def _refused(self, what: str) -> PermissionDeniedError:
        return PermissionDeniedError(
            None, None, f"{self._path}: the file is not open for {what}, its mode is {self._mode!r}"
        )

    def _prepared(self, data: bytes) -> Any:
        return data if self._is_binary else data.decode()


class FastGFile(GFile):
    """The old name of `GFile`.

    Args:
      name: as for `GFile`.
      mode: as for `GFile`.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        warn_once("tf.gfile.FastGFile is an old name: use tf.gfile.GFile")
        super().__init__(name, mode)
