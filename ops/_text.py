"""What the kernels of string ops share: arrays of bytes objects, mapped element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from graphflow.core import compat
from graphflow.core.op import Array
from graphflow.ops._static import as_array


def texts(values: Any) -> Array:
    """An array of bytes objects, from nested lists of str or bytes."""
    if isinstance(values, np.ndarray):
        return values
    array = as_array(values) if isinstance(values, bytes) else np.array(values, object)
    return as_array(map_text(_encoded, array))


def _encoded(item: str | bytes) -> bytes:
    return item.encode() if isinstance(item, str) else item


def as_bytes(value: Any) -> bytes:
    """An attribute's text as bytes; raises TypeError for anything but text."""
    return compat.as_bytes(value)


def item_of(value: Array) -> bytes:
    """The only element of a string scalar, which may come as plain bytes."""
    return value if isinstance(value, bytes) else value.item()


def map_text(function: Callable[..., Any], *arrays: Any, dtype: Any = object) -> Array:
    """Call a function for each element; the arrays broadcast against each other.

    Args:
      function: gets one element of each array; those of numeric arrays are Python numbers.
      *arrays: arrays of one element type each; plain bytes count as scalars.
      dtype: the dtype of the results.

    Returns:
      An array of the results.
    """
    inputs = np.broadcast_arrays(*map(as_array, arrays))
    results = list(map(function, *map(items_of, inputs)))
    return from_items(results, inputs[0].shape, dtype)


def from_items(items: list[Any], shape: tuple[int, ...], dtype: Any = object) -> Array:
    """An array of the given items, which for strings are bytes objects."""
    if dtype is not object:
        return np.array(items, dtype).reshape(shape)
    array = np.empty(len(items), object)
    array[:] = items
    return array if len(shape) == 1 else array.reshape(shape)


def items_of(value: Array) -> list[Any]:
    """All elements in row-major order."""
    items: list[Any] = as_array(value).ravel().tolist()
    return items


def join_rows(rows: Iterable[Any], separator: bytes) -> Array:
    """For each row of bytes objects the joined row."""
    joined = list(map(separator.join, rows))
    return from_items(joined, (len(joined),))
