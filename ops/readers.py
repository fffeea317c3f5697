"""Ops on readers: making one, reading records of files whose names are in a queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from graphflow.core.dtypes import int64 as _int64, resource as _resource, string as _string
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._queues import queue_of
from graphflow.ops._readers import (
    KIND,
    FixedLengthRecords,
    Layout,
    Lines,
    Name,
    Reader,
    Records,
    Source,
    WholeFile,
)
from graphflow.ops._static import check_rank
from graphflow.ops._text import from_items, item_of
from graphflow.ops.kernels.byte_streams import window_bits_of

__all__ = [
    "FixedLengthRecordReaderV2",
    "IdentityReaderV2",
    "ReaderNumRecordsProducedV2",
    "ReaderNumWorkUnitsCompletedV2",
    "ReaderReadUpToV2",
    "ReaderReadV2",
    "ReaderResetV2",
    "ReaderRestoreStateV2",
    "ReaderSerializeStateV2",
    "TFRecordReaderV2",
    "TextLineReaderV2",
    "WholeFileReaderV2",
]

_SCALAR = TensorShape.of(())

# -- handles ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Making(Op):
    """Base of the ops that make a reader and return its handle."""

    container: str = ""
    shared_name: str = ""

    outputs = "reader_handle"
    stateful = True
    differentiable = False
    needs_context = True
    is_single: ClassVar[bool] = False

    def infer(self) -> TensorSpec:
        self._check()
        return TensorSpec(_SCALAR, _resource)

    def _check(self) -> None:
        """Refuse attributes that make no sense."""

    def _open(self, work: bytes) -> Source:
        """Begin to read a file."""
        raise NotImplementedError

    def kernel(self, ctx: Context) -> Array:
        name = self.shared_name or ctx.node.name
        handle, _ = ctx.make_handle(
            KIND,
            lambda: Reader(name, self._open, self.is_single),
            self.container,
            self.shared_name,
            False,
        )
        return handle

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(shared_name="a reader"))


def _check_not_negative(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name} must not be negative, it is {value}")


@register
class WholeFileReaderV2(_Making):
    """The handle of a reader of whole files."""

    is_single = True

    def _open(self, work: bytes) -> Source:
        return WholeFile(work)


@register
class IdentityReaderV2(_Making):
    """The handle of a reader of the names themselves."""

    is_single = True

    def _open(self, work: bytes) -> Source:
        return Name(work)


@register
class TextLineReaderV2(_Making):
    """The handle of a reader of lines."""

    skip_header_lines: int = 0

    def _check(self) -> None:
        _check_not_negative("skip_header_lines", self.skip_header_lines)

    def _open(self, work: bytes) -> Source:
        return Lines(work, self.skip_header_lines)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(skip_header_lines=-1), (), "skip_header_lines must not be negative")


@register
class FixedLengthRecordReaderV2(_Making):
    """The handle of a reader of records of one length."""

    header_bytes: int = 0
    record_bytes: int = field(kw_only=True)
    footer_bytes: int = 0
    hop_bytes: int = 0
    encoding: str = ""

    def _check(self) -> None:
        if self.record_bytes <= 0:
            raise ValueError(f"record_bytes must be positive, it is {self.record_bytes}")
        for name in ("header_bytes", "footer_bytes", "hop_bytes"):
            _check_not_negative(name, getattr(self, name))
        window_bits_of(self.encoding)

    def _open(self, work: bytes) -> Source:
        hop = self.hop_bytes or self.record_bytes
        layout = Layout(self.record_bytes, self.header_bytes, self.footer_bytes, hop, self.encoding)
        return FixedLengthRecords(work, layout)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(record_bytes=3, header_bytes=2, footer_bytes=1, encoding="GZIP"))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(record_bytes=0), (), "record_bytes must be positive, it is 0")
        yield ErrorSample(cls(record_bytes=2, hop_bytes=-1), (), "hop_bytes must not be negative")
        yield ErrorSample(cls(record_bytes=2, header_bytes=-1), (), "header_bytes must not be neg")
        yield ErrorSample(cls(record_bytes=2, footer_bytes=-1), (), "footer_bytes must not be neg")
        yield ErrorSample(cls(record_bytes=2, encoding="LZ4"), (), "'LZ4', not")


@register
class TFRecordReaderV2(_Making):
    """The handle of a reader of record files."""

    compression_type: str = ""

    def _check(self) -> None:
        window_bits_of(self.compression_type)

    def _open(self, work: bytes) -> Source:
        return Records(work, self.compression_type)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(compression_type="LZ4"), (), "'LZ4', not")


# -- reading ---------------------------------------------------------------------------------------


class _Using(Op):
    """Base of the ops that take the handle of a reader."""

    inputs = "reader_handle: resource"
    stateful = True
    differentiable = False
    needs_context = True


def _reader_of(ctx: Context, handle: Array) -> Reader:
    reader = ctx.resource(KIND, handle)
    assert isinstance(reader, Reader)
    return reader


@register
class ReaderReadV2(_Using):
    """The next record, once there is one."""

    inputs = "reader_handle: resource, queue_handle: resource"
    outputs = "key, value"
    blocking = True

    def infer(self, reader_handle: TensorSpec, queue_handle: TensorSpec) -> list[TensorSpec]:
        return [TensorSpec(_SCALAR, _string)] * 2

    def kernel(self, ctx: Context, reader_handle: Array, queue_handle: Array) -> tuple[Array, ...]:
        reader, queue = _reader_of(ctx, reader_handle), queue_of(ctx, queue_handle)
        key, value = reader.read(queue, ctx.cancellation)
        return from_items([key], ()), from_items([value], ())


@register
class ReaderReadUpToV2(_Using):
    """Several records, or those left in the present file."""

    inputs = "reader_handle: resource, queue_handle: resource, num_records: int64"
    outputs = "keys, values"
    blocking = True

    def infer(
        self, reader_handle: TensorSpec, queue_handle: TensorSpec, num_records: TensorSpec
    ) -> list[TensorSpec]:
        check_rank("num_records", num_records, 0)
        return [TensorSpec(TensorShape.of((None,)), _string)] * 2

    def kernel(
        self, ctx: Context, reader_handle: Array, queue_handle: Array, num_records: Array
    ) -> tuple[Array, ...]:
        reader, queue = _reader_of(ctx, reader_handle), queue_of(ctx, queue_handle)
        records = reader.read_up_to(queue, int(num_records), ctx.cancellation)
        shape = (len(records),)
        keys, values = [key for key, _ in records], [value for _, value in records]
        return from_items(keys, shape), from_items(values, shape)


# -- the state of a reader -------------------------------------------------------------------------


@register
class ReaderNumRecordsProducedV2(_Using):
    """How many records a reader has given out."""

    outputs = "records_produced"

    def infer(self, reader_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(_SCALAR, _int64)

    def kernel(self, ctx: Context, reader_handle: Array) -> Array:
        return np.int64(_reader_of(ctx, reader_handle).records_produced)


@register
class ReaderNumWorkUnitsCompletedV2(_Using):
    """How many files a reader has finished."""

    outputs = "units_completed"

    def infer(self, reader_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(_SCALAR, _int64)

    def kernel(self, ctx: Context, reader_handle: Array) -> Array:
        return np.int64(_reader_of(ctx, reader_handle).work_units_completed)


@register
class ReaderResetV2(_Using):
    """Let a reader forget its file and counts."""

    outputs = ""
    blocking = True

    def infer(self, reader_handle: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, ctx: Context, reader_handle: Array) -> tuple[()]:
        _reader_of(ctx, reader_handle).reset(ctx.cancellation)
        return ()


@register
class ReaderSerializeStateV2(_Using):
    """How far a reader has come."""

    outputs = "state"
    blocking = True

    def infer(self, reader_handle: TensorSpec) -> TensorSpec:
        return TensorSpec(_SCALAR, _string)

    def kernel(self, ctx: Context, reader_handle: Array) -> Array:
        return from_items([_reader_of(ctx, reader_handle).state(ctx.cancellation)], ())


@register
class ReaderRestoreStateV2(_Using):
    """Bring a reader back to a state."""

    inputs = "reader_handle: resource, state: string"
    outputs = ""
    blocking = True

    def infer(self, reader_handle: TensorSpec, state: TensorSpec) -> tuple[()]:
        check_rank("state", state, 0)
        return ()

    def kernel(self, ctx: Context, reader_handle: Array, state: Array) -> tuple[()]:
        _reader_of(ctx, reader_handle).restore(item_of(state), ctx.cancellation)
        return ()
