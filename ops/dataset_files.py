"""Datasets of what is in files: lines and records."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import Dataset, Element, Environment, Items, UntypedDatasetOp
from graphflow.ops._static import check_rank, invalid
from graphflow.ops._text import item_of, items_of
from graphflow.ops.kernels.byte_streams import DEFAULT_BUFFER_SIZE, open_stream
from graphflow.ops.kernels.records import RecordReader

__all__ = ["FixedLengthRecordDatasetV2", "TFRecordDataset", "TextLineDataset"]

# Reads a file, given its name.
Reader = Callable[[str], Iterator[bytes]]


class _Files(Dataset):
    """The records of files, one file after another."""

    def __init__(self, names: Sequence[bytes], reader: Reader) -> None:
        self._names = [name.decode() for name in names]
        self._reader = reader

    def items(self, env: Environment) -> Items:
        return FileItems(self._names, self._reader)


class FileItems(Items):
    """A walk through the records of files; after an error it goes on with the next file.

    Args:
      names: of the files.
      reader: gives the records of one of them.
    """

    def __init__(self, names: Sequence[str], reader: Reader) -> None:
        self._names = deque(names)
        self._reader = reader
        self._records: Iterator[bytes] | None = None

    def next(self, token: Any) -> Element | None:
        while self._records is not None or self._names:
            if self._records is None:
                self._records = self._reader(self._names.popleft())
            try:
                record = next(self._records, None)
            except Exception:
                self._records = None
                raise
            if record is not None:
                return (record,)
            self._records = None
        return None


class _Reading(UntypedDatasetOp):
    """Base of the ops that read files."""

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        for arg, spec in zip(self.input_args(), inputs, strict=True):
            if arg.name != "filenames":
                check_rank(arg.name, spec, 0)
            elif spec.shape.rank not in (None, 0, 1):
                raise ValueError(f"filenames must be a scalar or a vector, not {spec.shape}")
        return super().infer()


def _buffer_size(value: Array) -> int:
    if value < 0:
        raise invalid(f"buffer_size must not be negative, it is {value}")
    return int(value) or DEFAULT_BUFFER_SIZE


# -- lines -----------------------------------------------------------------------------------------


def _lines(path: str, compression: str, buffer_size: int) -> Iterator[bytes]:
    """The lines of a file without their ends."""
    with open_stream(path, compression, buffer_size) as stream:
        for line in stream:
            text = line.rstrip(b"\n")
            yield text.replace(b"\r", b"") if b"\r" in text else text


@register
class TextLineDataset(_Reading):
    """The lines of text files."""

    inputs = "filenames: string, compression_type: string, buffer_size: int64"

    def kernel(self, filenames: Array, compression_type: Array, buffer_size: Array) -> Array:
        compression, size = item_of(compression_type).decode(), _buffer_size(buffer_size)
        return _Files(items_of(filenames), lambda path: _lines(path, compression, size)).as_array()


# -- records of one length -------------------------------------------------------------------------


class _Layout:
    """What a file of records of one length consists of, in bytes."""

    def __init__(self, header: int, record: int, footer: int) -> None:
        self.header = header
        self.record = record
        self.footer = footer

    def records(self, path: str, compression: str, buffer_size: int) -> Iterator[bytes]:
        """The records of a file."""
        with open_stream(path, compression, buffer_size) as stream:
            if not compression:
                self._check_size(path, stream)
            if len(stream.read(self.header)) < self.header:
                raise self._incomplete(path)
            rest = stream.read(self.footer)
            while piece := stream.read(self.record):
                rest += piece
                if len(piece) < self.record:
                    raise self._incomplete(path)
                yield rest[: self.record]
                rest = rest[self.record :]
            if len(rest) < self.footer:
                raise self._incomplete(path)

    def _check_size(self, path: str, stream: BinaryIO) -> None:
        """Refuse a file before its first record if its size does not fit."""
        body = stream.seek(0, 2) - self.header - self.footer
        stream.seek(0)
        if body < 0 or body % self.record:
            raise self._incomplete(path)

    def _incomplete(self, path: str) -> Exception:
        return invalid(
            f"{path}: without the header ({self.header} bytes) and the footer ({self.footer} "
            f"bytes) its size is not a multiple of that of a record ({self.record} bytes)"
        )


@register
class FixedLengthRecordDatasetV2(_Reading):
    """The records of one length in binary files."""

    inputs = (
        "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, "
        "buffer_size: int64, compression_type: string"
    )

    def kernel(
        self,
        filenames: Array,
        header_bytes: Array,
        record_bytes: Array,
        footer_bytes: Array,
        buffer_size: Array,
        compression_type: Array,
    ) -> Array:
        if record_bytes <= 0:
            raise invalid(f"record_bytes must be positive, it is {record_bytes}")
        for name, value in (("header_bytes", header_bytes), ("footer_bytes", footer_bytes)):
            if value < 0:
                raise invalid(f"{name} must not be negative, it is {value}")
        layout = _Layout(int(header_bytes), int(record_bytes), int(footer_bytes))
        compression, size = item_of(compression_type).decode(), _buffer_size(buffer_size)
        return _Files(
            items_of(filenames), lambda path: layout.records(path, compression, size)
        ).as_array()


# -- records with lengths --------------------------------------------------------------------------


def _records(path: str, compression: str, buffer_size: int) -> Iterator[bytes]:
    with RecordReader(path, compression, buffer_size) as reader:
        yield from reader


@register
class TFRecordDataset(_Reading):
    """The records of TensorFlow's record files."""

    inputs = "filenames: string, compression_type: string, buffer_size: int64"

    def kernel(self, filenames: Array, compression_type: Array, buffer_size: Array) -> Array:
        compression, size = item_of(compression_type).decode(), _buffer_size(buffer_size)
        return _Files(
            items_of(filenames), lambda path: _records(path, compression, size)
        ).as_array()
