from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from graphflow.datasets.idx import decode_idx, encode_idx, read_idx, write_idx

# Two images of one row and three columns, written out by hand.
PLAIN = bytes.fromhex("00000803 00000002 00000001 00000003 000102 0a14ff")
ARRAY = np.array([[[0, 1, 2]], [[10, 20, 255]]], np.uint8)


@pytest.mark.parametrize("data", [PLAIN, gzip.compress(PLAIN, mtime=0)], ids=["plain", "gzip"])
def test_decodes_bytes_written_by_hand(data):
    found = decode_idx(data, "file")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, ARRAY)
    found[0, 0, 0] = 9  # a fresh array, not a view of the bytes


def test_encodes_as_by_hand():
    assert encode_idx(ARRAY) == PLAIN
    assert encode_idx(ARRAY.transpose(2, 0, 1)[:, :, 0]).hex() == (
        "000008020000000300000002000a011402ff"
    )


@pytest.mark.parametrize(
    ("dtype", "code", "element"),
    [
        (np.int8, "09", "fe"),
        (np.int16, "0b", "fffe"),
        (">i2", "0b", "fffe"),
        (np.int32, "0c", "fffffffe"),
        (np.float32, "0d", "c0000000"),
        (np.float64, "0e", "c000000000000000"),
    ],
)
def test_every_element_type_is_big_endian_in_the_file(dtype, code, element):
    array = np.array([-2], dtype)
    data = encode_idx(array)
    assert data.hex() == f"0000{code}0100000001{element}"
    found = decode_idx(data, "file")
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


def test_no_elements():
    assert decode_idx(encode_idx(np.zeros((0, 5), np.uint8)), "file").shape == (0, 5)


@pytest.mark.parametrize("name", ["digits", "digits.gz"])
def test_file_round_trip(tmp_path, name):
    write_idx(tmp_path / name, ARRAY)
    np.testing.assert_array_equal(read_idx(str(tmp_path / name)), ARRAY)
    assert os.listdir(tmp_path) == [name]
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "digits is truncated: 0 bytes"),
        (PLAIN[:3], "digits is truncated: 3 bytes"),
        (PLAIN[:10], "digits is truncated: it ends within the sizes of 3 dimensions"),
        (PLAIN[:-1], r"digits is truncated: .* uint8 \(2, 1, 3\), 22 bytes .* 21;"),
        (PLAIN + b"\0", "digits is too long: .* 22 bytes .* 23;"),
        (b"\1" + PLAIN[1:], "digits is not an IDX file: .* 0x01000803"),
        (b"\0\0\x0a" + PLAIN[3:], "digits is not an IDX file: .* 0x00000a03"),
        (b"\0\0\x08\0\7", "digits is not an IDX file: .* 0x00000800"),
        (b"<html></html>", "digits is not an IDX file"),
        (gzip.compress(PLAIN, mtime=0)[:-9], "digits is truncated or damaged gzip"),
        (gzip.compress(PLAIN, mtime=0)[:14] + b"\xff" * 30, "digits is truncated or damaged gzip"),
        (gzip.compress(PLAIN, mtime=0) + b"rest", "digits is truncated or damaged gzip"),
    ],
)
def test_refuses_what_is_not_whole_idx(tmp_path, data, message):
    path = tmp_path / "digits"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_idx(path)


@pytest.mark.parametrize("array", [np.zeros(3, np.int64), np.zeros(3, bool), np.array(["a"])])
def test_refuses_dtypes_that_idx_cannot_hold(array):
    with pytest.raises(ValueError, match=r"IDX cannot hold .* convert the array to one of uint8"):
        encode_idx(array)


def test_refuses_a_scalar():
    with pytest.raises(ValueError, match="IDX cannot hold a scalar"):
        encode_idx(np.array(3, np.uint8))


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_idx(tmp_path / "digits", ARRAY)

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_idx(tmp_path / "digits", ARRAY + 1)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["digits"]
    np.testing.assert_array_equal(read_idx(tmp_path / "digits"), ARRAY)


def test_many_writers_and_readers_of_one_file(tmp_path):
    path = tmp_path / "digits.gz"
    arrays = [np.full((40, 50), value, np.uint8) for value in range(8)]
    write_idx(path, arrays[0])

    def write_and_read(array):
        write_idx(path, array)
        return read_idx(path)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(write_and_read, arrays * 4))
    assert all(one.shape == (40, 50) and one.min() == one.max() for one in found)
    assert os.listdir(tmp_path) == ["digits.gz"]
