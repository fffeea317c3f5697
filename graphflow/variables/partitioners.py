"""Partitioners: into how many parts a variable is cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from graphflow.core.dtypes import DType, as_dtype, string
from graphflow.core.spec import TensorShape, as_shape

Partitioner = Callable[..., list[int]]


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """Return a partitioner that cuts into a fixed number of parts.

    Args:
      num_shards: the number of parts.
      axis: the axis to cut.

    >>> fixed_size_partitioner(3, axis=1)(shape=[2, 7], dtype="float32")
    [1, 3]
    """

    def partitioner(shape: Any, **_: Any) -> list[int]:
        partitions = [1] * len(as_shape(shape))
        sizes = as_shape(shape).as_list()
        partitions[axis] = min(num_shards, sizes[axis] or num_shards)
        return partitions

    return partitioner


def variable_axis_size_partitioner(
    max_shard_bytes: int,
    axis: int = 0,
    bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:
    """Return a partitioner that keeps parts below a size.

    Args:
      max_shard_bytes: the largest size of a part.
      axis: the axis to cut.
      bytes_per_string_element: the size to assume for a string.
      max_shards: the largest number of parts.

    Raises:
      ValueError: a limit is below 1.

    >>> variable_axis_size_partitioner(100)(shape=[10, 6], dtype="float32")
    [3, 1]
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("max_shard_bytes and bytes_per_string_element must be 1 or more")
    if max_shards is not None and max_shards < 1:
        raise ValueError(f"max_shards must be 1 or more, not {max_shards}")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        shape = as_shape(shape)
        shape.assert_is_fully_defined()
        sizes = [int(size) for size in shape]
        partitions = [1] * len(sizes)
        bytes_per_slice = _bytes(shape, dtype, bytes_per_string_element) // sizes[axis]
        slices_per_part = max(1, max_shard_bytes // bytes_per_slice)
        count = math.ceil(sizes[axis] / slices_per_part)
        if max_shards is not None:
            count = min(max_shards, count)
        partitions[axis] = count
        return partitions

    return partitioner


def min_max_variable_partitioner(
    max_partitions: int = 1,
    axis: int = 0,
    min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:
    """Return a partitioner that cuts into as many parts as keep each above a size.

    Args:
      max_partitions: the largest number of parts.
      axis: the axis to cut.
      min_slice_size: the smallest size of a part, in bytes.
      bytes_per_string_element: the size to assume for a string.

    >>> min_max_variable_partitioner(5, min_slice_size=64)(shape=[12, 4], dtype="float32")
    [3, 1]
    """

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        shape = as_shape(shape)
        if axis >= len(shape):
            raise ValueError(f"cannot cut axis {axis} of shape {shape}")
        partitions = [1] * len(shape)
        size = _bytes(shape, dtype, bytes_per_string_element)
        wanted = max(1, math.ceil(size / min_slice_size))
        partitions[axis] = max(1, min(int(shape[axis]), max_partitions, wanted))
        return partitions

    return partitioner


def _bytes(shape: TensorShape, dtype: Any, bytes_per_string: int) -> int:
    dtype = as_dtype(dtype)
    element = bytes_per_string if dtype.base_dtype is string else dtype.size
    return element * (shape.num_elements() or 0)


def checked_partitions(partitioner: Partitioner, shape: TensorShape, dtype: DType) -> list[int]:
    """Call a partitioner and check what it returns.

    Raises:
      ValueError: it is no list of numbers that fits the shape, or cuts several axes.
    """
    partitions = partitioner(shape=shape, dtype=dtype)
    if not isinstance(partitions, (list, tuple)):
        raise ValueError(f"a partitioner returns a list of int, not {partitions!r}")
    if len(partitions) != shape.ndims:
        raise ValueError(f"the partitioner returned {partitions} for the shape {shape}")
    if any(count < 1 for count in partitions):
        raise ValueError(f"there must be at least one part along each axis: {partitions}")
    if sum(count > 1 for count in partitions) > 1:
        raise ValueError(f"a variable may be cut along one axis only: {partitions}")
    return [int(count) for count in partitions]


def part_slices(shape: TensorShape, partitions: list[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield offset and shape of each part: those at the front are larger by one if need be."""
    sizes = [int(size) for size in shape]
    axis = next((axis for axis, count in enumerate(partitions) if count > 1), 0)
    count = partitions[axis] if partitions else 1
    if not sizes:
        yield [], []
        return
    base, extra = divmod(sizes[axis], count)
    start = 0
    for index in range(count):
        length = base + (1 if index < extra else 0)
        offset = [0] * len(sizes)
        offset[axis] = start
        part = list(sizes)
        part[axis] = length
        yield offset, part
        start += length
