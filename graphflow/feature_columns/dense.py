"""Columns that make vectors of categories: indicators and embeddings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.checkpoints.initialization import init_from_checkpoint
from graphflow.core.defaults import add_to_collection, get_collection
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    Features,
    Variables,
)
from graphflow.feature_columns.categorical import WeightedColumn
from graphflow.variables.initializers import TruncatedNormal
from graphflow.variables.scope import get_variable

_COMBINERS = ("mean", "sqrtn", "sum")


@dataclass(frozen=True)
class IndicatorColumn(DenseColumn):
    """How often each category occurs, see `indicator_column`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The name of the categories with an ending."""
        return f"{self.categorical_column.name}_indicator"

    @property
    def is_of_sequences(self) -> bool:
        """Whether the categories are those of several steps."""
        return self.categorical_column.is_of_sequences

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return self.categorical_column.parse_example_spec

    @property
    def variable_shape(self) -> TensorShape:
        """A number for each category."""
        return TensorShape([self.categorical_column.num_buckets])

    def transform(self, features: Features) -> Tensor:
        """Return how often each category occurs; see `FeatureColumn.transform`."""
        found = self.categorical_column.ids_and_weights(features)
        depth = self.categorical_column.num_buckets
        hot = ops.one_hot(ops.sparse_tensor_to_dense(found.ids, -1), depth, 1.0, 0.0)
        if found.weights is not None:
            weights = ops.sparse_tensor_to_dense(found.weights)
            hot *= ops.expand_dims(weights, -1)
        return ops.reduce_sum(hot, axis=[-2])

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return the vectors; see `DenseColumn.dense_tensor`."""
        tensor: Tensor = features.get(self)
        return tensor


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """Return a column of vectors with a 1 for each category that an example has.

    Args:
      categorical_column: the categories.

    >>> import graphflow as tf
    >>> digit = tf.feature_column.categorical_column_with_identity("digit", 3)
    >>> column = tf.feature_column.indicator_column(digit)
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.feature_column.input_layer({"digit": [[2, 2], [0, 1]]}, [column])))
    [[0. 0. 2.]
     [1. 1. 0.]]
    """
    return IndicatorColumn(_checked(categorical_column))


def _checked(column: Any) -> CategoricalColumn:
    if not isinstance(column, CategoricalColumn):
        raise ValueError(f"a column of categories is expected, not {column!r}")
    return column


@dataclass(frozen=True)
class EmbeddingColumn(DenseColumn):
    """Vectors that are learnt, see `embedding_column`."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool
    # The scope, and the collection, that columns with the same vectors have in common.
    shared_name: str | None = None

    variable_name: ClassVar[str] = "embedding_weights"

    @property
    def name(self) -> str:
        """The name of the categories with an ending."""
        ending = "embedding" if self.shared_name is None else "shared_embedding"
        return f"{self.categorical_column.name}_{ending}"

    @property
    def scope_name(self) -> str:
        """The scope of the variable."""
        return self.name if self.shared_name is None else self.shared_name

    @property
    def is_of_sequences(self) -> bool:
        """Whether the categories are those of several steps."""
        return self.categorical_column.is_of_sequences

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return self.categorical_column.parse_example_spec

    @property
    def variable_shape(self) -> TensorShape:
        """The vector."""
        return TensorShape([self.dimension])

    def transform(self, features: Features) -> Any:
        """Return the categories; see `FeatureColumn.transform`."""
        return self.categorical_column.ids_and_weights(features)

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return the vectors; see `DenseColumn.dense_tensor`."""
        with name_scope(None, self.name):
            found = features.get(self)
            weights = self._table(variables)
            return ops.safe_embedding_lookup_sparse(
                weights,
                found.ids,
                found.weights,
                self.combiner,
                name=f"{self.name}_weights",
                max_norm=self.max_norm,
            )

    def _table(self, variables: Variables) -> Any:
        shape = [self.categorical_column.num_buckets, self.dimension]
        known = get_collection(self.shared_name) if self.shared_name is not None else []
        if known:
            if known[0].shape.as_list() != shape:
                raise ValueError(
                    f"the vectors shared as {self.shared_name!r} are {known[0].shape}, and the "
                    f"column {self.name!r} needs {shape}"
                )
            return known[0]
        table = get_variable(
            self.variable_name,
            shape,
            float32,
            self.initializer,
            trainable=self.trainable and variables.trainable,
            collections=list(variables.collections),
        )
        if self.shared_name is not None:
            add_to_collection(self.shared_name, table)
        if self.ckpt_to_load_from is not None:
            init_from_checkpoint(self.ckpt_to_load_from, {str(self.tensor_name_in_ckpt): table})
        return table


def embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """Return a column of vectors that are learnt, one for each category.

    Args:
      categorical_column: the categories.
      dimension: the size of a vector.
      combiner: how the vectors of an example are combined: "mean", "sqrtn" or "sum".
      initializer: makes the vectors; by default normal ones of deviation 1 / sqrt(dimension).
      ckpt_to_load_from: a checkpoint to restore them from.
      tensor_name_in_ckpt: their name there.
      max_norm: the length that vectors are cut to.
      trainable: whether they are trained.

    Raises:
      ValueError: an argument does not fit.

    >>> import graphflow as tf
    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 100)
    >>> column = tf.feature_column.embedding_column(word, 8)
    >>> tf.feature_column.input_layer({"word": [["a"], ["b"]]}, [column]).shape.as_list()
    [2, 8]
    """
    return _embedding(
        categorical_column, dimension, combiner, initializer, ckpt_to_load_from,
        tensor_name_in_ckpt, max_norm, trainable,
    )  # fmt: skip


def _embedding(
    categorical_column: Any,
    dimension: int | None,
    combiner: str,
    initializer: Any,
    ckpt_to_load_from: str | None,
    tensor_name_in_ckpt: str | None,
    max_norm: float | None,
    trainable: bool,
    shared_name: str | None = None,
) -> EmbeddingColumn:
    if dimension is None or dimension < 1:
        raise ValueError(f"dimension must be positive, not {dimension}")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("ckpt_to_load_from and tensor_name_in_ckpt go together")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be a function, not {initializer!r}")
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner must be one of {_COMBINERS}, not {combiner!r}")
    return EmbeddingColumn(
        _checked(categorical_column),
        dimension,
        combiner,
        initializer or TruncatedNormal(0.0, 1 / math.sqrt(dimension)),
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
        shared_name,
    )


def shared_embedding_columns(
    categorical_columns: Sequence[CategoricalColumn],
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[EmbeddingColumn]:
    """Return columns of vectors that are learnt, which several columns of categories share.

    Args:
      categorical_columns: columns of one kind with equally many categories.
      dimension: see `embedding_column`.
      combiner: see there.
      initializer: see there.
      shared_embedding_collection_name: the scope of the variable, and the collection with it.
      ckpt_to_load_from: see `embedding_column`.
      tensor_name_in_ckpt: see there.
      max_norm: see there.
      trainable: see there.

    Raises:
      ValueError: the columns are of different kinds, or an argument does not fit.

    >>> import graphflow as tf
    >>> seen = tf.feature_column.categorical_column_with_identity("seen", 9)
    >>> bought = tf.feature_column.categorical_column_with_identity("bought", 9)
    >>> columns = tf.feature_column.shared_embedding_columns([seen, bought], 2)
    >>> _ = tf.feature_column.input_layer({"seen": [[1]], "bought": [[8]]}, columns)
    >>> [v.op.name for v in tf.global_variables()]
    ['input_layer/bought_seen_shared_embedding/embedding_weights']
    """
    kinds = {(type(_inner(_checked(column))), column.num_buckets) for column in categorical_columns}
    if len(kinds) != 1:
        raise ValueError("columns that share vectors are of one kind and have equal num_buckets")
    names = sorted(column.name for column in categorical_columns)
    shared = shared_embedding_collection_name or f"{'_'.join(names)}_shared_embedding"
    initializer = initializer or TruncatedNormal(0.0, 1 / math.sqrt(max(dimension, 1)))
    return [
        _embedding(
            column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
            max_norm, trainable, shared,
        )
        for column in categorical_columns
    ]  # fmt: skip


def _inner(column: CategoricalColumn) -> CategoricalColumn:
    return column.categorical_column if isinstance(column, WeightedColumn) else column
