"""Between dense tensors and sparse ones."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, int32, int64
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor


def dense_to_sparse_tensor(dense_tensor: Any, ignore_value: Any = None) -> SparseTensor:
    """Return the elements of a tensor that count as a sparse tensor.

    Args:
      dense_tensor: a tensor.
      ignore_value: elements of this value do not count: by default "", or 0 of the dtype.

    Returns:
      A sparse tensor of the same dtype and shape.

    >>> import graphflow as tf
    >>> value = tf.Session().run(dense_to_sparse_tensor([[0, 7], [5, 0]]))
    >>> value.indices.tolist(), value.values.tolist()
    ([[0, 1], [1, 0]], [7, 5])
    """
    with name_scope("DenseToSparseTensor"):
        dense = convert_to_tensor(dense_tensor)
        counts = ops.not_equal(dense, _ignored(dense.dtype, ignore_value))
        indices = ops.where(counts, name="indices")
        values = ops.gather_nd(dense, indices, name="values")
        return SparseTensor(indices, values, ops.shape(dense, out_type=int64, name="dense_shape"))


def _ignored(dtype: DType, ignore_value: Any) -> Tensor:
    if ignore_value is None:
        ignore_value = "" if dtype.base_dtype == as_dtype("string") else 0
    return (
        ops.cast(ignore_value, dtype)
        if not isinstance(ignore_value, str)
        else ops.constant(ignore_value, dtype)
    )


def indicators_to_sparse_ids(
    indicators: Any, ignore_value: Any = None, dtype: Any = int64
) -> SparseTensor:
    """Return the classes that are marked in each row.

    Args:
      indicators: [..., classes].
      ignore_value: what marks nothing: by default "", or 0 of the dtype.
      dtype: the dtype of the classes, an integer one.

    Returns:
      Integers [..., the most marks of a row], from the left.

    Raises:
      ValueError: `dtype` is no integer one.

    >>> import graphflow as tf
    >>> ids = tf.sparse.to_dense(indicators_to_sparse_ids([[0, 1, 1], [1, 0, 0]]), -1)
    >>> tf.Session().run(ids).tolist()
    [[1, 2], [0, -1]]
    """
    wanted = as_dtype(dtype)
    if not wanted.is_integer:
        raise ValueError(f"classes have an integer dtype, not {wanted.name}{at_user_line()}")
    with name_scope(None, "indicators_to_sparse_ids", (indicators, ignore_value)):
        marks = convert_to_tensor(indicators, name="indicators")
        marked = ops.not_equal(marks, _ignored(marks.dtype, ignore_value))
        places = ops.where(marked)
        # The place of a mark among those of its row is the number of marks up to it.
        order = ops.gather_nd(ops.cumsum(ops.cast(marked, int64), axis=-1), places) - 1
        rows = ops.shape(marks, out_type=int64)[:-1]
        most = ops.reduce_max(
            ops.concat([ops.constant([0], int64), ops.reshape(order + 1, [-1])], 0)
        )
        return SparseTensor(
            ops.concat([places[:, :-1], ops.expand_dims(order, -1)], 1),
            ops.cast(places[:, -1], wanted),
            ops.concat([rows, [most]], 0),
        )


def sparse_row_envelope(
    sparse_input: SparseTensor, row_axis: int = 0, col_axis: int = 1, name: str | None = None
) -> Tensor:
    """Return how long each row is, up to its last element.

    Args:
      sparse_input: a sparse tensor.
      row_axis: the axis of the rows.
      col_axis: the axis along them.
      name: the name scope.

    Returns:
      int32 [rows], 0 for a row without elements.

    Raises:
      ValueError: an axis is negative, or both are the same.

    >>> import graphflow as tf
    >>> x = tf.SparseTensor([[0, 0], [2, 0], [2, 4]], [5, 7, 3], [3, 6])
    >>> tf.Session().run(sparse_row_envelope(x)).tolist()
    [1, 0, 5]
    """
    if not (row_axis >= 0 and col_axis >= 0) or row_axis == col_axis:
        raise ValueError(
            f"row_axis and col_axis must be different axes from 0, not {row_axis} and {col_axis}"
            f"{at_user_line()}"
        )
    with name_scope(name, "sparse_row_envelope", [sparse_input]):
        columns = ops.cast(sparse_input.indices[:, col_axis], int32)
        rows = ops.cast(sparse_input.indices[:, row_axis], int32)
        count = ops.cast(sparse_input.dense_shape[row_axis], int32)
        return ops.maximum(ops.unsorted_segment_max(columns + 1, rows, count), 0)
