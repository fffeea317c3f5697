"""Sparse tensors as serialized messages, alone and in batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    string as _string,
    variant as _variant,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provided
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._sparse import (
    ELEMENT,
    check_parts,
    is_increasing,
    known_sizes,
    part_specs,
    parts_of,
    sample_values,
    to_sparse,
)
from graphflow.ops._static import check_rank, f32, i64, invalid
from graphflow.ops._text import from_items

__all__ = [
    "DeserializeManySparse",
    "DeserializeSparse",
    "SerializeManySparse",
    "SerializeSparse",
    "deserialize_many_sparse",
    "deserialize_sparse",
    "serialize_many_sparse",
    "serialize_sparse",
]

_PLACES = i64([[0, 2], [0, 3], [2, 1], [2, 3]])  # in a shape of (4, 5)
_NO_GRADIENT = "bytes have no gradient"


class _Writer:
    """Serializes many small arrays of one dtype.

    A message ends in the array's raw bytes; what stands before them depends on the shape alone.
    """

    def __init__(self, dtype: DType) -> None:
        self._dtype = dtype
        self._heads: dict[tuple[int, ...], bytes] = {}

    def write(self, array: Array) -> bytes:
        """Return the bytes of the message."""
        if self._dtype is _string:  # these have no raw bytes
            return self._message(array)
        content: bytes = array.tobytes()
        head = self._heads.get(array.shape)
        if head is None:
            message = self._message(array)
            head = self._heads[array.shape] = message[: len(message) - len(content)]
        return head + content

    def _message(self, array: Array) -> bytes:
        message: bytes = provided("tensor_to_bytes")(np.ascontiguousarray(array), self._dtype)
        return message


def _dtype_of(values: Array) -> DType:
    return _string if values.dtype == object else as_dtype(values.dtype)


class _Holder:
    """Puts arrays into variants as they are: what `_Writer` does for strings."""

    def write(self, array: Array) -> Array:
        """Return the array, which nobody must write to."""
        return array


def _three(indices: Array, values: Array, shape: Array) -> list[bytes]:
    """The parts of a sparse tensor, serialized."""
    integers = _Writer(_int64)
    return [
        integers.write(indices),
        _Writer(_dtype_of(values)).write(values),
        integers.write(shape),
    ]


@dataclass(frozen=True, eq=False, repr=False)
class _Serialize(Op):
    out_type: DType = _string

    inputs = "sparse_indices: int64, sparse_values: T, sparse_shape: int64"
    outputs = "serialized_sparse"
    types: ClassVar[Any] = {"T": ELEMENT}

    def _check(self, *parts: TensorSpec) -> int | None:
        if self.out_type not in (_string, _variant):
            raise ValueError(f"out_type must be string or variant, it is {self.out_type.name}")
        return check_parts(parts, "sparse_")[1]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for values in sample_values(4):
            same = values.dtype != object
            note = _NO_GRADIENT if same else "TensorFlow writes strings in another form"
            inputs = (_PLACES, values, i64([4, 5]))
            yield Sample.of(cls(), *inputs, gradient=(), note=note, oracle=same)
        none = (_PLACES[:0], f32([]), i64([2, 5]))
        yield Sample.of(cls(), *none, gradient=(), note=_NO_GRADIENT)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, shape = f32([1, 2, 3, 4]), i64([4, 5])
        bad = (_PLACES, values[:2], shape)
        yield ErrorSample(cls(), bad, "")
        yield ErrorSample(cls(_float32), (_PLACES, values, shape), "string or variant, it is float")


@register
class SerializeSparse(_Serialize):
    """The three parts of a sparse tensor, serialized."""

    def infer(self, *parts: TensorSpec) -> TensorSpec:
        self._check(*parts)
        return TensorSpec(TensorShape.of((3,)), self.out_type)

    def kernel(self, sparse_indices: Array, sparse_values: Array, sparse_shape: Array) -> Array:
        parts = (sparse_indices, sparse_values, sparse_shape)
        if self.out_type is _variant:
            return _held(list(parts), (3,))
        return from_items(_three(*parts), (3,))


@register
class SerializeManySparse(_Serialize):
    """The three parts of each row of a sparse tensor, serialized."""

    def infer(self, *parts: TensorSpec) -> TensorSpec:
        rank = self._check(*parts)
        if rank is not None and rank < 2:
            raise ValueError(f"a batch of sparse tensors has rank 2 or more, not {rank}")
        sizes = known_sizes(parts[2])
        return TensorSpec(TensorShape.of((sizes[0] if sizes else None, 3)), self.out_type)

    def kernel(self, sparse_indices: Array, sparse_values: Array, sparse_shape: Array) -> Array:
        rows, height = sparse_indices[:, 0], int(sparse_shape[0])
        if len(rows) and (rows.min() < 0 or rows.max() >= height or not is_increasing(rows)):
            raise invalid(
                f"the rows must be in order and in [0, {height}), not {rows.tolist()}; sort with "
                "tf.sparse.reorder"
            )
        ends = np.searchsorted(rows, np.arange(height + 1)).tolist()
        places = np.ascontiguousarray(sparse_indices[:, 1:])
        integers: _Writer | _Holder = _Holder()
        elements: _Writer | _Holder = _Holder()
        if self.out_type is _string:
            integers, elements = _Writer(_int64), _Writer(_dtype_of(sparse_values))
        size = integers.write(sparse_shape[1:])
        items: list[Any] = []
        for start, end in itertools.pairwise(ends):
            row = (places[start:end], sparse_values[start:end])
            items += [integers.write(row[0]), elements.write(row[1]), size]
        return _held(items, (height, 3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        values, shape = f32([1, 2, 3, 4]), i64([4, 5])
        bad = (_PLACES[:, :1], values, shape[:1])
        yield ErrorSample(cls(), bad, "rank 2 or more, not 1")
        bad = (_PLACES[::-1].copy(), values, shape)
        yield ErrorSample(cls(), bad, "must be in order", InvalidArgumentError, "run")


def _held(items: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """An array of objects, which may be arrays themselves."""
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape(shape)


@dataclass(frozen=True, eq=False, repr=False)
class _Deserialize(Op):
    """Base of the ops that make sparse tensors of what the other ones serialized."""

    dtype: DType

    outputs = "sparse_indices, sparse_values, sparse_shape"

    def _parsed(self, row: Sequence[Any]) -> tuple[Array, Array, Array]:
        try:
            found = [_unserialized(item) for item in row]
        except (ValueError, TypeError) as error:
            raise invalid(f"a string is no serialized tensor: {error}") from error
        (indices, indices_dtype), (values, dtype), (shape, shape_dtype) = found
        if dtype is not self.dtype:
            raise invalid(f"the serialized values have dtype {dtype.name}, not {self.dtype.name}")
        shapes_fit = (
            indices.ndim == 2
            and values.shape == indices.shape[:1]
            and shape.shape == indices.shape[1:]
        )
        if indices_dtype is not _int64 or shape_dtype is not _int64 or not shapes_fit:
            raise invalid(
                "the strings hold no sparse tensor: their shapes are "
                f"{indices.shape}, {values.shape} and {shape.shape}"
            )
        return indices, values, shape


def _unserialized(item: Any) -> tuple[Array, DType]:
    """The array and dtype of a serialized part."""
    if isinstance(item, np.ndarray):
        return item, _dtype_of(item)
    return provided("tensor_from_bytes")(item)  # type: ignore[no-any-return]


@register
class DeserializeSparse(_Deserialize):
    """Serialized sparse tensors: one as it is, several of one rank joined along new first axes."""

    inputs = "serialized_sparse: Tserialized"
    types: ClassVar[Any] = {"Tserialized": frozenset({_string, _variant})}

    def infer(self, serialized_sparse: TensorSpec) -> list[TensorSpec]:
        dims = serialized_sparse.shape.as_tuple()
        if dims == () or (dims is not None and dims[-1] not in (None, 3)):
            raise ValueError(
                f"serialized_sparse has size 3 along its last axis, not {serialized_sparse}"
            )
        return part_specs(None, None, self.dtype)

    def kernel(self, serialized_sparse: Array) -> tuple[Array, Array, Array]:
        leading = serialized_sparse.shape[:-1]
        parts = [self._parsed(row) for row in serialized_sparse.reshape(-1, 3)]
        if not leading:
            return parts[0]
        return _joined(parts, leading)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for values in sample_values(4):
            first = _three(_PLACES, values, i64([4, 5]))
            second = _three(_PLACES[:1], values[:1], i64([3, 7]))
            yield Sample.of(cls(_dtype_of(values)), from_items(first, (3,)))
            yield Sample.of(cls(_dtype_of(values)), from_items([*first, *second], (2, 1, 3)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = _three(_PLACES, f32([1, 2, 3, 4]), i64([4, 5]))
        yield ErrorSample(cls(_float32), (from_items(good[:2], (2,)),), "size 3 along its last")


def _joined(
    parts: Sequence[tuple[Array, Array, Array]], leading: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Sparse tensors of one rank as one, in an array of the given shape."""
    if not parts:
        raise invalid("there is no serialized sparse tensor, so that the rank is not known")
    ranks = {len(shape) for _, _, shape in parts}
    if len(ranks) > 1:
        raise invalid(f"the serialized sparse tensors have different ranks: {sorted(ranks)}")
    sizes = [len(values) for _, values, _ in parts]
    places = np.stack(np.unravel_index(np.arange(len(parts)), leading), axis=1)
    indices = np.concatenate([indices for indices, _, _ in parts])
    largest = np.max([shape for _, _, shape in parts], axis=0)
    return (
        np.concatenate([np.repeat(places, sizes, axis=0), indices], axis=1),
        np.concatenate([values for _, values, _ in parts]),
        i64([*leading, *largest]),
    )


@register
class DeserializeManySparse(_Deserialize):
    """Serialized sparse tensors of one rank, as a sparse tensor with one of them in each row."""

    inputs = "serialized_sparse: string"

    def infer(self, serialized_sparse: TensorSpec) -> list[TensorSpec]:
        check_rank("serialized_sparse", serialized_sparse, 2)
        if not serialized_sparse.shape.is_compatible_with([None, 3]):
            raise ValueError(f"serialized_sparse has three columns, not shape {serialized_sparse}")
        return part_specs(None, None, self.dtype)

    def kernel(self, serialized_sparse: Array) -> tuple[Array, Array, Array]:
        parts = [self._parsed(row) for row in serialized_sparse.tolist()]
        return _joined(parts, (len(parts),))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for values in sample_values(4):
            first = _three(_PLACES, values, i64([4, 5]))
            second = _three(_PLACES[:1], values[:1], i64([3, 7]))
            yield Sample.of(cls(_dtype_of(values)), from_items([*first, *second], (2, 3)))
        nothing = _three(_PLACES[:0], f32([]), i64([2, 5]))
        yield Sample.of(cls(_float32), from_items(nothing, (1, 3)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = _three(_PLACES, f32([1, 2, 3, 4]), i64([4, 5]))
        vector = _three(_PLACES[:, :1], f32([1, 2, 3, 4]), i64([4]))
        op = cls(_float32)
        yield ErrorSample(op, (from_items(good, (3,)),), "must be a matrix")
        yield ErrorSample(op, (from_items(good[:2], (1, 2)),), "three columns")
        for bad, message in (
            ([*good, *vector], "different ranks"),
            ([b"a", b"b", b"c"], "no serialized tensor"),
            ([good[0], good[0], good[2]], "have dtype int64, not float32"),
            ([good[0], good[1], good[0]], "hold no sparse tensor"),
            ([], "rank is not known"),
        ):
            items = from_items(bad, (len(bad) // 3, 3))
            yield ErrorSample(op, (items,), message, InvalidArgumentError, "run")
        wrong = from_items(good, (1, 3))
        yield ErrorSample(cls(_int32), (wrong,), "not int32", InvalidArgumentError, "run")


def serialize_sparse(sp_input: Any, name: str | None = None, out_type: Any = _string) -> Tensor:
    """Turn a sparse tensor into three strings.

    Args:
      sp_input: a `SparseTensor`.
      name: the operation's name.
      out_type: `tf.string`, or `tf.variant` to hold the parts as they are.

    Returns:
      string [3]: the serialized indices, values and dense shape.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: `out_type` is neither.

    >>> import graphflow as tf
    >>> text = tf.serialize_sparse(tf.SparseTensor([[0, 1]], [5], [2, 3]))
    >>> tf.Session().run(tf.parse_tensor(text[1], tf.int32))
    array([5], dtype=int32)
    """
    op = SerializeSparse(as_dtype(out_type))
    return apply(op, *parts_of(to_sparse(sp_input)), name=name)


def serialize_many_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = _string
) -> Tensor:
    """Turn each row of a sparse tensor into three strings.

    Args:
      sp_input: a `SparseTensor` [n, ...] of rank 2 or more, in row-major order.
      name: the operation's name.
      out_type: `tf.string`, or `tf.variant` to hold the parts as they are.

    Returns:
      string [n, 3]: the serialized indices, values and dense shape of each row.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the rank is smaller than 2, or `out_type` is neither.
      tf.errors.InvalidArgumentError: (in a run) the rows are not in order.

    >>> import graphflow as tf
    >>> text = tf.serialize_many_sparse(tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 3]))
    >>> text.shape.as_list(), tf.Session().run(tf.parse_tensor(text[1, 1], tf.int32)).tolist()
    ([2, 3], [7])
    """
    op = SerializeManySparse(as_dtype(out_type))
    return apply(op, *parts_of(to_sparse(sp_input)), name=name)


def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """Join serialized sparse tensors of one rank in one, with a new first axis.

    Args:
      serialized_sparse: string [n, 3], from `serialize_sparse` or `serialize_many_sparse`.
      dtype: the dtype of the elements.
      rank: the rank of the serialized tensors plus 1, if it is known.
      name: the operation's name.

    Returns:
      A `SparseTensor` [n, ...], in each axis as large as the largest of the tensors.

    Raises:
      ValueError: `serialized_sparse` has not three columns.
      tf.errors.InvalidArgumentError: (in a run) a string is no serialized tensor, or the ranks or
        dtypes differ.

    >>> import graphflow as tf
    >>> a = tf.serialize_sparse(tf.SparseTensor([[1]], [5], [3]))
    >>> b = tf.serialize_sparse(tf.SparseTensor([[0], [2]], [6, 7], [4]))
    >>> both = tf.deserialize_many_sparse([a, b], tf.int32)
    >>> tf.Session().run(tf.sparse.to_dense(both))
    array([[0, 5, 0, 0],
           [6, 0, 7, 0]], dtype=int32)
    """
    op = DeserializeManySparse(as_dtype(dtype))
    indices, values, shape = apply_multi(op, serialized_sparse, name=name)
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


def deserialize_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """Turn serialized sparse tensors back into one, with new first axes if there are several.

    Args:
      serialized_sparse: string or variant [..., 3], from `serialize_sparse` and the like.
      dtype: the dtype of the elements.
      rank: the rank of the result, if it is known.
      name: the operation's name.

    Returns:
      A `SparseTensor`, in each axis of the tensors as large as the largest of them.

    Raises:
      ValueError: the last axis is not of size 3.
      tf.errors.InvalidArgumentError: (in a run) dtypes or ranks differ.

    >>> import graphflow as tf
    >>> from graphflow.ops import deserialize_sparse
    >>> text = tf.serialize_sparse(tf.SparseTensor([[0, 1]], [5], [2, 3]))
    >>> tf.Session().run(tf.sparse.to_dense(deserialize_sparse(text, tf.int32)))
    array([[0, 5, 0],
           [0, 0, 0]], dtype=int32)
    """
    op = DeserializeSparse(as_dtype(dtype))
    indices, values, shape = apply_multi(op, serialized_sparse, name=name)
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)
