"""Reads `Example` and `SequenceExample` messages, fast enough for batches of records.

Only what the kernels need is read: an `Example` becomes a dict of features that still are bytes,
and the values of those that are asked for become arrays.  The numbers of fields are those of
`interop/schema/example.proto`; the encoding is protobuf's (https://protobuf.dev/programming-guides/
encoding).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

import numpy as np

from graphflow.core.dtypes import (
    DType,
    float32 as _float32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.op import Array

# The field of a Feature that holds values of a dtype.
KINDS: dict[DType, int] = {_string: 1, _float32: 2, _int64: 3}
DTYPES = {kind: dtype for dtype, kind in KINDS.items()}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10
# The tags of the first and second field of a message, if they hold bytes or messages.
_FIRST, _SECOND = 1 << 3 | _BYTES, 2 << 3 | _BYTES
_FEATURE_TAGS = frozenset(kind << 3 | _BYTES for kind in DTYPES)


_F = TypeVar("_F", bound=Callable[[Any], Any])


class Malformed(ValueError):
    """The bytes are no such message."""


# One feature, its values still as bytes: the field that holds its values (0 if there is none), the
# record, and where in it the message of its values begins and ends.
Feature: TypeAlias = "tuple[int, bytes, int, int]"


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
    # Nearly always there is one field, which fills the message.
    if end - start > 1 and data[start] in _FEATURE_TAGS:
        length, at = _varint(data, start + 1)
        if at + length == end:
            return (data[start] >> 3, data, at, end)
    found = (0, data, start, end)
    for number, wire, at, stop in _fields(data, start, end):
        if wire == _BYTES and number in DTYPES:
            found = (number, data, at, stop)
    return found


def _entries(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The entries of a map: each key, and where its value begins and ends."""
    while at < end:
        start = at
        tag, at = _varint(data, at)
        if tag == _FIRST:
            length, at = _varint(data, at)
            stop = at + length
            if stop > end:
                raise Malformed("a field goes beyond the end of its message")
            yield _entry(data, at, stop)
            at = stop
        else:
            (_, _, _, at), *_ = _fields(data, start, end)


def _entry(data: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    """One entry of a map."""
    # Nearly always there are a short key and a value, in this order.
    if end - at > 1 and data[at] == _FIRST and data[at + 1] < 0x80:
        key_end = at + 2 + data[at + 1]
        if key_end < end and data[key_end] == _SECOND:
            length, start = _varint(data, key_end + 1)
            if start + length == end:
                return data[at + 2 : key_end], start, end
    key, place = b"", (end, end)
    for part, wire, start, stop in _fields(data, at, end):
        if wire == _BYTES and part == 1:
            key = data[start:stop]
        elif wire == _BYTES and part == 2:
            place = start, stop
    return key, *place


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


def _read_plain_example(data: bytes) -> dict[bytes, Feature] | None:
    """Do what `read_example` does, quickly; None unless all is encoded as it nearly always is.

    That is: a single map that fills the record; entries of a short key, then a value; features of
    one field.  All in one loop, as calls would take most of the time.
    """
    end = len(data)
    if not end or data[0] != _FIRST:
        return None
    length, at = _varint(data, 1)
    if at + length != end:
        return None
    features: dict[bytes, Feature] = {}
    while at < end:
        if data[at] != _FIRST:
            return None
        length = data[at + 1]
        at += 2
        if length >= 0x80:
            length, at = _varint(data, at - 1)
        stop = at + length
        value = at + 2 + data[at + 1]
        if data[at] != _FIRST or value - at > 0x81 or value + 1 >= stop or data[value] != _SECOND:
            return None
        key = data[at + 2 : value]
        length = data[value + 1]
        at = value + 2
        if length >= 0x80:
            length, at = _varint(data, value + 1)
        if at + length != stop or length < 2 or data[at] not in _FEATURE_TAGS:
            return None
        kind = data[at] >> 3
        length = data[at + 1]
        at += 2
        if length >= 0x80:
            length, at = _varint(data, at - 1)
        if at + length != stop:
            return None
        features[key] = (kind, data, at, stop)
        at = stop
    return features if at == end else None


@_guarded
def read_example(data: bytes) -> dict[bytes, Feature]:
    """Return the features of a serialized `Example` by name.

    Raises:
      Malformed: it is none.
    """
    features = _read_plain_example(data)
    if features is not None:
        return features
    features = {}
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
def read_strings(feature: Feature) -> list[bytes]:
    """Return the values of a feature of strings.

    Raises:
      Malformed: they are not encoded as such.
    """
    _, data, start, end = feature
    at = _plain_start(data, start, end)
    if at:
        return [data[at:end]]
    return [data[a:b] for n, w, a, b in _fields(data, start, end) if (n, w) == (1, _BYTES)]


@_guarded
def read_packed(feature: Feature) -> bytes:
    """Return the values of a feature of numbers as bytes, as if they were packed into one field.

    Raises:
      Malformed: they are not encoded as such.
    """
    kind, data, start, end = feature
    at = _plain_start(data, start, end)
    if at:
        return data[at:end]
    wires = (_BYTES, _FIXED32) if kind == KINDS[_float32] else (_BYTES, _VARINT)
    chunks = []
    for number, wire, at, stop in _fields(data, start, end):
        if number == 1 and wire not in wires:
            raise Malformed("they are not encoded as numbers of this kind")
        if number == 1:
            chunks.append(data[at:stop])
    return b"".join(chunks)


def _plain_start(data: bytes, start: int, end: int) -> int:
    """Where the bytes of the only field of a message begin; 0 if there are none or several."""
    if end - start < 2 or data[start] != _FIRST:
        return 0
    length = data[start + 1]
    at = start + 2
    if length >= 0x80:
        length, at = _varint(data, start + 1)
    return at if at + length == end else 0


def unpacked(rows: list[bytes], dtype: DType) -> tuple[Array, Array]:
    """Return the numbers in packed rows, one behind the other, and how many each row has.

    Raises:
      MalformedRow: a row does not hold whole numbers.
    """
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    joined = b"".join(rows)
    if dtype is _float32:
        _refuse(sizes % 4 != 0)
        return np.frombuffer(joined, "<f4"), sizes // 4
    raw = np.frombuffer(joined, np.uint8)
    is_last = raw < 0x80
    ends = np.cumsum(sizes)
    filled = np.flatnonzero(sizes)
    broken = np.zeros(len(rows), bool)
    broken[filled] = ~is_last[ends[filled] - 1]
    _refuse(broken)
    if is_last.all():
        return raw.astype(np.int64), sizes
    before = np.concatenate([[0], np.cumsum(is_last)])
    counts = before[ends] - before[ends - sizes]
    last = np.flatnonzero(is_last)
    first = np.concatenate([[0], last[:-1] + 1])
    lengths = last - first + 1
    too_long = lengths > _MAX_VARINT
    if too_long.any():
        _refuse(np.isin(np.arange(len(rows)), np.repeat(np.arange(len(rows)), counts)[too_long]))
    places = np.arange(raw.size) - np.repeat(first, lengths)
    shifted = (raw & 0x7F).astype(np.uint64) << (7 * places).astype(np.uint64)
    return np.bitwise_or.reduceat(shifted, first).view(np.int64), counts


class MalformedRow(Malformed):
    """A row does not hold whole numbers.

    Args:
      row: its number.
    """

    def __init__(self, row: int) -> None:
        super().__init__("a number does not end")
        self.row = row


def _refuse(broken: Array) -> None:
    if broken.any():
        raise MalformedRow(int(np.argmax(broken)))
