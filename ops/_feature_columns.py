"""The values of features in batches of records, as dense tensors and parts of sparse ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from graphflow.ops._examples import (
    DTYPES,
    KINDS,
    Feature,
    Malformed,
    read_values,
)
from graphflow.ops._static import as_array, invalid
from graphflow.ops._text import items_of

# The dtypes of features.
FEATURE_TYPES = dtype_set("float32 int64 string")


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

    def values(self, number: int, feature: Feature | None) -> Array | None:
        """The values of a feature; None if the record does not have it."""
        if feature is None or not feature.kind:
            return None
        if feature.kind != KINDS[self.dtype]:
            found = DTYPES[feature.kind].name
            raise self.error(number, f"its values are {found}, not {self.dtype.name}")
        try:
            return read_values(feature)
        except Malformed as error:
            raise self.error(number, f"its values cannot be read: {error}") from error

    def column(self, records: Sequence[Mapping[bytes, Feature]]) -> list[Array | None]:
        """The values in each record."""
        key = self.key
        return [self.values(number, record.get(key)) for number, record in enumerate(records)]

    # -- dense ---------------------------------------------------------------------------------

    def dense(
        self, rows: Sequence[Array | None], shape: Sequence[int], default: Array | None
    ) -> Array:
        """Stack the values of all records, [n, *shape]; the default stands for missing ones."""
        size = int(np.prod(shape))
        found = []
        for number, row in enumerate(rows):
            if row is None:
                if default is None:
                    raise self.error(number, "it is required, but the record does not have it")
                row = default
            if row.size != size:
                raise self.error(
                    number, f"it has {row.size} values, the shape {tuple(shape)} needs {size}"
                )
            found.append(row)
        stacked = np.concatenate(found) if found else np.empty(0, self.dtype.numpy)
        return stacked.reshape(len(rows), *shape)

    def padded(self, rows: Sequence[Array | None], shape: Sequence[int], padding: Any) -> Array:
        """Stack values of varying number, [n, most, *shape], filled with padding."""
        stride = int(np.prod(shape))
        for number, row in enumerate(rows):
            if row is not None and row.size % stride:
                raise self.error(
                    number, f"its {row.size} values fill no whole number of shape {tuple(shape)}"
                )
        longest = max((0 if row is None else row.size for row in rows), default=0)
        result = np.empty((len(rows), longest), self.dtype.numpy)
        result.fill(padding)
        for target, row in zip(result, rows, strict=True):
            if row is not None:
                target[: row.size] = row
        return result.reshape(len(rows), longest // stride if stride else 0, *shape)

    # -- sparse --------------------------------------------------------------------------------

    def sparse(self, rows: Sequence[Array | None]) -> tuple[Array, Array, Array]:
        """The values of all records as the parts of a sparse tensor [n, most]."""
        counts = _counts(rows)
        indices = np.stack([np.repeat(np.arange(len(rows)), counts), _places(counts)], axis=1)
        return indices, self._joined(rows), np.asarray([len(rows), most(counts)], np.int64)

    def sparse_lists(self, lists: Sequence[Sequence[Array | None]]) -> tuple[Array, Array, Array]:
        """The values of all steps as the parts of a sparse tensor [n, most steps, most]."""
        steps = np.fromiter(map(len, lists), np.int64, len(lists))
        rows = [row for one in lists for row in one]
        counts = _counts(rows)
        records = np.repeat(np.repeat(np.arange(len(lists)), steps), counts)
        indices = np.stack([records, np.repeat(_places(steps), counts), _places(counts)], axis=1)
        shape = np.asarray([len(lists), most(steps), most(counts)], np.int64)
        return indices, self._joined(rows), shape

    def _joined(self, rows: Sequence[Array | None]) -> Array:
        found = [row for row in rows if row is not None]
        return np.concatenate(found) if found else np.empty(0, self.dtype.numpy)


def _counts(rows: Sequence[Array | None]) -> Array:
    return np.fromiter((0 if row is None else row.size for row in rows), np.int64, len(rows))


def _places(counts: Array) -> Array:
    """For groups of some sizes the place of each member in its group."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def most(counts: Array) -> int:
    return int(counts.max()) if counts.size else 0


def flat_default(value: Array) -> Array | None:
    """A default as a flat array; None if there is none, which an empty one says."""
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
    found = items_of(names)
    if found and len(found) != count:
        raise invalid(f"there are {len(found)} names for {count} records")
    return found


def check_types(*groups: Sequence[DType]) -> None:
    for dtype in (dtype for group in groups for dtype in group):
        if dtype not in FEATURE_TYPES:
            raise TypeError(f"features are float32, int64 or string, not {dtype.name}")


def check_lengths(**lengths: tuple[int, int]) -> None:
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
    array = as_array(value)
    return _string if array.dtype.kind == "O" else _float32 if array.dtype.kind == "f" else _int64


def zero_of(dtype: DType) -> Any:
    return b"" if dtype is _string else 0
