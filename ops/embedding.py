"""Rows of embedding tables by id: whole tables, and tables cut into shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    bfloat16 as _bfloat16,
    float16 as _float16,
    float32 as _float32,
    int32 as _int32,
)
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, unknown_shape
from graphflow.ops._sparse import to_sparse

__all__ = ["embedding_lookup", "embedding_lookup_sparse", "safe_embedding_lookup_sparse"]

_COMBINERS = ("mean", "sqrtn", "sum")


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """Look up rows of an embedding table by id.

    Args:
      params: the table [rows, ...]: a tensor, a variable or a partitioned variable; or a list of
        its shards, cut along the first axis as `partition_strategy` says.
      ids: int32 or int64 tensor of any shape.
      partition_strategy: for several shards, "mod": row i is in shard `i % len(params)`; or "div":
        each shard has consecutive rows, and the first ones have one more if they cannot all be of
        one size.
      name: name scope of the operations.
      validate_indices: deprecated, without effect: ids are always checked.
      max_norm: where given, each embedding is scaled down to this Euclidean norm at most.

    Returns:
      A tensor of shape `ids.shape + params.shape[1:]`; its gradient for a table or a shard is an
      `IndexedSlices`.

    Raises:
      ValueError: there are no params, or there is no such strategy.
      tf.errors.InvalidArgumentError: (in a run) an id is outside of the table.

    >>> import graphflow as tf
    >>> table = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> tf.Session().run(tf.nn.embedding_lookup(table, [2, 0]))
    array([[5., 6.],
           [1., 2.]], dtype=float32)
    >>> shards = [tf.constant([[1.0], [5.0]]), tf.constant([[3.0]])]
    >>> tf.Session().run(tf.nn.embedding_lookup(shards, [0, 1, 2])).ravel()
    array([1., 3., 5.], dtype=float32)
    """
    del validate_indices  # as in TensorFlow
    shards = shards_of(params)
    if partition_strategy not in ("mod", "div"):
        raise ValueError(f"partition_strategy is 'mod' or 'div', not {partition_strategy!r}")
    with name_scope(name, "embedding_lookup", [*shards, ids]) as scope:
        shards = _converted(shards)
        ids = convert_to_tensor(ids, name="ids")
        if len(shards) > 1:
            return _from_shards(shards, ids, partition_strategy, max_norm, scope)
        with get_default_graph().colocate_with(shards[0]):
            rows = _clipped(ops.gather(shards[0], ids, name=scope), ids, max_norm)
        return ops.identity(rows)  # which need not be where the table is


def shards_of(params: Any, name: str = "params") -> list[Any]:
    """The shards of a table: what a list or a partitioned variable holds, or the table itself.

    Raises:
      ValueError: there are none.
    """
    if params is None:
        raise ValueError(f"{name} is None: expected an embedding table or a list of its shards")
    if hasattr(params, "_get_variable_list"):
        return list(params._get_variable_list())
    shards = list(params) if isinstance(params, (list, tuple)) else [params]
    if not shards:
        raise ValueError(f"{name} is empty: expected at least one shard of an embedding table")
    return shards


def _converted(shards: list[Any]) -> list[Any]:
    """The shards as tensors; resource variables stay, for only some of their rows are read."""
    if any(hasattr(shard, "handle") for shard in shards):
        return shards
    if len(shards) == 1:
        return [convert_to_tensor(shards[0], name="params")]
    return [convert_to_tensor(shard, name=f"params_{n}") for n, shard in enumerate(shards)]


def _clipped(rows: Tensor, ids: Tensor, max_norm: Any) -> Tensor:
    """Scale the embeddings down to a norm."""
    if max_norm is None:
        return rows
    first, end = _rank(ids), _rank(rows)
    known = isinstance(first, int) and isinstance(end, int)
    axes = list(range(first, end)) if known else ops.range(first, end)
    return ops.clip_by_norm(rows, max_norm, axes=axes)  # type: ignore[no-any-return]


def _rank(tensor: Tensor) -> Any:
    return ops.rank(tensor) if tensor.shape.rank is None else tensor.shape.rank


def _from_shards(
    shards: list[Any], ids: Tensor, strategy: str, max_norm: Any, scope: str
) -> Tensor:
    count = len(shards)
    flat: Any = ops.reshape(ids, [-1])
    positions = ops.range(ops.size(flat))
    if strategy == "mod":
        numbers, rows = flat % count, flat // count
    else:
        numbers, rows = _consecutive(shards, flat)
    numbers = ops.cast(numbers, _int32)
    rows_by_shard = ops.dynamic_partition(rows, numbers, count)
    positions_by_shard = ops.dynamic_partition(positions, numbers, count)
    found = []
    for shard, rows in zip(shards, rows_by_shard, strict=True):
        with get_default_graph().colocate_with(shard):
            found.append(ops.gather(shard, rows))
    stitched = apply(ops.ParallelDynamicStitch(), positions_by_shard, found, name=scope)
    return _clipped(_with_shape_of_ids(stitched, shards, ids), ids, max_norm)


def _consecutive(shards: Sequence[Any], ids: Any) -> tuple[Any, Any]:
    """The shard and the row within it for each id, when shards have consecutive rows."""
    total: Any = _number_of_rows(shards, ids)
    size, extras = total // len(shards), total % len(shards)
    numbers: Any = ops.maximum(ids // (size + 1), (ids - extras) // size)
    rows = ops.where(numbers < extras, ids % (size + 1), (ids - extras) % size)
    return numbers, rows


def _number_of_rows(shards: Sequence[Any], ids: Tensor) -> Tensor:
    sizes = [shard.shape[0].value if shard.shape.rank else None for shard in shards]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes):
        return ops.constant(sum(known), dtype=ids.dtype)
    found = []
    for shard, size in zip(shards, sizes, strict=True):
        if size is not None:
            found.append(size)
            continue
        with get_default_graph().colocate_with(shard):
            found.append(ops.shape(shard)[0])
    return ops.reduce_sum(ops.cast(ops.stack(found), ids.dtype))


def _with_shape_of_ids(rows: Tensor, shards: Sequence[Any], ids: Tensor) -> Tensor:
    """Give embeddings of flat ids the shape of the ids."""
    inner = TensorShape(None)
    for shard in shards:
        inner = inner.merge_with(shard.shape[1:])
    if inner.is_fully_defined():
        sizes: Any = inner.as_list()
    else:
        with get_default_graph().colocate_with(shards[0]):
            shape = ops.shape(shards[0])
        sizes = shape[1:]
    result = ops.reshape(rows, ops.concat([ops.shape(ids), sizes], 0))
    result.set_shape(ids.shape.concatenate(inner))
    return result


# -- combined embeddings of several ids ------------------------------------------------------------


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """Look up the rows for several ids of each example, and combine them.

    Args:
      params: the table, or the list of its shards, as for `tf.nn.embedding_lookup`.
      sp_ids: int32 or int64 `SparseTensor` [batch, most ids], each row with one id at least.
      sp_weights: float `SparseTensor` with the weight of each id; None for weights of 1.
      partition_strategy: how shards divide the rows, see `tf.nn.embedding_lookup`.
      name: name scope of the operations.
      combiner: "sum" of the weighted rows, "mean" (the default): the sum divided by the sum of
        weights, or "sqrtn": the sum divided by the root of the sum of squared weights.
      max_norm: where given, each row is scaled down to this Euclidean norm at most.

    Returns:
      A tensor [batch, ...] with the shape of the table's rows; an example without ids gets 0, or
      NaN if there are weights and the combiner is no sum, or is left out if it is one of the last.

    Raises:
      ValueError: there are no params, no such combiner, or the weights do not fit the ids.
      TypeError: ids or weights are no `SparseTensor`.
      tf.errors.InvalidArgumentError: (in a run) an id is outside of the table.

    >>> import graphflow as tf
    >>> table = tf.constant([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 0, 1], [2, 2])
    >>> weights = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [3.0, 1.0, 0.5], [2, 2])
    >>> tf.Session().run(tf.nn.embedding_lookup_sparse(table, ids, weights, combiner="mean"))
    array([[ 4.75, 47.5 ],
           [ 2.  , 20.  ]], dtype=float32)
    """
    combiner = combiner or "mean"
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner is one of {', '.join(_COMBINERS)}, not {combiner!r}")
    shards = shards_of(params)
    sp_ids = to_sparse(sp_ids, "sp_ids")
    if sp_weights is not None:
        sp_weights = to_sparse(sp_weights, "sp_weights")
        _check_same_shapes(sp_ids, sp_weights)
    with name_scope(name, "embedding_lookup_sparse", [*shards, sp_ids.values]) as scope:
        segments = ops.cast(sp_ids.indices[:, 0], _int32)
        ids, places = ops.unique(sp_ids.values)
        rows = embedding_lookup(shards, ids, partition_strategy, max_norm=max_norm)
        dtype = rows.dtype.base_dtype
        is_half = dtype in (_float16, _bfloat16)
        rows = ops.cast(rows, _float32 if is_half else dtype)
        if sp_weights is None:
            combine = {
                "sum": ops.sparse_segment_sum,
                "mean": ops.sparse_segment_mean,
                "sqrtn": ops.sparse_segment_sqrt_n,
            }[combiner]
            result: Tensor = combine(rows, places, segments, name=scope)
        else:
            rows = ops.gather(rows, places)
            result = _weighted(rows, sp_weights.values, segments, combiner, scope)
        return ops.cast(result, dtype)


def _check_same_shapes(sp_ids: SparseTensor, sp_weights: SparseTensor) -> None:
    for part in ("values", "indices", "dense_shape"):
        ids, weights = getattr(sp_ids, part).shape, getattr(sp_weights, part).shape
        if not ids.is_compatible_with(weights):
            raise ValueError(
                f"sp_ids and sp_weights must have the same shape; their {part} have {ids} and"
                f" {weights}"
            )


def _weighted(rows: Tensor, weights: Tensor, segments: Tensor, combiner: str, scope: str) -> Tensor:
    """Combine the rows of each segment with weights."""
    shape = weights.shape
    weights = ops.cast(weights, rows.dtype)
    ones = ops.fill(ops.expand_dims(ops.subtract(ops.rank(rows), 1, name="sub"), 0), 1, name="ones")
    weights = ops.reshape(weights, ops.concat([ops.shape(weights), ones], 0))
    if rows.shape.rank is not None:
        weights.set_shape(shape.concatenate([1] * (rows.shape.rank - 1)))
    rows = ops.multiply(rows, weights, name="mul")
    if combiner == "sum":
        return ops.segment_sum(rows, segments, name=scope)
    total = ops.segment_sum(rows, segments)
    if combiner == "mean":
        return ops.realdiv(total, ops.segment_sum(weights, segments), name=scope)
    squares = ops.segment_sum(ops.pow(weights, 2), segments)
    return ops.realdiv(total, ops.sqrt(squares), name=scope)


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str = "mean",
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Look up and combine rows, for ids of which some may be missing or not valid.

    Negative ids are left out, and so are ids whose weight is not positive unless the combiner is a
    sum.

    Args:
      embedding_weights: the table, or the list of its shards, as for `tf.nn.embedding_lookup`.
      sparse_ids: int32 or int64 `SparseTensor` [d_0, ..., d_n, most ids].
      sparse_weights: float `SparseTensor` with the weight of each id; None for weights of 1.
      combiner: "sum", "mean" or "sqrtn", see `tf.nn.embedding_lookup_sparse`.
      default_id: the id of an example that has none left; None for zeros in place of its row.
      name: name scope of the operations.
      partition_strategy: how shards divide the rows, see `tf.nn.embedding_lookup`.
      max_norm: where given, each row is scaled down to this Euclidean norm at most.

    Returns:
      A tensor [d_0, ..., d_n, ...] with the shape of the table's rows at its end.

    Raises:
      ValueError: there is no table, no such combiner, or the weights do not fit the ids.
      TypeError: ids or weights are no `SparseTensor`.
      tf.errors.InvalidArgumentError: (in a run) an id is beyond the table.

    >>> import graphflow as tf
    >>> table = tf.constant([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [2, 0, -1], [3, 2])
    >>> tf.Session().run(tf.nn.safe_embedding_lookup_sparse(table, ids))
    array([[ 3.5, 35. ],
           [ 0. ,  0. ],
           [ 0. ,  0. ]], dtype=float32)
    """
    shards = shards_of(embedding_weights, "embedding_weights")
    sparse_ids = to_sparse(sparse_ids, "sparse_ids")
    dtype = None
    if sparse_weights is not None:
        sparse_weights = to_sparse(sparse_weights, "sparse_weights")
        dtype = sparse_weights.dtype.base_dtype
    shards = [
        shard if hasattr(shard, "handle") and dtype in (None, shard.dtype.base_dtype)
        else convert_to_tensor(shard, dtype=dtype)
        for shard in shards
    ]  # fmt: skip
    with name_scope(name, "embedding_lookup", [*shards, sparse_ids.values]) as scope:
        shape = sparse_ids.dense_shape
        known_rank = shape.shape[0].value
        rank: Any = ops.size(shape) if known_rank is None else known_rank
        lead = ops.slice(shape, [0], [rank - 1])
        matrix = [ops.reduce_prod(lead), ops.gather(shape, rank - 1)]
        ids = ops.sparse_reshape(sparse_ids, matrix)
        weights = None
        if sparse_weights is not None:
            weights = SparseTensor(ids.indices, sparse_weights.values, ids.dense_shape)
        ids, weights = _valid(ids, weights, combiner)
        ids, is_empty = ops.sparse_fill_empty_rows(ids, default_id or 0)
        if weights is not None:
            weights, _ = ops.sparse_fill_empty_rows(weights, 1.0)
        inner = None if default_id is None else scope
        result = embedding_lookup_sparse(
            shards, ids, weights, partition_strategy, inner, combiner, max_norm
        )
        if default_id is None:
            columns = ops.stack([1, ops.shape(result)[1]])
            mask = ops.tile(ops.reshape(is_empty, [-1, 1]), columns)
            result = ops.where(mask, ops.zeros_like(result), result, name=scope)
        return _with_lead_of(shape, known_rank, rank, result)


def _valid(
    ids: SparseTensor, weights: SparseTensor | None, combiner: str
) -> tuple[SparseTensor, SparseTensor | None]:
    """Leave out negative ids, and ids without a positive weight where that would be divided by."""
    is_valid = ops.greater_equal(ids.values, 0)
    if weights is None:
        return ops.sparse_retain(ids, is_valid), None
    is_valid = ops.logical_and(is_valid, ops.ones_like(weights.values, dtype="bool"))
    ids, weights = ops.sparse_retain(ids, is_valid), ops.sparse_retain(weights, is_valid)
    if combiner == "sum":
        return ids, weights
    is_positive = ops.greater(weights.values, 0)
    return ops.sparse_retain(ids, is_positive), ops.sparse_retain(weights, is_positive)


def _with_lead_of(shape: Tensor, known_rank: int | None, rank: Any, result: Tensor) -> Tensor:
    """Give combined rows the first axes of the ids."""
    lead = ops.slice(ops.cast(shape, _int32), [0], [rank - 1])
    tail = ops.slice(ops.shape(result), [1], [-1])
    final = ops.reshape(result, ops.concat([lead, tail], 0))
    if known_rank is not None:
        final.set_shape(unknown_shape(known_rank - 1).concatenate(result.shape[1:]))
    return final
