"""What ops on sparse tensors share: conversions, specs of the three parts, places as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.core.dtypes import (
    NUMERIC,
    DType,
    bfloat16 as _bfloat16,
    bool as _bool,
    int64 as _int64,
    string as _string,
)
from graphflow.core.graph import Tensor
from graphflow.core.op import Array
from graphflow.core.sparse import SparseTensor, SparseTensorValue
from graphflow.core.spec import TensorShape, TensorSpec, dimension_at_index
from graphflow.ops._static import Ints, check_rank, invalid, known_ints

# What the elements of a sparse tensor may be.
ELEMENT = NUMERIC | {_bool, _string}
_MAX_PLACES = 2**63 - 1


def to_sparse(value: Any, name: str = "sp_input") -> SparseTensor:
    """Return a sparse tensor, made a constant if it is the value of one.

    Args:
      value: a `SparseTensor` or `SparseTensorValue`.
      name: the argument's name, for the error.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError(
            f"{name} must be a SparseTensor, not {value!r}; tf.sparse.from_dense makes one of a "
            "dense tensor"
        )
    return value


def parts_of(sparse: SparseTensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three tensors of a sparse tensor, in the order in which ops take them."""
    return sparse.indices, sparse.values, sparse.dense_shape


# -- specs -----------------------------------------------------------------------------------------


def check_parts(parts: Sequence[TensorSpec], name: str = "") -> tuple[int | None, int | None]:
    """Check that three specs may be the parts of one sparse tensor.

    Args:
      parts: of the places, of the elements, and of the dense shape.
      name: stands in front of the parts in an error.

    Returns:
      The number of elements and the rank, as far as they are known.

    Raises:
      ValueError: they do not fit together.
    """
    indices, values, shape = parts
    check_rank(f"{name}indices", indices, 2)
    check_rank(f"{name}values", values, 1)
    check_rank(f"{name}shape", shape, 1)
    count = dimension_at_index(indices.shape, 0).merge_with(dimension_at_index(values.shape, 0))
    rank = dimension_at_index(indices.shape, 1).merge_with(dimension_at_index(shape.shape, 0))
    return count.value, rank.value


def part_specs(count: int | None, rank: int | None, dtype: DType) -> list[TensorSpec]:
    """The specs of indices, values and dense shape of a sparse tensor."""
    return [
        TensorSpec(TensorShape.of((count, rank)), _int64),
        TensorSpec(TensorShape.of((count,)), dtype),
        TensorSpec(TensorShape.of((rank,)), _int64),
    ]


def known_sizes(shape: TensorSpec) -> Ints | None:
    """The sizes in a vector that holds a shape, None for unknown ones."""
    sizes = known_ints(shape)
    return None if sizes is None else tuple(None if n is None or n < 0 else n for n in sizes)


# -- places as numbers -----------------------------------------------------------------------------


def check_inside(indices: Array, shape: Array) -> None:
    """Raise InvalidArgumentError if a place lies outside of the dense shape."""
    if not len(indices):
        return
    # One column after the other: numpy is slow to reduce many short rows.
    for axis, size in enumerate(shape.tolist()):
        column = indices[:, axis]
        if column.min() < 0 or column.max() >= size:
            at = int(np.argmax((column < 0) | (column >= size)))
            raise invalid(
                f"indices[{at}] = {indices[at].tolist()} lies outside of the dense shape "
                f"{shape.tolist()}"
            )


def row_major(indices: Array, shape: Array) -> Array:
    """Number places so that the numbers are in row-major order.

    Args:
      indices: integer [n, rank].
      shape: integer [rank].

    Returns:
      int64 [n]: the place in the flattened dense tensor, or any other numbers in the same order if
      the dense tensor has more places than int64 can count.

    Raises:
      InvalidArgumentError: a place lies outside of the shape.

    >>> row_major(np.asarray([[0, 2], [1, 1]]), np.asarray([2, 3]))
    array([2, 4])
    """
    check_inside(indices, shape)
    sizes = [int(size) for size in shape]
    if math.prod(sizes) > _MAX_PLACES:
        return np.unique(indices, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    places = np.zeros(len(indices), np.int64)
    for axis, size in enumerate(sizes):
        places *= size
        places += indices[:, axis]
    return places


def is_increasing(places: Array) -> bool:
    """Tell whether no place comes before its predecessor."""
    return not (places[1:] < places[:-1]).any()


def check_places_increase(indices: Array, places: Array) -> None:
    """Raise InvalidArgumentError unless each place comes after its predecessor."""
    bad = places[1:] <= places[:-1]
    if not bad.any():
        return
    at = int(np.argmax(bad)) + 1
    this, before = indices[at].tolist(), indices[at - 1].tolist()
    fault = "is repeated" if this == before else f"does not follow {before} in order"
    raise invalid(
        f"indices[{at}] = {this} {fault}; sort with tf.sparse.reorder, or set "
        "validate_indices=False"
    )


def order_of(places: Array) -> Array:
    """The permutation that sorts places; equal ones stay in order."""
    return np.argsort(places, kind="stable")


def groups(places: Array) -> tuple[Array, Array]:
    """Number the distinct places in increasing order.

    Args:
      places: int64 [n].

    Returns:
      The number of each place, [n], and for each number the first entry that has it.

    >>> groups(np.asarray([7, 3, 7]))
    (array([1, 0, 1]), array([1, 0]))
    """
    order = order_of(places)
    sorted_places = places[order]
    is_new = np.ones(len(places), bool)
    is_new[1:] = sorted_places[1:] != sorted_places[:-1]
    ranks = np.cumsum(is_new)
    ranks -= 1
    numbers = np.empty(len(places), np.int64)
    numbers[order] = ranks
    return numbers, order.take(np.flatnonzero(is_new))


def picked(indices: Array, at: Array) -> Array:
    """Some rows of an array, by number or by truth values; quicker than by an index."""
    at = np.flatnonzero(at) if at.dtype == bool else at
    return indices.take(at, axis=0)


# -- samples ---------------------------------------------------------------------------------------


def sample_values(count: int) -> list[Array]:
    """Values of the dtypes that elements may have, for samples."""
    numbers = np.asarray([1.5, -2.0, 3.25, 0.5, -7.0, 4.0])[:count]
    kinds = (np.float32, np.float64, np.float16, _bfloat16.numpy, np.complex64, np.int32, np.int64)
    strings = np.asarray([b"a", b"bc", b"", b"d", b"e", b"fg"], object)[:count]
    return [*[numbers.astype(kind) for kind in kinds], numbers > 0, strings]
