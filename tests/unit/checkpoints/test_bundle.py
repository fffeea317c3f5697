"""Bundles: the files of checkpoints."""

from __future__ import annotations

import struct
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import graphflow as tf
from graphflow.checkpoints import bundle
from graphflow.checkpoints.bundle import BundleReader, BundleWriter, merge_bundles
from graphflow.checkpoints.slices import Slice, key_of, parse_spec
from graphflow.checkpoints.table import read_table, write_table
from graphflow.ops.kernels.crc32c import crc32c, masked

VALUES = {
    "float": np.asarray([[1.5, -2.5, 3.25]], np.float32),
    "double": np.asarray(0.1),
    "half": np.asarray([1, 2], np.float16),
    "bfloat16": np.asarray([1.5, 3], ml_dtypes.bfloat16),
    "bool": np.asarray([True, False]),
    "complex": np.asarray([1 + 2j], np.complex64),
    "int64": np.asarray([2**40, -1]),
    "uint8": np.asarray([7, 255], np.uint8),
    "empty": np.zeros((0, 3), np.int32),
    "string": np.asarray([b"", b"a\x00\xff", b"x" * 300], object),
}


def write(prefix: str, values=VALUES) -> None:
    writer = BundleWriter(prefix)
    for name, value in values.items():
        dtype = tf.string if value.dtype == object else tf.as_dtype(value.dtype)
        writer.add(name, value, dtype)
    writer.finish()


def test_every_dtype_comes_back(tmp_path: Path):
    prefix = str(tmp_path / "model")
    write(prefix)
    reader = BundleReader(prefix)
    assert reader.names() == sorted(VALUES)
    for name, value in VALUES.items():
        found = reader.tensor(name)
        assert (found.dtype, found.shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(found, value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model.data-00000-of-00001", "model.index",
    ]  # fmt: skip


@given(st.dictionaries(st.binary(max_size=20), st.binary(max_size=50), max_size=60))
@settings(deadline=None, max_examples=50)
def test_tables_come_back(entries: dict[bytes, bytes]):
    ordered = sorted(entries.items())
    assert list(read_table(write_table(ordered))) == ordered


def test_large_tables_have_many_blocks():
    entries = [(f"key{i:06d}".encode(), bytes(1000)) for i in range(1000)]
    assert list(read_table(write_table(entries))) == entries


@given(st.lists(st.integers(-(2**40), 2**40), min_size=2, max_size=2))
def test_keys_of_parts_are_sorted_as_their_places(starts: list[int]):
    keys = [key_of("v", Slice((start,), (5,))) for start in sorted(starts)]
    assert keys == sorted(keys)


def test_parts_are_put_together(tmp_path: Path):
    whole = np.arange(12, dtype=np.float32).reshape(4, 3)
    writer = BundleWriter(str(tmp_path / "m"))
    for spec in ("4 3 2,2:0,3", "4 3 0,2:0,3"):
        shape, part = parse_spec(spec)
        writer.add_part("v", shape, part, whole[part.within(shape)], tf.float32)
    writer.finish()
    np.testing.assert_array_equal(BundleReader(str(tmp_path / "m")).tensor("v"), whole)
    assert BundleReader(str(tmp_path / "m")).names() == ["v"]


def test_bundles_are_merged(tmp_path: Path):
    (tmp_path / "aside").mkdir()
    prefixes = [str(tmp_path / "aside" / name) for name in "ab"]
    write(prefixes[0], {"x": VALUES["float"]})
    write(prefixes[1], {"y": VALUES["int64"]})
    merge_bundles(prefixes, str(tmp_path / "m"), True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "m.data-00000-of-00002", "m.data-00001-of-00002", "m.index",
    ]  # fmt: skip
    assert dict(BundleReader(str(tmp_path / "m")).tensors())["y"].tolist() == [2**40, -1]


@pytest.mark.parametrize("name", ["float", "string", "int64"])
def test_damaged_data(tmp_path: Path, name: str):
    prefix = str(tmp_path / "m")
    write(prefix)
    entry = BundleReader(prefix).entry(name)
    data = Path(bundle.data_path(prefix, 0, 1))
    content = bytearray(data.read_bytes())
    content[entry.offset + entry.size - 1] ^= 1
    data.write_bytes(content)
    reader = BundleReader(prefix)
    with pytest.raises(tf.errors.DataLossError, match=rf"'{name}' in .*m\.data.* is damaged"):
        reader.tensor(name)
    assert reader.tensor("bool").tolist() == [True, False]


def test_data_that_end_too_soon(tmp_path: Path):
    prefix = str(tmp_path / "m")
    write(prefix)
    data = Path(bundle.data_path(prefix, 0, 1))
    data.write_bytes(data.read_bytes()[:20])
    with pytest.raises(tf.errors.DataLossError, match="is damaged"):
        dict(BundleReader(prefix).tensors())


@pytest.mark.parametrize("position", [3, -60, -1])
def test_damaged_index(tmp_path: Path, position: int):
    prefix = str(tmp_path / "m")
    write(prefix)
    index = Path(bundle.index_path(prefix))
    content = bytearray(index.read_bytes())
    content[position] ^= 1
    index.write_bytes(content)
    with pytest.raises(tf.errors.DataLossError, match=r"m\.index is damaged"):
        BundleReader(prefix)


def test_no_index(tmp_path: Path):
    with pytest.raises(tf.errors.NotFoundError, match=r"m\.index: No such file"):
        BundleReader(str(tmp_path / "m"))


def test_name_that_is_not_there(tmp_path: Path):
    write(str(tmp_path / "m"), {"layer/weights": VALUES["float"]})
    message = "Key layer/weight not found in checkpoint .*; it has layer/weights"
    with pytest.raises(tf.errors.NotFoundError, match=message):
        BundleReader(str(tmp_path / "m")).tensor("layer/weight")


def test_same_name_twice(tmp_path: Path):
    writer = BundleWriter(str(tmp_path / "m"))
    writer.add("x", VALUES["float"], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="called 'x'"):
        writer.add("x", VALUES["float"], tf.float32)


def test_between_the_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that ends after the new data are in place, before the new index is."""
    prefix = str(tmp_path / "m")
    write(prefix, {"x": np.asarray([1.0, 2.0])})
    replace = bundle.os.replace

    def stop(source: str, target: str) -> None:
        if target.endswith(".index"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(bundle.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write(prefix, {"x": np.asarray([3.0, 4.0])})
    monkeypatch.undo()
    assert BundleReader(prefix).tensor("x").tolist() == [3, 4]
    write(prefix, {"x": np.asarray([5.0, 6.0])})
    assert BundleReader(prefix).tensor("x").tolist() == [5, 6]


def test_compressed_tables_are_refused():
    table = bytearray(write_table([(b"", b"x")]))
    end = 3 + 1 + 4 + 4  # one entry with an empty key, one restart
    table[end] = 1
    table[end + 1 : end + 5] = struct.pack("<I", masked(crc32c(bytes(table[: end + 1]))))
    with pytest.raises(NotImplementedError, match="Snappy"):
        list(read_table(bytes(table)))
