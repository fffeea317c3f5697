"""Sets of numbers or strings: one set in each row along the last axis of a tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import dtype_set, int32 as _int32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import (
    check_parts,
    check_places_increase,
    groups,
    known_sizes,
    part_specs,
    parts_of,
    row_major,
    to_sparse,
)
from graphflow.ops._static import i32, i64, invalid

__all__ = [
    "DenseToDenseSetOperation",
    "DenseToSparseSetOperation",
    "SetSize",
    "SparseToSparseSetOperation",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
]

_ELEMENT = dtype_set("int8 int16 int32 int64 uint8 uint16 string")
# From membership in the first and in the second set to membership in the result.
_CHOOSE: dict[str, Callable[[Array, Array], Array]] = {
    "union": np.logical_or,
    "intersection": np.logical_and,
    "a-b": lambda in_a, in_b: in_a & ~in_b,
    "b-a": lambda in_a, in_b: in_b & ~in_a,
}
# The place of the row of each element, [n, rank - 1], and the elements, [n].
Members = tuple[Array, Array]


def _dense_members(values: Array) -> Members:
    rows = np.indices(values.shape[:-1]).reshape(values.ndim - 1, -1).T
    return np.repeat(rows, values.shape[-1], axis=0), values.reshape(-1)


def _sparse_members(parts: Sequence[Array], validate: bool) -> Members:
    indices, values, shape = parts
    if len(shape) < 2:
        raise invalid(f"sets need a sparse tensor of rank 2 or more, not of shape {shape.tolist()}")
    places = row_major(indices, shape)
    if validate:
        check_places_increase(indices, places)
    return indices[:, :-1], values


def _combined(
    operation: str, a: Members, b: Members, rows_shape: Array
) -> tuple[Array, Array, Array]:
    """Combine the sets of each row; the result is a sparse tensor with each set in order."""
    rows, values = np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])
    row_numbers, row_firsts = groups(row_major(rows, rows_shape))
    elements, codes = np.unique(values, return_inverse=True)
    keys = row_numbers * max(len(elements), 1) + codes.reshape(-1)
    numbers, firsts = groups(keys)
    belongs = np.zeros((2, len(firsts)), bool)
    belongs[0, numbers[: len(a[1])]] = True
    belongs[1, numbers[len(a[1]) :]] = True
    chosen = firsts[_CHOOSE[operation](*belongs)]
    in_row = row_numbers[chosen]
    sizes = np.bincount(in_row, minlength=len(row_firsts))
    positions = np.arange(len(chosen)) - (np.cumsum(sizes) - sizes)[in_row]
    indices = np.concatenate([rows[chosen], positions[:, None]], axis=1)
    return indices, values[chosen], i64([*rows_shape, sizes.max(initial=0)])


@dataclass(frozen=True, eq=False, repr=False)
class _SetOperation(Op):
    """Combines the sets in the rows of two tensors."""

    set_operation: str
    validate_indices: bool = True

    outputs = "result_indices, result_values, result_shape"
    types: ClassVar[Any] = {"T": _ELEMENT}

    def _result(
        self, rows_a: TensorShape, rows_b: TensorShape, like: TensorSpec
    ) -> list[TensorSpec]:
        if self.set_operation not in _CHOOSE:
            known = ", ".join(sorted(_CHOOSE))
            raise ValueError(f"set_operation is {self.set_operation!r}, not one of {known}")
        rank = rows_a.merge_with(rows_b).rank
        return part_specs(None, None if rank is None else rank + 1, like.dtype.base_dtype)

    @classmethod
    def _cases(cls) -> Iterator[_SetOperation]:
        for operation in _CHOOSE:
            yield cls(operation)


def _rows(name: str, spec: TensorSpec) -> TensorShape:
    """The shape of the rows of a dense tensor of sets."""
    if spec.shape.rank is None:
        return spec.shape
    if spec.shape.rank < 2:
        raise ValueError(f"{name} must have rank 2 or more, it has shape {spec.shape}")
    return spec.shape[:-1]


def _sparse_rows(parts: Sequence[TensorSpec], name: str) -> TensorShape:
    """The shape of the rows of a sparse tensor of sets."""
    _, rank = check_parts(parts, name)
    if rank is not None and rank < 2:
        raise ValueError(f"{name}indices must have 2 columns or more, not {rank}")
    sizes = known_sizes(parts[2]) or (None if rank is None else (None,) * rank)
    return TensorShape.of(None if sizes is None else sizes[:-1])


def _check_rows(rows_a: Sequence[int], rows_b: Sequence[int]) -> None:
    if tuple(rows_a) != tuple(rows_b):
        raise invalid(
            f"the two tensors have rows of shapes {tuple(rows_a)} and {tuple(rows_b)}, which must "
            "be equal"
        )


_SETS_A = i32([[[3, 1, 3], [2, 2, 5]], [[7, 8, 9], [4, 4, 4]]])
_SETS_B = i32([[[1, 4], [5, 7]], [[6, 6], [4, 4]]])
_PLACES = i64([[0, 0, 0], [0, 1, 1], [0, 1, 2], [1, 1, 0]])
_SPARSE_B = (_PLACES, i32([1, 5, 6, 4]), i64([2, 2, 3]))


@register
class DenseToDenseSetOperation(_SetOperation):
    """Combines the sets in the rows of two dense tensors."""

    inputs = "set1: T, set2: T"

    def infer(self, set1: TensorSpec, set2: TensorSpec) -> list[TensorSpec]:
        return self._result(_rows("set1", set1), _rows("set2", set2), set1)

    def kernel(self, set1: Array, set2: Array) -> tuple[Array, Array, Array]:
        rows = i64(set1.shape[:-1])
        return _combined(self.set_operation, _dense_members(set1), _dense_members(set2), rows)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op in cls._cases():
            yield Sample.of(op, _SETS_A, _SETS_B)
        for kind in (np.int8, np.int16, np.int64, np.uint8, np.uint16):
            yield Sample.of(cls("union"), _SETS_A[0].astype(kind), _SETS_B[0].astype(kind))
        strings = np.asarray([[b"b", b"a", b"a"]], object)
        yield Sample.of(cls("union"), strings, np.asarray([[b"c", b"b"]], object))
        yield Sample.of(cls("intersection"), i32([[1, 2]]), i32([[4, 3]]))
        yield Sample.of(cls("a-b"), _SETS_A[:, :, :0], _SETS_B)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls("union"), (_SETS_A[0, 0], _SETS_B[0, 0]), "rank 2 or more")
        yield ErrorSample(cls("union"), (_SETS_A[:1], _SETS_B), "not compatible")
        yield ErrorSample(cls("xor"), (_SETS_A, _SETS_B), "set_operation is 'xor', not one of")


@register
class DenseToSparseSetOperation(_SetOperation):
    """Combines the sets in the rows of a dense and a sparse tensor."""

    inputs = "set1: T, set2_indices: int64, set2_values: T, set2_shape: int64"

    def infer(self, set1: TensorSpec, *set2: TensorSpec) -> list[TensorSpec]:
        return self._result(_rows("set1", set1), _sparse_rows(set2, "set2_"), set1)

    def kernel(
        self, set1: Array, set2_indices: Array, set2_values: Array, set2_shape: Array
    ) -> tuple[Array, Array, Array]:
        members = _sparse_members((set2_indices, set2_values, set2_shape), self.validate_indices)
        _check_rows(set1.shape[:-1], set2_shape[:-1].tolist())
        return _combined(self.set_operation, _dense_members(set1), members, set2_shape[:-1])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for op in cls._cases():
            yield Sample.of(op, _SETS_A, *_SPARSE_B)
        strings = np.asarray([[b"b", b"a", b"a"]], object)
        yield Sample.of(cls("union"), strings, i64([[0, 1], [0, 4]]), strings[0, :2], i64([1, 5]))
        yield Sample.of(cls("b-a", False), _SETS_A, *_SPARSE_B)
        yield Sample.of(cls("union"), _SETS_A, _PLACES[:0], i32([]), i64([2, 2, 3]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        places, values, shape = _SPARSE_B
        bad = (_SETS_A, places[:, :1], values, i64([2]))
        yield ErrorSample(cls("union"), bad, "2 columns or more")
        bad = (_SETS_A[:1], *_SPARSE_B)
        yield ErrorSample(cls("union"), bad, "must be equal|not compatible", when="run")
        bad = (_SETS_A, places[::-1].copy(), values, shape)
        yield ErrorSample(cls("union"), bad, "in order", InvalidArgumentError, "run")


@register
class SparseToSparseSetOperation(_SetOperation):
    """Combines the sets in the rows of two sparse tensors."""

    inputs = (
        "set1_indices: int64, set1_values: T, set1_shape: int64, "
        "set2_indices: int64, set2_values: T, set2_shape: int64"
    )

    def infer(self, *specs: TensorSpec) -> list[TensorSpec]:
        rows_a, rows_b = _sparse_rows(specs[:3], "set1_"), _sparse_rows(specs[3:], "set2_")
        return self._result(rows_a, rows_b, specs[1])

    def kernel(self, *arrays: Array) -> tuple[Array, Array, Array]:
        members_a = _sparse_members(arrays[:3], self.validate_indices)
        members_b = _sparse_members(arrays[3:], self.validate_indices)
        rows_a, rows_b = arrays[2][:-1], arrays[5][:-1]
        _check_rows(rows_a.tolist(), rows_b.tolist())
        return _combined(self.set_operation, members_a, members_b, rows_a)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        other = (i64([[0, 1, 1], [1, 0, 0], [1, 1, 4]]), i32([6, 3, 4]), i64([2, 2, 5]))
        for op in cls._cases():
            yield Sample.of(op, *_SPARSE_B, *other)
        strings = np.asarray([b"b", b"a", b"a", b"d"], object)
        places, _, shape = _SPARSE_B
        yield Sample.of(cls("union"), places, strings, shape, places, strings[::-1], shape)
        yield Sample.of(cls("union", False), *_SPARSE_B, *other)
        none = (_PLACES[:0], i32([]), i64([2, 2, 3]))
        yield Sample.of(cls("intersection"), *none, *none)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        places, values, shape = _SPARSE_B
        flat = (places[:, :1], values, i64([2]))
        yield ErrorSample(cls("union"), (*flat, *flat), "2 columns or more")
        bad = (*_SPARSE_B, places, values, i64([3, 2, 3]))
        yield ErrorSample(cls("union"), bad, "must be equal|not compatible", when="run")
        bad = (*_SPARSE_B, places + 2, values, shape)
        yield ErrorSample(cls("union"), bad, "lies outside", InvalidArgumentError, "run")


@register
class SetSize(Op):
    """The number of distinct elements in each row of a sparse tensor."""

    validate_indices: bool = True

    inputs = "set_indices: int64, set_values: T, set_shape: int64"
    outputs = "size"
    types: ClassVar[Any] = {"T": _ELEMENT}

    def infer(self, *parts: TensorSpec) -> TensorSpec:
        return TensorSpec(_sparse_rows(parts, "set_"), _int32)

    def kernel(self, set_indices: Array, set_values: Array, set_shape: Array) -> Array:
        members = _sparse_members((set_indices, set_values, set_shape), self.validate_indices)
        nothing = (members[0][:0], members[1][:0])
        indices, _, _ = _combined("union", members, nothing, set_shape[:-1])
        sizes = np.zeros(set_shape[:-1].tolist(), np.int32)
        np.add.at(sizes.reshape(-1), row_major(indices[:, :-1], set_shape[:-1]), np.int32(1))
        return sizes

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        places, _, shape = _SPARSE_B
        yield Sample.of(cls(), places, i32([9, 5, 5, 4]), shape)
        yield Sample.of(cls(), places, np.asarray([b"b", b"a", b"c", b"d"], object), shape)
        yield Sample.of(cls(), places[:, 1:][[0, 1, 2]], i64([9, 9, 8]), i64([3, 4]))
        yield Sample.of(cls(False), places, np.asarray([9, 5, 5, 4], np.int8), shape)
        yield Sample.of(cls(), places[:0], i32([]), shape)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        places, values, shape = _SPARSE_B
        yield ErrorSample(cls(), (places[:, :1], values, i64([2])), "2 columns or more")
        bad = (places[::-1].copy(), values, shape)
        yield ErrorSample(cls(), bad, "in order", InvalidArgumentError, "run")


# -- public functions ------------------------------------------------------------------------------


def _operands(a: Any, b: Any) -> tuple[Any, Any]:
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    for name, operand in (("a", a), ("b", b)):
        if operand.dtype.base_dtype not in _ELEMENT:
            allowed = ", ".join(sorted(dtype.name for dtype in _ELEMENT))
            raise TypeError(f"{name} has dtype {operand.dtype.name}, which is not one of {allowed}")
    if a.dtype.base_dtype is not b.dtype.base_dtype:
        raise TypeError(f"a has dtype {a.dtype.name}, b has {b.dtype.name}")
    return a, b


_MIRRORED = {"a-b": "b-a", "b-a": "a-b"}


def _operation(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    a, b = _operands(a, b)
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        a, b, operation = b, a, _MIRRORED.get(operation, operation)
    inputs = [
        tensor
        for item in (a, b)
        for tensor in (parts_of(item) if isinstance(item, SparseTensor) else [item])
    ]
    kinds: dict[int, type[_SetOperation]] = {
        2: DenseToDenseSetOperation,
        4: DenseToSparseSetOperation,
        6: SparseToSparseSetOperation,
    }
    op = kinds[len(inputs)](operation, validate_indices)
    return SparseTensor(*apply_multi(op, *inputs))


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Unite the sets in the rows of two tensors.

    Args:
      a: integer or string tensor or `SparseTensor` [d0, ..., dn-1], whose last axis holds one set
        for each place of the others.
      b: of the same dtype, and of the same sizes but for the last.
      validate_indices: whether to require that sparse elements are in row-major order.

    Returns:
      A `SparseTensor` of the same rank, with each set in increasing order.

    Raises:
      TypeError: the dtypes differ, or are not supported.
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> union = tf.sets.union([[3, 1, 3], [2, 5, 2]], [[1, 4], [5, 7]])
    >>> tf.Session().run(tf.sparse.to_dense(union))
    array([[1, 3, 4],
           [2, 5, 7]], dtype=int32)
    """
    return _operation(a, b, "union", validate_indices)


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """Find the common elements of the sets in the rows of two tensors.

    Args:
      a: integer or string tensor or `SparseTensor` [d0, ..., dn-1], whose last axis holds one set
        for each place of the others.
      b: of the same dtype, and of the same sizes but for the last.
      validate_indices: whether to require that sparse elements are in row-major order.

    Returns:
      A `SparseTensor` of the same rank, with each set in increasing order.

    Raises:
      TypeError: the dtypes differ, or are not supported.
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> common = tf.sets.intersection([[3, 1, 4], [2, 5, 2]], [[1, 4], [6, 7]])
    >>> tf.Session().run(tf.sparse.to_dense(common))
    array([[1, 4],
           [0, 0]], dtype=int32)
    """
    return _operation(a, b, "intersection", validate_indices)


def set_difference(
    a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True
) -> SparseTensor:
    """Find the elements of the sets in the rows of one tensor that those of another lack.

    Args:
      a: integer or string tensor or `SparseTensor` [d0, ..., dn-1], whose last axis holds one set
        for each place of the others.
      b: of the same dtype, and of the same sizes but for the last.
      aminusb: whether to take the elements of `a` that `b` lacks; else those of `b` that `a` lacks.
      validate_indices: whether to require that sparse elements are in row-major order.

    Returns:
      A `SparseTensor` of the same rank, with each set in increasing order.

    Raises:
      TypeError: the dtypes differ, or are not supported.
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> rest = tf.sets.difference([[3, 1, 4], [2, 5, 2]], [[1, 4], [6, 7]])
    >>> tf.Session().run(tf.sparse.to_dense(rest))
    array([[3, 0],
           [2, 5]], dtype=int32)
    """
    return _operation(a, b, "a-b" if aminusb else "b-a", validate_indices)


def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """Count the distinct elements in each row of a sparse tensor.

    Args:
      a: integer or string `SparseTensor` [d0, ..., dn-1].
      validate_indices: whether to require that elements are in row-major order.

    Returns:
      int32 [d0, ..., dn-2].

    Raises:
      TypeError: `a` is not sparse, or its dtype is not supported.

    >>> import graphflow as tf
    >>> sets = tf.SparseTensor([[0, 0], [0, 2], [2, 1], [2, 2]], [9, 9, 5, 4], [3, 3])
    >>> tf.Session().run(tf.sets.size(sets))
    array([1, 0, 2], dtype=int32)
    """
    a = to_sparse(a, "a")
    return apply(SetSize(validate_indices), *parts_of(a))
