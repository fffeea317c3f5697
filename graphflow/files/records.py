"""Record files without a graph: `tf.python_io`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, ClassVar

from graphflow.core import compat
from graphflow.files.names import path_of
from graphflow.ops.kernels.records import Deflation, RecordReader, RecordWriter


class TFRecordCompressionType:
    """The kinds of compression, for `TFRecordOptions`."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a record file is compressed.

    Args:
      compression_type: "GZIP", "ZLIB", "" or None; a constant of `TFRecordCompressionType`; or
        other options, of which the kind is taken.
      flush_mode: how much of the data a `flush` brings out, as zlib's constants name it.
      input_buffer_size: how many bytes to collect before they are compressed: only the speed
        could depend on it, it is not used.
      output_buffer_size: how many compressed bytes to collect: as above.
      window_bits: the logarithm of the size of zlib's window, 16 more for gzip's header.
      compression_level: 0 to 9 for fast to small.
      compression_method: 8, the only one of zlib.
      mem_level: 1 to 9 for little to much memory.
      compression_strategy: one of zlib's strategies.

    Raises:
      ValueError: there is no such kind of compression.

    >>> import graphflow as tf
    >>> options = tf.python_io.TFRecordOptions("GZIP", compression_level=9)
    >>> tf.python_io.TFRecordOptions.get_compression_type_string(options)
    'GZIP'
    """

    compression_type_map: ClassVar[dict[int, str]] = {
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """Return the name of a kind of compression.

        Args:
          options: all that the constructor takes as `compression_type`.

        Returns:
          "GZIP", "ZLIB" or "".

        Raises:
          ValueError: there is no such kind.
        """
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        names = cls.compression_type_map
        if options in names:
            return names[options]
        if options in names.values():
            return str(options)
        raise ValueError(f'compression_type must be "GZIP", "ZLIB" or "", it is {options!r}')

    def _deflation(self) -> Deflation | None:
        """How zlib is to compress."""
        usual = Deflation.of(self.get_compression_type_string(self))
        given = {
            "flush_mode": self.flush_mode,
            "window_bits": self.window_bits,
            "level": self.compression_level,
            "method": self.compression_method,
            "mem_level": self.mem_level,
            "strategy": self.compression_strategy,
        }
        known = {name: value for name, value in given.items() if value is not None}
        return usual and replace(usual, **known)


class TFRecordWriter:
    """Writes records to a new file.

    It is a context manager that closes the file.

    Args:
      path: the file's name; what it held before is lost.
      options: `TFRecordOptions`, or what those take as `compression_type`.

    Raises:
      ValueError: there is no such kind of compression, or zlib does not take the settings.
      OpError: the file cannot be written, of the class that says why.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = str(pathlib.Path(tempfile.mkdtemp(), "words"))
    >>> with tf.python_io.TFRecordWriter(path, "GZIP") as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"three")
    >>> list(tf.python_io.tf_record_iterator(path, "GZIP"))
    [b'one', b'three']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(options)
        self._writer = RecordWriter(path_of(path), options._deflation())

    def write(self, record: Any) -> None:
        """Append a record.

        Args:
          record: bytes, or text that is written as UTF-8.

        Raises:
          FailedPreconditionError: the writer is closed.
          OpError: the file cannot be written.
        """
        self._writer.write(compat.as_bytes(record))

    def flush(self) -> None:
        """Hand all records to the operating system, so that others can read them.

        Raises:
          FailedPreconditionError: the writer is closed.
          OpError: the file cannot be written.
        """
        self._writer.flush()

    def close(self) -> None:
        """Complete and close the file; a second time does nothing.

        Raises:
          OpError: the file cannot be written.
        """
        self._writer.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """Read the records of a file, one after the other.

    Args:
      path: the file's name.
      options: `TFRecordOptions`, or what those take as `compression_type`.

    Yields:
      The records.

    Raises:
      ValueError: there is no such kind of compression.
      OpError: the file cannot be opened, of the class that says why.
      DataLossError: a record is truncated or corrupt.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "words")
    >>> with tf.python_io.TFRecordWriter(path) as writer:
    ...     writer.write("three")
    >>> for record in tf.python_io.tf_record_iterator(path):
    ...     print(record)
    b'three'
    """
    kind = TFRecordOptions.get_compression_type_string(options)
    with RecordReader(path_of(path), kind) as reader:
        yield from reader
