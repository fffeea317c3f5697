"""Embeddings of ids, and encoders of sequences of ids."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.variables import model_variable
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.variables.scope import variable_scope


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Tensor:
    """Look up rows of an embedding table by id, each row once.

    This takes less time than `tf.nn.embedding_lookup` where shards are far away and ids repeat.

    Args:
      params: the table, or the list of its shards.
      ids: int32 or int64 tensor of any shape.
      partition_strategy: "mod" or "div", as for `tf.nn.embedding_lookup`.
      name: name scope of the operations, "EmbeddingLookupUnique" by default.

    Returns:
      A tensor of shape `ids.shape + params.shape[1:]`.

    >>> import graphflow as tf
    >>> table = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> tf.Session().run(tf.contrib.layers.embedding_lookup_unique(table, [2, 0, 2]))
    array([[5., 6.],
           [1., 2.],
           [5., 6.]], dtype=float32)
    """
    values = [*params, ids] if isinstance(params, (list, tuple)) else [params, ids]
    with name_scope(name, "EmbeddingLookupUnique", values):
        ids = convert_to_tensor(ids)
        unique, positions = ops.unique(ops.reshape(ids, [-1]))
        rows = ops.embedding_lookup(params, unique, partition_strategy)
        size = ops.concat([ops.shape(ids), ops.shape(rows)[1:]], 0)
        embeddings = ops.reshape(ops.gather(rows, positions), size)
        embeddings.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return embeddings


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = None,
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Look up and combine rows, for ids of which some may be missing or not valid.

    Args:
      embedding_weights: the table, or the list of its shards.
      sparse_ids: int32 or int64 `SparseTensor` [d_0, ..., d_n, most ids].
      sparse_weights: float `SparseTensor` with the weight of each id; None for weights of 1.
      combiner: "mean" (the default), "sum" or "sqrtn".
      default_id: the id of an example that has none left; None for zeros in place of its row.
      name: name scope of the operations.
      partition_strategy: "div" or "mod".
      max_norm: where given, each row is scaled down to this Euclidean norm at most.

    Returns:
      A tensor [d_0, ..., d_n, ...], see `tf.nn.safe_embedding_lookup_sparse`.
    """
    return ops.safe_embedding_lookup_sparse(
        embedding_weights, sparse_ids, sparse_weights, combiner or "mean", default_id, name,
        partition_strategy, max_norm,
    )  # fmt: skip


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Tensor:
    """Embed each id of sequences.

    Args:
      ids: int32 or int64 [batch, time].
      vocab_size: the number of ids; needed unless variables are shared.
      embed_dim: the size of an embedding; needed unless variables are shared.
      unique: whether to look up each id once, see `embedding_lookup_unique`.
      initializer: initializer of the table, None for that of the variable scope.
      regularizer: a function of the table whose value is a loss.
      trainable: whether the table is trained.
      scope: the variable scope, "EmbedSequence" by default.
      reuse: whether to share the table of a former call with that scope.

    Returns:
      float [batch, time, embed_dim].

    Raises:
      ValueError: sizes are missing.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.embed_sequence([[3, 0, 3]], vocab_size=5, embed_dim=2)
    >>> y.shape.as_list(), tf.model_variables()[0].name
    ([1, 3, 2], 'EmbedSequence/embeddings:0')
    """
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        table = _table("embeddings", vocab_size, embed_dim, initializer, regularizer, trainable)
        ids = convert_to_tensor(ids)
        lookup = embedding_lookup_unique if unique else ops.embedding_lookup
        return lookup(table, ids)


def bow_encoder(
    ids: Any,
    vocab_size: int | None,
    embed_dim: int | None,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Tensor:
    """Encode sequences as the mean of the embeddings of their ids, whatever the order.

    Args:
      ids: int32 or int64 [batch, time], also a `SparseTensor`.
      vocab_size: the number of ids.
      embed_dim: the size of an embedding.
      sparse_lookup: whether dense ids are made sparse first; then ids 0 do not count.
      initializer: initializer of the table, None for that of the variable scope.
      regularizer: a function of the table whose value is a loss.
      trainable: whether the table is trained.
      scope: the variable scope, "bow_encoder" by default.
      reuse: whether to share the table of a former call with that scope.

    Returns:
      float [batch, embed_dim].

    Raises:
      TypeError: ids are sparse, and `sparse_lookup` is False.
    """
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        table = _table("embeddings", vocab_size, embed_dim, initializer, regularizer, trainable)
        if not sparse_lookup:
            if isinstance(ids, SparseTensor):
                raise TypeError("sparse ids need sparse_lookup=True")
            return ops.reduce_mean(ops.embedding_lookup(table, ids), axis=1)
        if not isinstance(ids, SparseTensor):
            ids = dense_to_sparse(ids)
        return safe_embedding_lookup_sparse([table], ids, combiner="mean", default_id=0)


def _table(
    name: str, rows: Any, columns: Any, initializer: Any, regularizer: Any, trainable: bool
) -> Any:
    from_value = initializer is not None and not callable(initializer)
    if not from_value and (rows is None or columns is None):
        raise ValueError("an embedding table needs vocab_size and embed_dim")
    return model_variable(
        name,
        shape=None if from_value else [rows, columns],
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
    )


def dense_to_sparse(
    tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: str | None = None
) -> SparseTensor:
    """Return a sparse tensor of the elements that are not the end-of-sequence token.

    Args:
      tensor: a tensor of any shape.
      eos_token: what is left out.
      outputs_collections: collections for the sparse tensor.
      scope: name scope of the operations, "dense_to_sparse" by default.

    Returns:
      A `SparseTensor`.

    >>> import graphflow as tf
    >>> sparse = tf.contrib.layers.dense_to_sparse([[5, 0], [0, 7]])
    >>> tf.Session().run(sparse.values)
    array([5, 7], dtype=int32)
    """
    with name_scope(scope, "dense_to_sparse", [tensor]):
        tensor = convert_to_tensor(tensor)
        token = convert_to_tensor(eos_token, dtype=tensor.dtype.base_dtype)
        indices = ops.where(ops.not_equal(tensor, token))
        size = ops.shape(tensor, out_type="int64")
        outputs = SparseTensor(indices, ops.gather_nd(tensor, indices), size)
        if outputs_collections:
            tensor.graph.add_to_collections(outputs_collections, outputs)
        return outputs
