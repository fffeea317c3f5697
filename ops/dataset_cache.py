"""Datasets that keep their elements, in memory or in a file, for later walks."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np

from graphflow.core.dtypes import as_dtype, string as _string
from graphflow.core.errors import AlreadyExistsError, DataLossError, UnimplementedError
from graphflow.core.extensions import provided
from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._dataset import (
    Dataset,
    DatasetOp,
    Element,
    Environment,
    Items,
    dataset_in,
    scalar_array,
)
from graphflow.ops._static import check_rank
from graphflow.ops._text import item_of
from graphflow.ops.dataset_order import Derived

__all__ = ["CacheDataset"]

_LENGTH = struct.Struct("<Q")


class _InMemory(Derived):
    """Elements that the first complete walk keeps; keys need not be kept."""

    def __init__(self, base: Dataset) -> None:
        super().__init__(base)
        self._lock = threading.Lock()
        self._kept: list[Element] | None = None

    def items(self, env: Environment) -> Items:
        if self._kept is not None:
            return _Kept(self._kept)
        return _Keeping(self.base.items(env), self)

    def keep(self, elements: list[Element]) -> None:
        """Take the elements of a complete walk."""
        with self._lock:
            if self._kept is None:
                self._kept = elements

    def cardinality(self) -> int:
        return self.base.cardinality()


class _Kept(Items):
    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements
        self._place = 0

    def next(self, token: Any) -> Element | None:
        if self._place >= len(self._elements):
            return None
        self._place += 1
        return self._elements[self._place - 1]

    def next_many(self, count: int, token: Any) -> list[Element]:
        start, self._place = self._place, self._place + count
        return self._elements[start : self._place]


class _Keeping(Items):
    def __init__(self, items: Items, cache: _InMemory) -> None:
        self._items = items
        self._cache = cache
        self._found: list[Element] = []

    def next(self, token: Any) -> Element | None:
        element: Element | None = self._items.next(token)
        if element is None:
            self._cache.keep(self._found)
            return None
        self._found.append(element)
        return element


class _InFile(Dataset):
    """Elements that the first complete walk writes to a file.

    The file holds the components of all elements as `TensorProto` messages, each behind its length.
    While it is being written it has another name, beside which a lock file stands.
    """

    def __init__(self, base: Dataset, path: str, components: int) -> None:
        self._base = base
        self._components = components
        self._path = Path(path + ".data")

    def items(self, env: Environment) -> Items:
        if self._path.exists():
            return _Reading(self._path, self._components)
        return _Writing(self._base.elements(env), self._path)

    def cardinality(self) -> int:
        return self._base.cardinality()


class _Writing(Items):
    def __init__(self, elements: Items, path: Path) -> None:
        self._elements = elements
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._lock = path.with_name(path.name + ".lockfile")
        self._file: Any = None
        self._is_over = False

    def next(self, token: Any) -> Element | None:
        if self._is_over:
            return None
        if self._file is None:
            self._open()
        element: Element | None = self._elements.next(token)
        if element is None:
            self._finish()
            return None
        for component in element:
            self._file.write(_framed(component))
        return element

    def _open(self) -> None:
        try:
            os.close(os.open(self._lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError as error:
            raise AlreadyExistsError(
                None,
                None,
                f"{self._lock} exists: another iterator writes this cache, or one did not come to "
                "its end; then delete the file",
            ) from error
        self._file = self._partial.open("wb")

    def _finish(self) -> None:
        self._is_over = True
        self._file.close()
        self._partial.replace(self._path)
        self._lock.unlink(missing_ok=True)

    def __del__(self) -> None:
        if self._file is not None and not self._is_over:
            self._file.close()
            self._partial.unlink(missing_ok=True)
            self._lock.unlink(missing_ok=True)


def _framed(component: Array) -> bytes:
    """Return a component as its length and its message."""
    array = scalar_array(component)
    if array.dtype == object and any(not isinstance(item, bytes) for item in array.flat):
        raise UnimplementedError(
            None, None, "only numbers and strings can be cached in a file: cache in memory"
        )
    dtype = _string if array.dtype == object else as_dtype(array.dtype)
    message: bytes = provided("tensor_to_bytes")(np.asarray(array, order="C"), dtype)
    return _LENGTH.pack(len(message)) + message


class _Reading(Items):
    def __init__(self, path: Path, components: int) -> None:
        self._file: Any = path.open("rb")
        self._components = components

    def next(self, token: Any) -> Element | None:
        if self._file is None:
            return None
        components: list[Array] = []
        for _ in range(self._components):
            head = self._file.read(_LENGTH.size)
            if not head and not components:
                self._close()
                return None
            components.append(self._read_component(head))
        return tuple(components)

    def _read_component(self, head: bytes) -> Array:
        if len(head) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            message = self._file.read(length)
            if len(message) == length:
                return provided("tensor_from_bytes")(message)[0]
        raise DataLossError(None, None, f"the cache {self._file.name} is cut off")

    def _close(self) -> None:
        self._file.close()
        self._file = None

    def __del__(self) -> None:
        if self._file is not None:
            self._close()


@register
class CacheDataset(DatasetOp):
    """A dataset that is computed once."""

    inputs = "input_dataset: variant, filename: string"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("filename", inputs[1], 0)
        return super().infer()

    def kernel(self, input_dataset: Array, filename: Array) -> Array:
        base, path = dataset_in(input_dataset), item_of(filename).decode()
        if not path:
            return _InMemory(base).as_array()
        return _InFile(base, path, len(self.output_types)).as_array()
