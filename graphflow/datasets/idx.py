"""Reader and writer of IDX files, the format in which MNIST is published.

An IDX file is two zero bytes, one byte for the element type, one byte for the number of
dimensions, one big-endian 32-bit size per dimension, and the elements in C order, big-endian. It
may be gzipped.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 1  # twice as fast as the usual 6; images come out a tenth larger


def read_idx(path: str | os.PathLike[str]) -> Array:
    """Read one IDX file, gzipped or plain.

    Args:
      path: the file; its content, not its name, tells whether it is gzipped.

    Returns:
      A new array of the file's dtype (in the machine's byte order) and shape.

    Raises:
      OSError: the file cannot be read.
      ValueError: the file is not IDX, or is shorter or longer than its header says.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(folder + "/a.gz", np.array([[1, 2, 3], [4, 5, 600]], np.int16))
    ...     read_idx(folder + "/a.gz")
    array([[  1,   2,   3],
           [  4,   5, 600]], dtype=int16)
    """
    return decode_idx(Path(path).read_bytes(), os.fspath(path))


def write_idx(path: str | os.PathLike[str], array: Array) -> None:
    """Write one IDX file, gzipped when its name ends in ".gz", in one step.

    The file appears whole or not at all, also when several processes write it at once.

    Args:
      path: the file; its folder must exist.
      array: uint8, int8, int16, int32, float32 or float64, with 1 to 255 dimensions.

    Raises:
      OSError: the file cannot be written.
      ValueError: IDX has no element type for the array's dtype, or the array is a scalar.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(folder + "/a", np.array([7, 2, 1], np.uint8))
    ...     Path(folder, "a").read_bytes().hex(" ", -4)
    '00000801 00000003 070201'
    """
    target = Path(path)
    data = encode_idx(array)
    if target.suffix == ".gz":
        data = gzip.compress(data, _GZIP_LEVEL, mtime=0)
    partial = target.with_name(f".{target.name}.{os.getpid()}-{uuid4().hex}")
    try:
        partial.write_bytes(data)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def encode_idx(array: Array) -> bytes:
    """Return an array in IDX format.

    Args:
      array: uint8, int8, int16, int32, float32 or float64, with 1 to 255 dimensions.

    Returns:
      The bytes of a plain IDX file.

    Raises:
      ValueError: IDX has no element type for the array's dtype, or the array is a scalar.

    >>> encode_idx(np.array([[258, -1]], np.int16)).hex(" ", 4)
    '00000b02 00000001 00000002 0102ffff'
    """
    code = _CODES.get(array.dtype.newbyteorder(">"))
    if code is None:
        known = ", ".join(dtype.name for dtype in _DTYPES.values())
        raise ValueError(f"IDX cannot hold {array.dtype}; convert the array to one of {known}")
    if array.ndim == 0:
        raise ValueError("IDX cannot hold a scalar; give it a dimension with array.reshape(1)")
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(_DTYPES[code]).tobytes()


def decode_idx(data: bytes, origin: str) -> Array:
    """Return the array held by the bytes of an IDX file.

    Args:
      data: the whole file, gzipped or plain.
      origin: what to call the file in errors.

    Returns:
      A new array of the file's dtype (in the machine's byte order) and shape.

    Raises:
      ValueError: the bytes are not IDX, or fewer or more than the header says.

    >>> decode_idx(bytes.fromhex("00000802 00000001 00000003 050004"), "digits")
    array([[5, 0, 4]], dtype=uint8)
    """
    if data.startswith(_GZIP_MAGIC):
        data = _gunzip(data, origin)
    dtype, shape = _header(data, origin)
    start = 4 + 4 * len(shape)
    expected = start + math.prod(shape) * dtype.itemsize
    if len(data) != expected:
        fault = "truncated" if len(data) < expected else "too long"
        raise ValueError(
            f"{origin} is {fault}: its header announces {dtype.name} {shape}, {expected} bytes in"
            f" all, and it has {len(data)}; fetch the file again"
        )
    stored = np.frombuffer(data, dtype, offset=start).reshape(shape)
    return stored.astype(dtype.newbyteorder("="))


def _gunzip(data: bytes, origin: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{origin} is truncated or damaged gzip ({error}); fetch the file again"
        ) from error


def _header(data: bytes, origin: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the dtype and the shape that the first bytes of an IDX file announce."""
    if len(data) < 4:
        raise ValueError(f"{origin} is truncated: {len(data)} bytes do not hold an IDX header")
    dtype = _DTYPES.get(data[2])
    ndim = data[3]
    if data[:2] != b"\0\0" or dtype is None or ndim == 0:
        raise ValueError(
            f"{origin} is not an IDX file: it starts with the magic number 0x{data[:4].hex()};"
            " images of bytes start with 0x00000803, labels with 0x00000801"
        )
    if len(data) < 4 + 4 * ndim:
        raise ValueError(f"{origin} is truncated: it ends within the sizes of {ndim} dimensions")
    return dtype, struct.unpack_from(f">{ndim}I", data, 4)
