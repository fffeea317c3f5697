"""From sparse to dense tensors and back; sparse placeholders and constants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import (
    INDEX,
    NUMERIC,
    bool as _bool,
    float32 as _float32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._sparse import check_places_increase, known_sizes, row_major, to_sparse
from graphflow.ops._static import check_rank, f32, i32, i64, invalid
from graphflow.ops.elementwise import unbroadcast

__all__ = [
    "SparseToDense",
    "sparse_eye",
    "sparse_from_dense",
    "sparse_mask",
    "sparse_merge",
    "sparse_placeholder",
    "sparse_tensor_to_dense",
    "sparse_to_dense",
    "sparse_to_indicator",
]


@register
class SparseToDense(Op):
    """A dense tensor with given values in given places and a default elsewhere."""

    validate_indices: bool = True

    inputs = "sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T"
    outputs = "dense"
    types: ClassVar[Any] = {"Tindices": INDEX, "T": NUMERIC | {_bool, _string}}

    def infer(
        self,
        sparse_indices: TensorSpec,
        output_shape: TensorSpec,
        sparse_values: TensorSpec,
        default_value: TensorSpec,
    ) -> TensorSpec:
        check_rank("output_shape", output_shape, 1)
        check_rank("default_value", default_value, 0)
        result = TensorShape.of(known_sizes(output_shape))
        places = sparse_indices.shape.as_tuple()
        counts = sparse_values.shape.as_tuple()
        if counts is not None and len(counts) > 1:
            raise ValueError(f"sparse_values must be a scalar or a vector, not {sparse_values}")
        if places is not None:
            self._check_places(places, counts, result)
        return TensorSpec(result, sparse_values.dtype.base_dtype)

    @staticmethod
    def _check_places(places: tuple[Any, ...], counts: Any, result: TensorShape) -> None:
        if len(places) > 2:
            raise ValueError(f"sparse_indices must have rank 2 at most, it has rank {len(places)}")
        depth = places[1] if len(places) == 2 else 1
        if result.rank is not None and depth not in (None, result.rank):
            raise ValueError(f"sparse_indices have {depth} columns for an output of shape {result}")
        count = places[0] if places else 1
        if counts and count is not None and counts[0] not in (None, count):
            raise ValueError(f"sparse_indices name {count} places for {counts[0]} values")

    def kernel(
        self,
        sparse_indices: Array,
        output_shape: Array,
        sparse_values: Array,
        default_value: Array,
    ) -> Array:
        indices = np.reshape(sparse_indices, (-1, len(output_shape)))
        if (output_shape < 0).any():
            raise invalid(f"output_shape must not be negative: {output_shape.tolist()}")
        places = row_major(indices, output_shape)
        if self.validate_indices:
            check_places_increase(indices, places)
        dtype = object if isinstance(default_value, bytes) else default_value.dtype
        dense = np.full(output_shape.tolist(), default_value, dtype)
        dense.reshape(-1)[places] = sparse_values
        return dense

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        indices, output_shape, values, _ = op.inputs
        rank = ops.size(output_shape)
        picked = ops.gather_nd(grad, ops.reshape(indices, ops.stack([-1, rank])))
        by_values = unbroadcast(values, picked, picked, None)[0]
        by_default = ops.reduce_sum(grad) - ops.reduce_sum(picked)
        return None, None, by_values, by_default

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        places = i64([[0, 1], [1, 0], [1, 2]])
        for values in (
            f32([1.5, -2, 3]),
            np.asarray([1.5, -2, 3]),
            f32([1.5, -2, 3]).astype(np.float16),
            np.asarray([1.5, -2j, 3], np.complex64),
            i32([5, 6, 7]),
            np.asarray([True, False, True]),
        ):
            yield Sample.of(cls(), places, i64([2, 3]), values, values.dtype.type(1))
        strings = np.asarray([b"a", b"bc", b""], object)
        yield Sample.of(cls(), places, i64([2, 3]), strings, np.asarray(b"-", object))
        one = np.float32(2.5)
        zero = np.float32(0)
        yield Sample.of(cls(), i32([[0], [3]]), i32([4]), f32([2, 5]), zero)
        yield Sample.of(cls(), i32([1, 3]), i32([4]), f32([2, 5]), zero)
        yield Sample.of(cls(), i32([1, 3]), i32([4]), i32([2, 5]), np.int32(0))
        yield Sample.of(cls(), np.int32(2), i32([4]), np.int32(3), np.int32(0))
        yield Sample.of(cls(), places, i64([2, 3]), one, zero)
        yield Sample.of(cls(), places, i64([2, 3]), np.int64(4), np.int64(0))
        loose = cls(validate_indices=False)
        yield Sample.of(loose, i64([[2], [0]]), i64([3]), np.asarray([1.5, 2]), np.float64(0))
        nowhere = np.zeros((0, 2), np.int64)
        yield Sample.of(cls(), nowhere, i64([2, 3]), np.zeros(0, np.float32), one)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        values, zero = i32([5, 6]), np.int32(0)
        good, shape = i32([[0, 1], [1, 0]]), i32([2, 3])
        yield ErrorSample(cls(), (good, i32([6]), values, zero), "have 2 columns")
        yield ErrorSample(cls(), (good, shape, i32([5]), zero), "2 places for 1 values")
        yield ErrorSample(cls(), (good, shape, i32([[5, 6]]), zero), "a scalar or a vector")
        yield ErrorSample(cls(), (i32([[[0, 1]]]), shape, values, zero), "rank 2 at most")
        yield ErrorSample(cls(), (good, shape, values, values), "default_value must be a scalar")
        for places, message in (
            ([[0, 1], [0, 3]], r"indices\[1\] = \[0, 3\] lies outside"),
            ([[1, 0], [0, 1]], r"indices\[1\] = \[0, 1\] does not follow \[1, 0\] in order"),
            ([[1, 0], [1, 0]], r"indices\[1\] = \[1, 0\] is repeated"),
        ):
            inputs = (i32(places), shape, values, zero)
            yield ErrorSample(cls(), inputs, message, InvalidArgumentError, "run")


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Put values into given places of a dense tensor.

    Args:
      sparse_indices: int32 or int64 [n, rank], the places; [n] or a scalar for a vector.
      output_shape: of the same dtype [rank].
      sparse_values: [n], or one value for all places.
      default_value: the value of all other places.
      validate_indices: whether to require that places are in row-major order without repetition.
      name: the operation's name.

    Returns:
      A tensor of shape `output_shape` and the dtype of the values.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) a place lies outside, or out of order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sparse_to_dense([[0, 1], [1, 2]], [2, 3], [5, 7], default_value=-1))
    array([[-1,  5, -1],
           [-1, -1,  7]], dtype=int32)
    """
    op = SparseToDense(validate_indices)
    return apply(op, sparse_indices, output_shape, sparse_values, default_value, name=name)


def sparse_tensor_to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """Make a sparse tensor dense.

    Args:
      sp_input: a `SparseTensor`.
      default_value: the value where there is no element; by default zero, or the empty string.
      validate_indices: whether to require that elements are in row-major order without repetition.
      name: the operation's name.

    Returns:
      A tensor of the dense shape.

    Raises:
      TypeError: `sp_input` is not sparse.
      tf.errors.InvalidArgumentError: (in a run) a place lies outside, or out of order.

    >>> import graphflow as tf
    >>> sparse = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 3])
    >>> tf.Session().run(tf.sparse.to_dense(sparse))
    array([[0, 5, 0],
           [0, 0, 7]], dtype=int32)
    """
    sp_input = to_sparse(sp_input)
    if default_value is None:
        default_value = (
            b"" if sp_input.dtype.base_dtype is _string else ops.zeros([], sp_input.dtype)
        )
    return sparse_to_dense(
        sp_input.indices,
        sp_input.dense_shape,
        sp_input.values,
        default_value,
        validate_indices,
        name,
    )


def sparse_from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """Make a sparse tensor of the elements of a dense one that are not zero.

    Args:
      tensor: numeric or bool.
      name: the name scope.

    Returns:
      A `SparseTensor` with its elements in row-major order.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sparse.from_dense([[0, 5, 0], [0, 0, 7]])).indices.tolist()
    [[0, 1], [1, 2]]
    """
    with name_scope(name, "dense_to_sparse"):
        tensor = convert_to_tensor(tensor)
        indices = ops.where(ops.not_equal(tensor, ops.zeros_like(tensor)))
        values = ops.gather_nd(tensor, indices)
        return SparseTensor(indices, values, ops.shape(tensor, out_type=_int64))


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """Create a sparse tensor whose value each run must supply through `feed_dict`.

    The feed is a `SparseTensorValue` or a tuple (indices, values, dense_shape).

    Args:
      dtype: the dtype of the elements.
      shape: the dense shape, possibly partly unknown; None for any.
      name: the first part of the names of the three placeholders.

    Returns:
      A `SparseTensor`.

    >>> import graphflow as tf
    >>> x = tf.sparse.placeholder(tf.float32, [None, 3])
    >>> total = tf.sparse.reduce_sum(x, axis=0)
    >>> tf.Session().run(total, {x: ([[0, 2], [4, 2]], [1.5, 4.0], [5, 3])})
    array([0. , 0. , 5.5], dtype=float32)
    """
    part = [
        None if name is None else f"{name}/{suffix}" for suffix in ("shape", "values", "indices")
    ]
    declared = None
    if shape is None:
        rank = None
        dense_shape = ops.placeholder(_int64, [None], name=part[0])
    else:
        if not isinstance(shape, Tensor):
            declared = as_shape(shape)
            sizes = [-1 if size is None else size for size in declared.as_list()]
            shape = convert_to_tensor(
                i64(sizes), name=None if name is None else f"{name}/shape_default"
            )
        rank = shape.shape[0]
        dense_shape = ops.placeholder_with_default(shape, shape.shape, name=part[0])
    values = ops.placeholder(dtype, [None], name=part[1])
    indices = ops.placeholder(_int64, [None, rank], name=part[2])
    result = SparseTensor(indices, values, dense_shape)
    if declared is not None:
        result.set_shape(declared)
    return result


def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = _float32, name: str | None = None
) -> SparseTensor:
    """Create a sparse matrix with ones on its diagonal.

    Args:
      num_rows: the number of rows.
      num_columns: the number of columns; by default that of rows.
      dtype: the dtype of the elements.
      name: the name scope.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sparse.to_dense(tf.sparse.eye(2, 3)))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = ops.cast(num_rows, _int64)
        columns = rows if num_columns is None else ops.cast(num_columns, _int64)
        count = ops.minimum(rows, columns)
        places = ops.range(count, dtype=_int64)
        indices = ops.stack([places, places], axis=1)
        return SparseTensor(indices, ops.ones([count], dtype), ops.stack([rows, columns]))


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """Tell which ids each row of a sparse tensor contains.

    Args:
      sp_input: int32 or int64 `SparseTensor` [d0, ..., dn-1] of ids.
      vocab_size: the number of ids.
      name: the name scope.

    Returns:
      bool [d0, ..., dn-2, vocab_size].

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an id is not in [0, vocab_size).

    >>> import graphflow as tf
    >>> ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [2, 0, 1], [2, 2])
    >>> tf.Session().run(tf.sparse.to_indicator(ids, 4))
    array([[False, False,  True, False],
           [ True,  True, False, False]])
    """
    sp_input = to_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [sp_input]) as scope:
        ones = ops.fill(ops.shape(sp_input.values), True)
        marks = SparseTensor(sp_input.indices, ones, sp_input.dense_shape)
        merged = _merged([sp_input], marks, [vocab_size])
        return sparse_tensor_to_dense(merged, False, validate_indices=False, name=scope)


def sparse_merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """Make a sparse tensor of ids and one of values a single one, whose last axis counts the ids.

    Deprecated, as in TensorFlow: build the `SparseTensor` directly.

    Args:
      sp_ids: int32 or int64 `SparseTensor` of ids, or a list of them for several last axes.
      sp_values: a `SparseTensor` with elements in the same places.
      vocab_size: the number of ids; a list if `sp_ids` is one.
      name: the name scope.
      already_sorted: whether the result is in row-major order without sorting.

    Returns:
      A `SparseTensor` of shape [d0, ..., dn-2, vocab_size].

    Raises:
      TypeError: the arguments are not sparse, or only one of the two is a list.
      ValueError: the lists differ in length.

    >>> import graphflow as tf
    >>> ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [2, 3, 1], [2, 2])
    >>> values = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [0.5, 6.0, 7.0], [2, 2])
    >>> tf.Session().run(tf.sparse.to_dense(tf.sparse.merge(ids, values, 4)))
    array([[0. , 0. , 0.5, 0. ],
           [0. , 7. , 0. , 6. ]], dtype=float32)
    """
    warn_once("tf.sparse.merge is deprecated: build the SparseTensor directly")
    is_list = isinstance(sp_ids, (list, tuple)) and not hasattr(sp_ids, "indices")
    if is_list != isinstance(vocab_size, (list, tuple)):
        raise TypeError("sp_ids and vocab_size must both be lists, or neither")
    all_ids = [to_sparse(item, "sp_ids") for item in (sp_ids if is_list else [sp_ids])]
    sizes = list(vocab_size) if is_list else [vocab_size]
    if len(all_ids) != len(sizes):
        raise ValueError(f"{len(all_ids)} sp_ids are given with {len(sizes)} vocabulary sizes")
    sp_values = to_sparse(sp_values, "sp_values")
    return merge_ids(all_ids, sp_values, sizes, name, already_sorted)


def merge_ids(
    all_ids: Sequence[SparseTensor],
    sp_values: SparseTensor,
    sizes: Sequence[Any],
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """What `sparse_merge` does, for lists, and without its warning."""
    with name_scope(name, "SparseMerge", [*all_ids, sp_values]):
        merged = _merged(all_ids, sp_values, sizes)
        return merged if already_sorted else ops.sparse_reorder(merged)


def _merged(
    all_ids: Sequence[SparseTensor], sp_values: SparseTensor, sizes: Sequence[Any]
) -> SparseTensor:
    """Replace the last axis of the places of values by the ids there."""
    columns = [ops.expand_dims(ops.cast(ids.values, _int64), 1) for ids in all_ids]
    indices = ops.concat([all_ids[0].indices[:, :-1], *columns], 1)
    last = ops.stack([ops.cast(size, _int64) for size in sizes])
    shape = ops.concat([all_ids[0].dense_shape[:-1], last], 0)
    return SparseTensor(indices, sp_values.values, shape)


def sparse_mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """Leave out some of the slices of an `IndexedSlices`.

    Args:
      a: an `IndexedSlices`.
      mask_indices: int32 or int64 [m], the indices to leave out.
      name: the name scope.

    Returns:
      An `IndexedSlices` without these.

    >>> import graphflow as tf
    >>> slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [3.0]]), tf.constant([7, 4, 9]))
    >>> tf.Session().run(tf.sparse.mask(slices, [4])).values.tolist()
    [[1.0], [3.0]]
    """
    with name_scope(name, "sparse_mask", [a, mask_indices]) as scope:
        indices, kept = ops.setdiff1d(a.indices, mask_indices)
        values = ops.gather(a.values, kept, name=scope)
        return IndexedSlices(values, indices, a.dense_shape)
