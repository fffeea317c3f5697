"""Rows of embedding tables by id: whole tables, and tables cut into shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32 as _int32
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape

__all__ = ["embedding_lookup"]


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
