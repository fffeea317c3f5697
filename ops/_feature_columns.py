"""The values of features in batches of records, as dense tensors and parts of sparse ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from graphflow.core.dtypes import (
    DType,
    dtype_set,
    float32 as _float32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._example_reader import (
    DTYPES,
    KINDS,
    Feature,
    Malformed,
    MalformedRow,
    read_packed,
    read_strings,
    unpacked,
)
from graphflow.ops._static import as_array, invalid
from graphflow.ops._text import from_items, items_of

# The dtypes of features.
FEATURE_TYPES = dtype_set("float32 int64 string")


class Rows(NamedTuple):
    """The values of a feature in several records (or steps).

    Attributes:
      values: all values, one row behind the other.
      counts: int64 [n], how many each row has.
      present: bool [n], whether the record has the feature.
    """

    values: Array
    counts: Array
    present: Array

    def numbers(self) -> Array:
        """For each value the number of its row."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def places(self) -> Array:
        """For each value its place in its row."""
        return _places(self.counts)


@dataclass(frozen=True)
class FeatureColumn:
    """One feature of all records of a batch.

    Attributes:
      key: its name.
      dtype: the dtype that its values must have.
      record: tells which record a number stands for, in errors.
    """

    key: bytes
    dtype: DType
    record: Callable[[int], str]

    def error(self, number: int, problem: str) -> InvalidArgumentError:
        """The error for a record that does not fit."""
        return invalid(f"{self.record(number)}, feature {self.key.decode()!r}: {problem}")

    def rows(self, features: Sequence[Feature | None], records: Any) -> Rows:
        """The values of features, None for those that a record does not have.

        Args:
          features: the features.
          records: integers, for each the number of its record.
        """
        kind = KINDS[self.dtype]
        is_there = [feature is not None and feature[0] != 0 for feature in features]
        found = [feature for feature in features if feature is not None and feature[0]]
        present = np.array(is_there, bool)
        places = np.asarray(records)[present] if found else np.empty(0, np.int64)
        read: Callable[[Feature], Any] = read_strings if self.dtype is _string else read_packed
        packed = []
        for place, feature in zip(places.tolist(), found, strict=True):
            if feature[0] != kind:
                wrong = DTYPES[feature[0]].name
                raise self.error(place, f"its values are {wrong}, not {self.dtype.name}")
            try:
                packed.append(read(feature))
            except Malformed as error:
                raise self.error(place, f"its values cannot be read: {error}") from error
        counts = np.zeros(len(features), np.int64)
        if self.dtype is _string:
            counts[present] = np.fromiter(map(len, packed), np.int64, len(packed))
            items = list(itertools.chain.from_iterable(packed))
            return Rows(from_items(items, (len(items),)), counts, present)
        try:
            values, counts[present] = unpacked(packed, self.dtype)
        except MalformedRow as error:
            place = int(places[error.row])
            raise self.error(place, f"its values cannot be read: {error}") from error
        return Rows(values, counts, present)

    def column(self, records: Sequence[Mapping[bytes, Feature]]) -> Rows:
        """The values in each record."""
        key = self.key
        return self.rows([record.get(key) for record in records], range(len(records)))

    # -- dense ---------------------------------------------------------------------------------

    def dense(self, rows: Rows, shape: Sequence[int], default: Array | None) -> Array:
        """Stack the values of all records, [n, *shape]; the default stands for missing ones."""
        size, count = int(np.prod(shape)), len(rows.counts)
        present = rows.present
        if default is None and not present.all():
            place = int(np.argmin(present))
            raise self.error(place, "it is required, but the record does not have it")
        wrong = present & (rows.counts != size)
        if wrong.any():
            place = int(np.argmax(wrong))
            raise self.error(
                place, f"it has {rows.counts[place]} values, the shape {tuple(shape)} needs {size}"
            )
        if present.all():
            return rows.values.reshape(count, *shape)
        result = np.empty((count, size), self.dtype.numpy)
        result[present] = rows.values.reshape(-1, size)
        result[~present] = default
        return result.reshape(count, *shape)

    def padded(self, rows: Rows, shape: Sequence[int], padding: Any) -> Array:
        """Stack values of varying number, [n, most, *shape], filled with padding."""
        stride = int(np.prod(shape))
        if not stride:
            return np.empty((len(rows.counts), 0, *shape), self.dtype.numpy)
        wrong = rows.counts % stride != 0
        if wrong.any():
            place = int(np.argmax(wrong))
            count = rows.counts[place]
            raise self.error(place, f"its {count} values fill no whole number of shape {shape}")
        longest = most(rows.counts)
        result = np.empty((len(rows.counts), longest), self.dtype.numpy)
        result.fill(padding)
        result[rows.numbers(), rows.places()] = rows.values
        return result.reshape(len(rows.counts), longest // stride, *shape)

    # -- sparse --------------------------------------------------------------------------------

    def sparse(self, rows: Rows) -> tuple[Array, Array, Array]:
        """The values of all records as the parts of a sparse tensor [n, most]."""
        indices = np.stack([rows.numbers(), rows.places()], axis=1)
        return indices, rows.values, np.asarray([len(rows.counts), most(rows.counts)], np.int64)

    def sparse_lists(self, rows: Rows, steps: Array) -> tuple[Array, Array, Array]:
        """The values of all steps as the parts of a sparse tensor [n, most steps, most].

        Args:
          rows: the values of all steps of all records.
          steps: how many steps each record has.
        """
        records = np.repeat(np.arange(len(steps)), steps)
        step = rows.numbers()
        indices = np.stack([records[step], _places(steps)[step], rows.places()], axis=1)
        shape = np.asarray([len(steps), most(steps), most(rows.counts)], np.int64)
        return indices, rows.values, shape


def _places(counts: Array) -> Array:
    """For groups of some sizes the place of each member in its group."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def most(counts: Array) -> int:
    """The largest of some counts, 0 if there are none."""
    return int(counts.max()) if counts.size else 0


def flat_default(value: Array) -> Array | None:
    """The values of a default; None if there is none, which an empty one says."""
    flat = as_array(value).reshape(-1)
    return flat if flat.size else None


def read_records(
    data: Sequence[bytes], read: Callable[[bytes], Any], record: Callable[[int], str]
) -> Any:
    """Read all records."""
    found = []
    for number, text in enumerate(data):
        try:
            found.append(read(text))
        except Malformed as error:
            raise invalid(f"{record(number)} is malformed: {error}") from error
    return found


def record_namer(names: Sequence[bytes], what: str = "example") -> Callable[[int], str]:
    """The function that tells which record a number stands for."""

    def record(number: int) -> str:
        name = names[number].decode(errors="replace") if number < len(names) else ""
        return f"{what} {number}" + (f" ({name})" if name else "")

    return record


def check_names(names: Array, count: int) -> list[bytes]:
    """The names of `count` records, or none; raises InvalidArgumentError for another number."""
    found = items_of(names)
    if found and len(found) != count:
        raise invalid(f"there are {len(found)} names for {count} records")
    return found


def check_types(*groups: Sequence[DType]) -> None:
    """Raise TypeError if a feature cannot have one of the dtypes."""
    for dtype in (dtype for group in groups for dtype in group):
        if dtype not in FEATURE_TYPES:
            raise TypeError(f"features are float32, int64 or string, not {dtype.name}")


def check_lengths(**lengths: tuple[int, int]) -> None:
    """Raise ValueError where the length of a list, by name, differs from the expected one."""
    for name, (found, expected) in lengths.items():
        if found != expected:
            raise ValueError(f"{name} has {found} items, it must have {expected}")


def known_sizes(shape: TensorShape) -> list[int]:
    """The sizes of a shape that is known."""
    if not shape.is_fully_defined():
        raise ValueError(f"the shape {shape} of a dense feature must be fully defined")
    return [int(size) for size in shape.as_list() if size is not None]


def varies(shape: TensorShape) -> bool:
    """Whether the first size of a dense feature's shape differs from record to record."""
    sizes = shape.as_tuple()
    return bool(sizes) and sizes[0] is None if sizes is not None else False


def sparse_specs(types: Sequence[DType], rank: int) -> list[TensorSpec]:
    """The specs of the parts of sparse tensors: all indices, all values, all shapes."""
    return [
        *[TensorSpec(TensorShape.of((None, rank)), _int64) for _ in types],
        *[TensorSpec(TensorShape.of((None,)), dtype) for dtype in types],
        *[TensorSpec(TensorShape.of((rank,)), _int64) for _ in types],
    ]


def grouped(parts: Sequence[tuple[Array, Array, Array]]) -> list[Array]:
    """Indices of all sparse tensors, then values of all, then shapes of all."""
    return [part[index] for index in range(3) for part in parts]


def of_one(parts: Sequence[tuple[Array, Array, Array]]) -> list[tuple[Array, Array, Array]]:
    """The parts of sparse tensors without the axis of the only record."""
    return [(indices[:, 1:], values, shape[1:]) for indices, values, shape in parts]


def dtype_of(value: Array) -> DType:
    """The dtype of the feature that an array holds."""
    array = as_array(value)
    return _string if array.dtype.kind == "O" else _float32 if array.dtype.kind == "f" else _int64


def zero_of(dtype: DType) -> Any:
    """What stands where a feature of a dtype has no value."""
    return b"" if dtype is _string else 0
