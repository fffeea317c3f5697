"""Record files and compressed streams: what is written is read, and damage is told exactly."""

from __future__ import annotations

import gc
import gzip
import random
import zlib
from pathlib import Path

import pytest

from graphflow.core.errors import (
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from graphflow.core.jit import obey_environment
from graphflow.ops.kernels.byte_streams import open_stream
from graphflow.ops.kernels.crc32c import crc32c
from graphflow.ops.kernels.records import Deflation, RecordReader, RecordWriter, framed

SIZES = [0, 1, 7, 8, 9, 300, 5000, 70000, 3]
RECORDS = [random.Random(size).randbytes(size) for size in SIZES]


def write(path: Path, kind: str = "") -> None:
    writer = RecordWriter(str(path), Deflation.of(kind))
    for record in RECORDS:
        writer.write(record)
    writer.close()


@pytest.mark.parametrize("jit", ["0", "1"])
@pytest.mark.parametrize(
    ("data", "expected"),
    [  # the examples of RFC 3720, appendix B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_checksums_are_those_of_the_standard(monkeypatch, jit, data, expected):
    monkeypatch.setenv("GRAPHFLOW_JIT", jit)
    obey_environment()
    assert crc32c(data) == expected
    assert crc32c(bytearray(data[5:]), crc32c(memoryview(data)[:5])) == expected


@pytest.mark.parametrize("jit", ["0", "1"])
@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
@pytest.mark.parametrize("buffer_size", [1, 1000, 1 << 18])
def test_records_are_read_as_they_were_written(tmp_path, monkeypatch, jit, kind, buffer_size):
    monkeypatch.setenv("GRAPHFLOW_JIT", jit)
    obey_environment()
    write(tmp_path / "records", kind)
    with RecordReader(str(tmp_path / "records"), kind, buffer_size) as reader:
        offsets = []
        found = []
        while (record := reader.read()) is not None:
            found.append(record)
            offsets.append(reader.offset)
        assert reader.read() is None
    assert found == RECORDS
    assert offsets == [sum(SIZES[: i + 1]) + 16 * (i + 1) for i in range(len(SIZES))]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (19 + 5, r"records: truncated record at offset 19: its header takes 12 bytes, .* only 5 "),
        (19 + 12, r"offset 19: its record takes 21 bytes, the file has only 12 more"),
        (19 + 20, r"offset 19: its record takes 21 bytes, the file has only 20 more"),
    ],
)
@pytest.mark.parametrize("buffer_size", [1, 1 << 18])
def test_a_truncated_file_gives_its_whole_records_first(tmp_path, size, message, buffer_size):
    path = tmp_path / "records"
    path.write_bytes((framed(b"one") + framed(b"three"))[:size])
    reader = RecordReader(str(path), "", buffer_size)
    assert reader.read() == b"one"
    for _ in range(2):  # it does not become better by trying again
        with pytest.raises(DataLossError, match=message):
            reader.read()
    reader.close()


@pytest.mark.parametrize(
    ("place", "what"), [(0, "length"), (6, "length"), (9, "length"), (13, "data"), (18, "data")]
)
def test_a_changed_byte_is_found(tmp_path, place, what):
    data = bytearray(framed(b"one") + framed(b"two") + framed(b"three"))
    data[19 + place] ^= 4
    path = tmp_path / "records"
    path.write_bytes(data)
    with RecordReader(str(path)) as reader:
        assert reader.read() == b"one"
        message = f"{path}: corrupted record at offset 19: the checksum of its {what} is 0x"
        with pytest.raises(DataLossError, match=message):
            reader.read()


@pytest.mark.parametrize("kind", ["GZIP", "ZLIB"])
def test_the_error_of_a_compressed_file_says_how_it_is_compressed(tmp_path, kind):
    path = tmp_path / "records"
    write(path, kind)
    message = f"begins like a file compressed with '{kind}'"
    with RecordReader(str(path)) as reader, pytest.raises(DataLossError, match=message):
        reader.read()


@pytest.mark.parametrize("kind", ["GZIP", "ZLIB"])
def test_a_plain_file_is_not_inflated(tmp_path, kind):
    path = tmp_path / "records"
    write(path)
    message = f"records is not compressed with '{kind}'"
    with RecordReader(str(path), kind) as reader, pytest.raises(DataLossError, match=message):
        reader.read()


def test_what_was_flushed_can_be_read_while_the_writer_goes_on(tmp_path):
    path = str(tmp_path / "records")
    writer = RecordWriter(path, Deflation.of("ZLIB"))
    writer.write(b"first")
    writer.flush()
    assert list(RecordReader(path, "ZLIB")) == [b"first"]
    writer.write(b"second")
    writer.close()
    writer.close()
    assert list(RecordReader(path, "ZLIB")) == [b"first", b"second"]
    with pytest.raises(FailedPreconditionError, match="records: the writer is closed"):
        writer.write(b"third")
    with pytest.raises(FailedPreconditionError, match="records: the writer is closed"):
        writer.flush()


def test_joined_gzip_files_are_one_stream(tmp_path):
    path = tmp_path / "joined"
    path.write_bytes(gzip.compress(framed(b"one")) + gzip.compress(framed(b"two")))
    assert list(RecordReader(str(path), "GZIP")) == [b"one", b"two"]


@pytest.mark.parametrize("buffer_size", [1, 3, 100, 1 << 16])
def test_a_stream_inflates_whatever_its_buffer(tmp_path, buffer_size):
    data = b"".join(b"%d, " % i for i in range(20000)) + bytes(300000)
    path = tmp_path / "data"
    path.write_bytes(zlib.compress(data) + b"behind the end")
    with open_stream(str(path), "ZLIB", buffer_size) as stream:
        assert stream.read(10) == data[:10]
        assert stream.read() == data[10:]
        assert stream.read(5) == b""


def test_data_damaged_in_the_middle_of_a_compressed_file_is_lost(tmp_path):
    data = bytearray(zlib.compress(random.Random(5).randbytes(300000)))
    data[200000:200010] = bytes(10)
    path = tmp_path / "data"
    path.write_bytes(data)
    message = "data has corrupt data: Error -3"
    with open_stream(str(path), "ZLIB") as stream, pytest.raises(DataLossError, match=message):
        stream.read()


def test_a_missing_file_is_named(tmp_path):
    for kind in ["", "GZIP"]:
        with pytest.raises(NotFoundError, match="missing: No such file"):
            RecordReader(str(tmp_path / "missing"), kind)
    with pytest.raises(NotFoundError, match="missing/records: No such file"):
        RecordWriter(str(tmp_path / "missing" / "records"))


def test_settings_that_zlib_does_not_take_are_refused(tmp_path):
    path = str(tmp_path / "records")
    with pytest.raises(InvalidArgumentError, match="compression_type is 'BZIP2'"):
        RecordReader(path, "BZIP2")
    with pytest.raises(InvalidArgumentError, match=r"Deflation\(window_bits=99"):
        RecordWriter(path, Deflation(99))
    assert not (tmp_path / "records").exists()


@pytest.mark.parametrize("kind", ["", "GZIP"])
def test_a_writer_that_is_forgotten_completes_its_file(tmp_path, kind):
    path = str(tmp_path / "records")
    RecordWriter(path, Deflation.of(kind)).write(b"only")
    gc.collect()
    assert list(RecordReader(path, kind)) == [b"only"]
