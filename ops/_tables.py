"""The tables behind the handles of lookup ops, kept by a session."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, string as _string
from graphflow.core.errors import FailedPreconditionError, UnimplementedError
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape
from graphflow.ops._file_system import file_error
from graphflow.ops._static import as_array, invalid
from graphflow.ops._text import from_items, items_of
from graphflow.ops.strings_numbers import parse_numbers

WHOLE_LINE = -2
LINE_NUMBER = -1


class Table:
    """A mapping that grows and shrinks while a graph runs.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      key_shape: the shape of one key.
      value_shape: the shape of one value.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        key_shape: Sequence[int] = (),
        value_shape: Sequence[int] = (),
    ) -> None:
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.key_shape = tuple(key_shape)
        self.value_shape = tuple(value_shape)
        self._lock = threading.Lock()
        self._items: dict[Any, Any] = {}

    def describe(self) -> str:
        """What is mapped to what, such as string() -> int64(2)."""
        key = f"{self.key_dtype.name}{TensorShape(self.key_shape)}"
        return f"{key} -> {self.value_dtype.name}{TensorShape(self.value_shape)}"

    def size(self) -> int:
        """The number of keys."""
        return len(self._items)

    def find(self, keys: Array, default: Array) -> Array:
        """The value of each key, the default where there is none."""
        keys, default = as_array(keys), as_array(default)
        outer = self._outer_shape(keys)
        if default.shape != self.value_shape:
            raise invalid(
                f"the default value has shape {default.shape}, values of {self.describe()} have "
                f"shape {self.value_shape}"
            )
        fallback = default.item() if not self.value_shape else default
        with self._lock:
            found = list(map(self._items.get, self._keys(keys), repeat(fallback)))
        return self._packed(found, outer)

    def insert(self, keys: Array, values: Array) -> None:
        """Set the values of keys."""
        pairs = self._pairs(keys, values)
        with self._lock:
            self._items.update(pairs)

    def remove(self, keys: Array) -> None:
        """Forget keys, those that are not there too."""
        with self._lock:
            for key in self._keys(as_array(keys)):
                self._items.pop(key, None)

    def replace(self, keys: Array, values: Array) -> None:
        """Forget everything, then set the values of keys."""
        pairs = self._pairs(keys, values)
        with self._lock:
            self._items = dict(pairs)

    def export(self) -> tuple[Array, Array]:
        """All keys and their values."""
        with self._lock:
            keys, values = list(self._items), list(self._items.values())
        count = (len(keys),)
        if not self.key_shape:
            packed = from_items(keys, count, self.key_dtype.numpy)
        else:
            flat = [part for key in keys for part in key]
            packed = from_items(flat, (*count, *self.key_shape), self.key_dtype.numpy)
        return packed, self._packed(values, count)

    def _outer_shape(self, keys: Array) -> tuple[int, ...]:
        """The shape of the tensor of keys without that of a key."""
        rank = keys.ndim - len(self.key_shape)
        if rank < 0 or keys.shape[rank:] != self.key_shape:
            raise invalid(f"keys of shape {keys.shape} do not fit {self.describe()}")
        outer: tuple[int, ...] = keys.shape[:rank]
        return outer

    def _keys(self, keys: Array) -> list[Any]:
        outer = self._outer_shape(keys)
        if not self.key_shape:
            return items_of(keys)
        rows = keys.reshape(int(np.prod(outer)), int(np.prod(self.key_shape)))
        return [tuple(row) for row in rows.tolist()]

    def _pairs(self, keys: Array, values: Array) -> list[tuple[Any, Any]]:
        keys, values = as_array(keys), as_array(values)
        expected = self._outer_shape(keys) + self.value_shape
        if values.shape != expected:
            raise invalid(
                f"for keys of shape {keys.shape} {self.describe()} needs values of shape "
                f"{expected}, not {values.shape}"
            )
        found = self._keys(keys)
        if not self.value_shape:
            return list(zip(found, items_of(values), strict=True))
        rows = values.reshape(len(found), *self.value_shape).copy()
        return list(zip(found, rows, strict=True))

    def _packed(self, values: list[Any], outer: tuple[int, ...]) -> Array:
        dtype = self.value_dtype.numpy
        if not self.value_shape:
            return from_items(values, outer, dtype)
        rows = np.empty((len(values), *self.value_shape), dtype)
        if values:
            np.stack(values, out=rows)
        return rows.reshape(*outer, *self.value_shape)


class StaticTable(Table):
    """A mapping that is set once, by its initializer."""

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        super().__init__(key_dtype, value_dtype)
        self._is_initialized = False

    def find(self, keys: Array, default: Array) -> Array:
        """The value of each key; fails before the table is initialized."""
        if not self._is_initialized:
            raise FailedPreconditionError(
                None,
                None,
                "the table is not initialized: run its initializer first "
                "(such as session.run(tf.tables_initializer()))",
            )
        return super().find(keys, default)

    def insert(self, keys: Array, values: Array) -> None:
        """Refuse: only the initializer sets values."""
        raise UnimplementedError(None, None, "this table is static: it takes no further keys")

    def remove(self, keys: Array) -> None:
        """Refuse: the keys stay."""
        raise UnimplementedError(None, None, "this table is static: its keys cannot be removed")

    def replace(self, keys: Array, values: Array) -> None:
        """Initialize the table; doing so again with as many keys has no effect."""
        items: dict[Any, Any] = {}
        for key, value in self._pairs(keys, values):
            if items.setdefault(key, value) != value:
                raise FailedPreconditionError(
                    None, None, f"the key {key!r} has two values, {items[key]!r} and {value!r}"
                )
        with self._lock:
            if not self._is_initialized:
                self._items, self._is_initialized = items, True
            elif len(items) != len(self._items):
                raise FailedPreconditionError(
                    None, None, "the table is initialized already, with other entries"
                )


class DenseTable(Table):
    """A mapping in which two keys have a meaning of their own and cannot be used.

    Args:
      key_dtype: the dtype of keys.
      value_dtype: the dtype of values.
      value_shape: the shape of one value.
      empty_key: the key that stands for a free place.
      deleted_key: the key that stands for a removed one.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: Sequence[int],
        empty_key: Array,
        deleted_key: Array,
    ) -> None:
        empty, deleted = as_array(empty_key), as_array(deleted_key)
        super().__init__(key_dtype, value_dtype, empty.shape, value_shape)
        if deleted.shape != empty.shape:
            raise invalid(
                f"empty_key has shape {empty.shape}, deleted_key {deleted.shape}: they must agree"
            )
        self._reserved = {}
        reserved = ((empty, "empty_key"), (deleted, "deleted_key"))
        for key, name in reserved:
            self._reserved[super()._keys(key)[0]] = name
        if len(self._reserved) < len(reserved):
            raise invalid("empty_key and deleted_key must differ")

    def _keys(self, keys: Array) -> list[Any]:
        found = super()._keys(keys)
        for key, name in self._reserved.items():
            if key in found:
                raise invalid(f"{key!r} is {name} and cannot be used as a key of the table")
        return found


def read_columns(
    name: str, columns: Sequence[tuple[int, DType]], count: int, delimiter: bytes
) -> list[Array]:
    """Read columns of a text file.

    Args:
      name: the file's name.
      columns: for each column its number (or WHOLE_LINE, LINE_NUMBER) and dtype.
      count: how many lines to read, -1 for all.
      delimiter: what stands between columns.

    Returns:
      One array for each column.

    Raises:
      OpError: the file cannot be read, or its content does not fit.
    """
    try:
        lines = Path(name).read_bytes().split(b"\n")
    except OSError as error:
        raise file_error(error, name) from error
    if not lines[-1]:
        lines.pop()
    if count > len(lines):
        raise invalid(f"{name} has {len(lines)} lines, vocab_size asks for {count}")
    lines = [line.rstrip(b"\r") for line in (lines if count < 0 else lines[:count])]
    if b"" in lines:
        raise invalid(f"{name}: line {lines.index(b'')} is empty")
    return [_column(name, lines, index, dtype, delimiter) for index, dtype in columns]


def _column(name: str, lines: list[bytes], index: int, dtype: DType, delimiter: bytes) -> Array:
    if index == LINE_NUMBER:
        return np.arange(len(lines), dtype=dtype.numpy)
    fields = lines if index == WHOLE_LINE else list(_fields(name, lines, index, delimiter))
    if dtype is _string:
        return from_items(fields, (len(fields),))
    return from_items(parse_numbers(fields, dtype), (len(fields),), dtype.numpy)


def _fields(name: str, lines: list[bytes], index: int, delimiter: bytes) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        parts = line.split(delimiter)
        if len(parts) <= index:
            raise invalid(
                f"{name}: line {number} has {len(parts)} columns, number {index} is asked for"
            )
        yield parts[index]
