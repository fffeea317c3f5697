"""Crosses: in each row, all combinations of one feature from each of several tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.dtypes import (
    DType,
    dtype_set,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorSpec
from graphflow.ops._sparse import check_parts, is_increasing, part_specs
from graphflow.ops._static import check_rank, i64, invalid
from graphflow.ops._text import from_items, join_rows
from graphflow.ops.kernels.farmhash import fingerprint64

__all__ = ["SparseCross", "sparse_cross", "sparse_cross_hashed"]

_DEFAULT_HASH_KEY = 0xDECAFCAFFE
_FEATURE = dtype_set("int64 string")
_FACTOR: Any = np.uint64(0xC6A4A7935BD1E995)
_SHIFT: Any = np.uint64(47)


def _mixed(value: Array) -> Array:
    return value ^ (value >> _SHIFT)


def _joined_fingerprints(first: Array, second: Array) -> Array:
    """Make one fingerprint of two, uint64 [n], by steps of MurmurHash64A."""
    with np.errstate(over="ignore"):
        result = first ^ _FACTOR
        result = (result ^ (_mixed(second * _FACTOR) * _FACTOR)) * _FACTOR
        return _mixed(_mixed(result) * _FACTOR)


class _Column:
    """The features of one tensor, row by row.

    Attributes:
      values: all features, those of a row one after the other.
      counts: the number of features in each row.
      starts: where those of each row begin.
    """

    def __init__(self, values: Array, counts: Array) -> None:
        self.values = values
        self.counts = counts
        self.starts = np.cumsum(counts) - counts

    @classmethod
    def of_sparse(cls, indices: Array, values: Array, shape: Array) -> _Column:
        """The features of a sparse matrix."""
        rows, height = indices[:, 0], int(shape[0])
        if len(rows) and (rows.min() < 0 or rows.max() >= height or not is_increasing(rows)):
            raise invalid(
                f"the rows of a sparse input must be in order and in [0, {height}), not "
                f"{rows.tolist()}"
            )
        return cls(values, np.bincount(rows, minlength=height))

    @classmethod
    def of_dense(cls, values: Array) -> _Column:
        """The features of a dense matrix."""
        return cls(values.reshape(-1), np.full(len(values), values.shape[1]))


def _combinations(columns: Sequence[_Column]) -> tuple[Array, Array, list[Array]]:
    """All combinations in each row, that of the last column fastest.

    Returns:
      The row of each combination, its number in the row, and the values from each column.
    """
    totals = np.prod([column.counts for column in columns], axis=0)
    rows = np.repeat(np.arange(len(totals)), totals)
    numbers = np.arange(len(rows)) - np.repeat(np.cumsum(totals) - totals, totals)
    rest, chosen = numbers, []
    for column in reversed(columns):
        rest, place = np.divmod(rest, column.counts[rows])
        chosen.append(column.values[column.starts[rows] + place])
    return rows, numbers, chosen[::-1]


@register
class SparseCross(Op):
    """All combinations of features in each row, joined as texts or hashed."""

    N: int
    hashed_output: bool
    num_buckets: int
    hash_key: int
    out_type: DType
    internal_type: DType

    inputs = (
        "indices: N*int64, values: [sparse_types], shapes: N*int64, dense_inputs: [dense_types]"
    )
    outputs = "output_indices, output_values, output_shape"
    types: ClassVar[Any] = {"sparse_types": _FEATURE, "dense_types": _FEATURE}

    def list_sizes(self, total: int, lists: Sequence[Any]) -> dict[str, int]:
        sizes = dict.fromkeys(["indices", "values", "shapes"], self.N)
        return {**sizes, "dense_inputs": total - 3 * self.N}

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        wanted = _int64 if self.hashed_output else _string
        if self.out_type is not wanted:
            raise ValueError(f"out_type must be {wanted.name}, it is {self.out_type.name}")
        if self.num_buckets < 0:
            raise ValueError(f"num_buckets must not be negative, it is {self.num_buckets}")
        indices, values, shapes, dense = self.group_inputs(specs)
        if not specs:
            raise ValueError("a cross needs at least one input")
        for parts in zip(indices, values, shapes, strict=True):
            _, rank = check_parts(parts)
            if rank not in (None, 2):
                raise ValueError(f"sparse inputs must be matrices, one has rank {rank}")
        for spec in dense:
            check_rank("dense_inputs", spec, 2)
        for spec in (*values, *dense):
            if spec.dtype.base_dtype not in _FEATURE:
                raise TypeError(f"features must be int64 or string, not {spec.dtype.name}")
        return part_specs(None, 2, self.out_type)

    def kernel(self, *arrays: Array) -> tuple[Array, Array, Array]:
        indices, values, shapes, dense = self.group_inputs(arrays)
        parts = zip(indices, values, shapes, strict=True)
        columns = [_Column.of_sparse(*three) for three in parts]
        columns += [_Column.of_dense(matrix) for matrix in dense]
        heights = {len(column.counts) for column in columns}
        if len(heights) > 1:
            raise invalid(f"the inputs have different numbers of rows: {sorted(heights)}")
        rows, numbers, chosen = _combinations(columns)
        crossed = self._hashed(chosen) if self.hashed_output else self._joined(chosen)
        shape = i64([heights.pop(), numbers.max(initial=-1) + 1])
        return np.stack([rows, numbers], axis=1), crossed, shape

    @staticmethod
    def _joined(chosen: Sequence[Array]) -> Array:
        texts = [
            column.tolist()
            if column.dtype == object
            else [str(number).encode() for number in column.tolist()]
            for column in chosen
        ]
        return join_rows(zip(*texts, strict=True), b"_X_")

    def _hashed(self, chosen: Sequence[Array]) -> Array:
        result: Array = np.full(len(chosen[0]), self.hash_key).astype(np.uint64)
        for column in chosen:
            if column.dtype == object:
                fingerprints = fingerprint64(column.tolist())
            else:
                fingerprints = column.astype(np.uint64)
            result = _joined_fingerprints(result, fingerprints)
        limit = self.num_buckets or int(np.iinfo(np.int64).max)
        return (result % np.uint64(limit)).astype(np.int64)

    @classmethod
    def _made(
        cls, count: int, num_buckets: int | None = None, internal_type: DType = _int64
    ) -> SparseCross:
        """An op for samples, with hashed output if the number of buckets is given."""
        key = _DEFAULT_HASH_KEY
        if num_buckets is None:
            return cls(count, False, 0, key, _string, internal_type)
        return cls(count, True, num_buckets, key, _int64, internal_type)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        places, shape = i64([[0, 0], [1, 0], [1, 1], [3, 0]]), i64([4, 2])
        letters = from_items([b"a", b"bc", b"", b"d"], (4,))
        numbers = i64([5, -6, 7, 2**40])
        words = from_items([b"x", b"y", b"z", b"uv" * 40], (4, 1))
        twice = ([places, places], [letters, numbers], [shape, shape])
        for number in (0, 100, None):
            yield Sample.of(cls._made(2, number), *twice, [])
        texts = ([places], [letters], [shape], [words, words[::-1]])
        for buckets in (None, 100):
            yield Sample.of(cls._made(1, buckets, _string), *texts)
        yield Sample.of(cls._made(1), [places], [numbers], [shape], [i64([[1, 2]] * 4)])
        yield Sample.of(cls._made(0, 9), [], [], [], [i64([[3], [4]])])
        nothing = ([places[:0]], [letters[:0]], [shape], [words])
        yield Sample.of(cls._made(1, None, _string), *nothing)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        places, shape, numbers = i64([[0, 0], [1, 0]]), i64([2, 1]), i64([5, 6])
        op, row = cls._made(1), i64([[3]])
        yield ErrorSample(op, ([places[:, :1]], [numbers], [shape[:1]], []), "must be matrices")
        yield ErrorSample(op, ([places], [numbers], [shape], [numbers]), "must be a matrix")
        reals: Any = ([places], [numbers.astype(np.float32)], [shape], [])
        yield ErrorSample(op, reals, "int64 or string, not float32", TypeError)
        yield ErrorSample(cls._made(0), ([], [], [], []), "at least one input")
        odd = cls(1, True, 0, 1, _string, _string)
        good = ([places], [numbers], [shape])
        yield ErrorSample(odd, (*good, []), "out_type must be int64, it is string")
        yield ErrorSample(cls._made(1, -2), (*good, []), "must not be negative, it is -2")
        for bad, message in (
            ((*good, [row]), "different numbers of rows"),
            (([places[::-1].copy()], [numbers], [shape], []), "must be in order"),
        ):
            yield ErrorSample(op, bad, message, InvalidArgumentError, "run")


def sparse_cross(inputs: Sequence[Any], name: str | None = None) -> SparseTensor:
    """Combine the features in each row of several matrices, as texts joined by "_X_".

    Args:
      inputs: a list of integer or string matrices, `SparseTensor`s or tensors, with as many rows
        each. The sparse ones come first in the result.
      name: the operation's name.

    Returns:
      A string `SparseTensor` [rows, largest number of combinations].

    Raises:
      TypeError: `inputs` is no list of tensors and `SparseTensor`s.
      ValueError: an input is no matrix.

    >>> import graphflow as tf
    >>> words = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2])
    >>> tf.Session().run(tf.sparse.cross([words, tf.constant([[5], [6]])])).values.tolist()
    [b'a_X_5', b'b_X_6', b'c_X_6']
    """
    return _crossed(inputs, False, 0, None, name)


def sparse_cross_hashed(
    inputs: Sequence[Any],
    num_buckets: int = 0,
    hash_key: int | None = None,
    name: str | None = None,
) -> SparseTensor:
    """Combine the features in each row of several matrices, and hash each combination.

    Args:
      inputs: a list of integer or string matrices, `SparseTensor`s or tensors, with as many rows
        each. The sparse ones are hashed first.
      num_buckets: the hashes are in [0, num_buckets); 0 for [0, 2**63 - 1).
      hash_key: the number to begin the hashes with.
      name: the operation's name.

    Returns:
      An int64 `SparseTensor` [rows, largest number of combinations].

    Raises:
      TypeError: `inputs` is no list of tensors and `SparseTensor`s.
      ValueError: an input is no matrix.

    >>> import graphflow as tf
    >>> words = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2])
    >>> more = tf.SparseTensor([[0, 0], [1, 0]], ["d", "e"], [2, 1])
    >>> tf.Session().run(tf.sparse.cross_hashed([words, more], num_buckets=100)).values
    array([82, 61, 41])
    """
    return _crossed(inputs, True, num_buckets, hash_key, name)


def _crossed(
    inputs: Sequence[Any], is_hashed: bool, num_buckets: int, key: int | None, name: str | None
) -> SparseTensor:
    if not isinstance(inputs, list) or not all(
        isinstance(item, (SparseTensor, Tensor)) for item in inputs
    ):
        raise TypeError(f"inputs must be a list of tensors and SparseTensors, not {inputs!r}")
    sparse = [item for item in inputs if isinstance(item, SparseTensor)]
    values = [_feature(item.values) for item in sparse]
    dense = [_feature(item) for item in inputs if isinstance(item, Tensor)]
    all_strings = all(tensor.dtype.base_dtype is _string for tensor in (*values, *dense))
    op = SparseCross(
        len(sparse),
        is_hashed,
        num_buckets,
        _DEFAULT_HASH_KEY if key is None else key,
        _int64 if is_hashed else _string,
        _string if all_strings else _int64,
    )
    parts = apply_multi(
        op,
        [item.indices for item in sparse],
        values,
        [item.dense_shape for item in sparse],
        dense,
        name=name,
    )
    return SparseTensor(*parts)


def _feature(tensor: Tensor) -> Tensor:
    """Integers as int64; the op refuses what is neither those nor strings."""
    return ops.cast(tensor, _int64) if tensor.dtype.is_integer else tensor
