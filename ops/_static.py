"""What `infer` and kernels of several families ask: static integers, axes, ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array
from graphflow.core.spec import TensorSpec

Ints = tuple[int | None, ...]


def known_int(spec: TensorSpec) -> int | None:
    """The value of an integer scalar (or vector of one element) as far as the graph tells."""
    value = spec.value
    if value is not None:
        return int(value.reshape(-1)[0]) if value.size == 1 else None
    partial = spec.partial()
    if isinstance(partial, tuple):
        return partial[0] if len(partial) == 1 else None
    return partial


def known_ints(spec: TensorSpec) -> Ints | None:
    """The values of an integer vector, None for unknown ones; None if its length is unknown."""
    value = spec.value
    if value is not None:
        return tuple(value.reshape(-1).tolist())
    partial = spec.partial()
    if isinstance(partial, tuple):
        return partial
    dims = spec.shape.as_tuple()
    if not dims or dims[0] is None:
        return None
    return (None,) * dims[0]


def check_rank(name: str, spec: TensorSpec, rank: int) -> None:
    """Raise ValueError unless an input may have the given rank."""
    if spec.shape.rank not in (None, rank):
        kind = {0: "a scalar", 1: "a vector", 2: "a matrix"}.get(rank, f"of rank {rank}")
        raise ValueError(f"{name} must be {kind}, it has shape {spec.shape}")


def normalized_axis(axis: int, rank: int, name: str = "axis") -> int:
    """An axis counted from the front; raises ValueError if there is no such axis."""
    if not -rank <= axis < rank:
        raise ValueError(f"{name} {axis} is out of range for rank {rank}: {-rank} to {rank - 1}")
    return axis % rank


def checked_axis(axis: Any, rank: int, name: str = "axis") -> int:
    """Like `normalized_axis`, for kernels: raises InvalidArgumentError."""
    try:
        return normalized_axis(int(axis), rank, name)
    except ValueError as error:
        raise InvalidArgumentError(None, None, str(error)) from error


_UNSIGNED = {np.dtype(kind).char: np.dtype(f"u{kind}") for kind in ("int32", "int64")}


def check_in_range(name: str, values: Array, size: int) -> None:
    """Raise InvalidArgumentError unless all integers are in [0, size); it names the first."""
    if not values.size or are_in_range(values, size):
        return
    place = np.argwhere((values < 0) | (values >= size))[0]
    position = f"[{','.join(map(str, place))}]" if place.size else ""
    raise invalid(f"{name}{position} = {values[tuple(place)]} is not in [0, {size})")


def are_in_range(values: Array, size: int) -> bool:
    """Tell whether all of some integers, at least one, are in [0, size)."""
    unsigned = _UNSIGNED.get(values.dtype.char)
    if unsigned is None or values.ndim != 1:
        return bool(values.min() >= 0 and values.max() < size)
    # Negative numbers, read as unsigned ones, are larger than any size.
    return bool(np.maximum.reduce(values.view(unsigned)) < size)


def invalid(message: str) -> InvalidArgumentError:
    """The error that a kernel raises when it refuses a value."""
    return InvalidArgumentError(None, None, message)


def as_tuple(values: Any) -> tuple[int, ...]:
    """An integer array, a list or one integer as a tuple of Python integers."""
    return tuple(np.asarray(values).reshape(-1).tolist())


def as_array(value: Any) -> Array:
    """A kernel's input as an array: a string scalar may come as plain bytes."""
    return np.asarray(value, object) if isinstance(value, bytes) else np.asarray(value)


def i32(values: Any) -> Array:
    """An int32 array."""
    return np.asarray(values, np.int32)


def i64(values: Any) -> Array:
    """An int64 array."""
    return np.asarray(values, np.int64)


def f32(values: Any) -> Array:
    """A float32 array."""
    return np.asarray(values, np.float32)


def five_axes(dtype: Any = np.float32) -> Array:
    """Distinct numbers along five axes of different sizes: inputs of samples."""
    return np.arange(24).reshape(2, 1, 3, 2, 2).astype(dtype)
