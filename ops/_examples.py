"""Reads `Example` and `SequenceExample` messages, fast enough for batches of records.

Only what the kernels need is read: an `Example` becomes a dict of features that still are bytes,
and the values of those that are asked for become arrays.  The numbers of fields are those of
`interop/schema/example.proto`; the encoding is protobuf's (https://protobuf.dev/programming-guides/
encoding).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

from graphflow.core.dtypes import (
    DType,
    float32 as _float32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.op import Array
from graphflow.ops._text import from_items

# The field of a Feature that holds values of a dtype.
KINDS: dict[DType, int] = {_string: 1, _float32: 2, _int64: 3}
DTYPES = {kind: dtype for dtype, kind in KINDS.items()}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10
_FEW = 24  # so many bytes of varints are read one by one


_F = TypeVar("_F", bound=Callable[[Any], Any])


class Malformed(ValueError):
    """The bytes are no such message."""


class Feature(NamedTuple):
    """One feature, its values still as bytes.

    Attributes:
      kind: the field that holds its values, 0 if there is none.
      data: the record.
      start: where the message of its values begins.
      end: where it ends.
    """

    kind: int
    data: bytes
    start: int
    end: int


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins somewhere, and where the next thing begins."""
    value = data[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for shift in range(7, 7 * _MAX_VARINT, 7):
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
    raise Malformed("a number does not end")


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The fields of a message: number, wire type, and where the value begins and ends."""
    while at < end:
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == _BYTES:
            length, at = _varint(data, at)
            stop = at + length
        elif wire == _VARINT:
            _, stop = _varint(data, at)
        elif wire == _FIXED32:
            stop = at + 4
        elif wire == _FIXED64:
            stop = at + 8
        else:
            raise Malformed(f"there is no wire type {wire}")
        if stop > end or not tag >> 3:
            raise Malformed("a field goes beyond the end of its message")
        yield tag >> 3, wire, at, stop
        at = stop


def _feature(data: bytes, start: int, end: int) -> Feature:
    found = Feature(0, data, start, end)
    for number, wire, at, stop in _fields(data, start, end):
        if wire == _BYTES and number in DTYPES:
            found = Feature(number, data, at, stop)
    return found


def _entries(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The entries of a map: each key, and where its value begins and ends."""
    for number, wire, at, stop in _fields(data, start, end):
        if number != 1 or wire != _BYTES:
            continue
        key, place = b"", (stop, stop)
        for part, inner_wire, begin, finish in _fields(data, at, stop):
            if inner_wire == _BYTES and part == 1:
                key = data[begin:finish]
            elif inner_wire == _BYTES and part == 2:
                place = begin, finish
        yield key, *place


def _parts(data: bytes, numbers: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """The messages in some fields of a record: number, begin and end."""
    for number, wire, at, stop in _fields(data, 0, len(data)):
        if number in numbers and wire == _BYTES:
            yield number, at, stop


def _guarded(function: _F) -> _F:
    """Make a reader tell of data that ends too early."""

    @functools.wraps(function)
    def read(data: Any) -> Any:
        try:
            return function(data)
        except IndexError:
            raise Malformed("it ends too early") from None

    return read  # type: ignore[return-value]


@_guarded
def read_example(data: bytes) -> dict[bytes, Feature]:
    """Return the features of a serialized `Example` by name.

    Raises:
      Malformed: it is none.
    """
    features: dict[bytes, Feature] = {}
    for _, start, end in _parts(data, (1,)):
        for key, at, stop in _entries(data, start, end):
            features[key] = _feature(data, at, stop)
    return features


@_guarded
def read_sequence_example(
    data: bytes,
) -> tuple[dict[bytes, Feature], dict[bytes, list[Feature]]]:
    """Return the context and the feature lists of a serialized `SequenceExample` by name.

    Raises:
      Malformed: it is none.
    """
    context: dict[bytes, Feature] = {}
    lists: dict[bytes, list[Feature]] = {}
    for part, start, end in _parts(data, (1, 2)):
        for key, at, stop in _entries(data, start, end):
            if part == 1:
                context[key] = _feature(data, at, stop)
                continue
            lists[key] = [
                _feature(data, begin, finish)
                for number, wire, begin, finish in _fields(data, at, stop)
                if number == 1 and wire == _BYTES
            ]
    return context, lists


@_guarded
def read_values(feature: Feature) -> Array:
    """Return the values of a feature: float32, int64, or bytes objects.

    Raises:
      Malformed: they are not encoded as such.
    """
    kind, data, start, end = feature
    if kind == KINDS[_string]:
        items = [data[a:b] for n, w, a, b in _fields(data, start, end) if (n, w) == (1, _BYTES)]
        return from_items(items, (len(items),))
    read = _read_floats if kind == KINDS[_float32] else _read_integers
    chunks = [
        read(data, wire, at, stop)
        for number, wire, at, stop in _fields(data, start, end)
        if number == 1
    ]
    if len(chunks) == 1:
        return chunks[0]
    return np.concatenate(chunks) if chunks else np.empty(0, DTYPES[kind].numpy)


def _read_floats(data: bytes, wire: int, start: int, end: int) -> Array:
    if wire not in (_BYTES, _FIXED32) or (end - start) % 4:
        raise Malformed("floats take 4 bytes each")
    return np.frombuffer(data, "<f4", (end - start) // 4, start)


def _read_integers(data: bytes, wire: int, start: int, end: int) -> Array:
    if wire not in (_BYTES, _VARINT):
        raise Malformed("integers are encoded as numbers of varying length")
    if end - start <= _FEW:
        values = []
        while start < end:
            value, start = _varint(data, start)
            values.append(value & 0xFFFFFFFFFFFFFFFF)
        if start > end:
            raise Malformed("a number goes beyond the end of its list")
        return np.array(values, np.uint64).view(np.int64)
    raw = np.frombuffer(data, np.uint8, end - start, start)
    last = np.flatnonzero(raw < 0x80)
    if not last.size or last[-1] != raw.size - 1:
        raise Malformed("a number does not end")
    if last.size == raw.size:
        return raw.astype(np.int64)
    first = np.concatenate([[0], last[:-1] + 1])
    sizes = last - first + 1
    if sizes.max() > _MAX_VARINT:
        raise Malformed("a number does not end")
    places = np.arange(raw.size) - np.repeat(first, sizes)
    shifted = (raw & 0x7F).astype(np.uint64) << (7 * places).astype(np.uint64)
    return np.bitwise_or.reduceat(shifted, first).view(np.int64)
