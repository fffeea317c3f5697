"""Columns of sequences: several steps for each example, with what makes tensors of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import DType, as_dtype, float32, int64, string
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape
from graphflow.feature_columns.base import (
    CategoricalColumn,
    FeatureColumn,
    Features,
    IdsAndWeights,
    Variables,
)
from graphflow.feature_columns.categorical import (
    WeightedColumn,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
)
from graphflow.feature_columns.dense import EmbeddingColumn, IndicatorColumn
from graphflow.feature_columns.models import sorted_columns
from graphflow.feature_columns.numeric import numeric_column
from graphflow.variables.scope import variable_scope


@dataclass(frozen=True)
class SequenceCategoricalColumn(CategoricalColumn):
    """The categories of each step, see `sequence_categorical_column_with_identity`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.categorical_column.name

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return self.categorical_column.parse_example_spec

    @property
    def is_of_sequences(self) -> bool:
        """True."""
        return True

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.categorical_column.num_buckets

    def transform(self, features: Features) -> Any:
        """Return the categories; see `FeatureColumn.transform`."""
        return features.get(self.categorical_column)

    def ids_and_weights(self, features: Features) -> IdsAndWeights:
        """Return the categories, [batch, steps, several]; see `CategoricalColumn`."""
        found = self.categorical_column.ids_and_weights(features)
        weights = None if found.weights is None else _with_steps(found.weights)
        return IdsAndWeights(_with_steps(found.ids), weights)

    def lengths(self, features: Features) -> Tensor:
        """Return how many steps each example has.

        Args:
          features: the features of the examples.
        """
        return sequence_lengths(self.categorical_column.ids_and_weights(features).ids)


def _with_steps(sparse: SparseTensor) -> SparseTensor:
    """A sparse tensor [batch, steps, ...] with one more axis if it has two."""
    shape = ops.concat([sparse.dense_shape[:2], [-1]], axis=0)
    reshaped: SparseTensor = ops.sparse_reshape(sparse, shape)
    return reshaped


def sequence_lengths(sparse: SparseTensor, size: int = 1) -> Tensor:
    """Return how many steps the examples of a sparse tensor have.

    Args:
      sparse: [batch, steps, ...].
      size: how many of its elements on the second axis make a step.

    Returns:
      An int64 tensor [batch].
    """
    with name_scope("sequence_length"):
        ends = ops.segment_max(sparse.indices[:, 1] + 1, sparse.indices[:, 0])
        lengths = (ends + size - 1) // size
        # Examples at the end that have no elements are in no segment.
        missing = ops.shape(sparse)[:1] - ops.shape(lengths)[:1]
        return ops.concat([lengths, ops.zeros(missing, int64)], axis=0)


@dataclass(frozen=True)
class SequenceNumericColumn(FeatureColumn):
    """The numbers of each step, see `sequence_numeric_column`."""

    key: str
    shape: tuple[int, ...]
    default_value: float
    dtype: DType
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return {self.key: ops.VarLenFeature(self.dtype)}

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the numbers of a step."""
        return TensorShape(self.shape)

    @property
    def scope_name(self) -> str:
        """The scope of its operations."""
        return self.name

    def transform(self, features: Features) -> SparseTensor:
        """Return the numbers; see `FeatureColumn.transform`."""
        found = features.get(self.key)
        if not isinstance(found, SparseTensor):
            raise ValueError(f"the feature {self.key!r} of a sequence must be a SparseTensor")
        changed = found if self.normalizer_fn is None else self.normalizer_fn(found)
        floats = ops.cast(changed.values, float32)
        return SparseTensor(changed.indices, floats, changed.dense_shape)

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return the numbers, [batch, steps, ...].

        Args:
          features: the features of the examples.
          variables: not used.
        """
        del variables
        dense = ops.sparse_tensor_to_dense(features.get(self), self.default_value)
        shape = ops.concat([ops.shape(dense)[:1], [-1], list(self.shape)], axis=0)
        return ops.reshape(dense, shape)

    def lengths(self, features: Features) -> Tensor:
        """Return how many steps each example has.

        Args:
          features: the features of the examples.
        """
        sparse = features.get(self)
        count = self.variable_shape.num_elements() if sparse.shape.ndims == 2 else 1
        assert count is not None
        return sequence_lengths(sparse, count)


def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:
    """Return a column of the numbers of each step.

    Args:
      key: the name of the feature, a SparseTensor [batch, numbers of all steps].
      shape: the shape of the numbers of a step, an integer for a vector.
      default_value: what stands after the end of a shorter sequence.
      dtype: the dtype of the feature.
      normalizer_fn: applied to the SparseTensor.

    Raises:
      ValueError: the dtype is no number, or a size is not positive.
      TypeError: `normalizer_fn` is no function.

    >>> sequence_numeric_column("speed", shape=2).variable_shape.as_list()
    [2]
    """
    column = numeric_column(key, shape, None, dtype, normalizer_fn)
    return SequenceNumericColumn(
        column.key, column.shape, default_value, column.dtype, normalizer_fn
    )


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """Return a column of the categories of each step, given by their numbers.

    Args:
      key: the name of the feature, [batch, steps] or [batch, steps, several].
      num_buckets: see `categorical_column_with_identity`.
      default_value: see there.

    >>> import graphflow as tf
    >>> word = sequence_categorical_column_with_identity("word", 3)
    >>> column = tf.feature_column.indicator_column(word)
    >>> words = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 1, 0], [2, 2])
    >>> steps = tf.contrib.feature_column.sequence_input_layer({"word": words}, [column])
    >>> with tf.Session() as sess:
    ...     values, lengths = sess.run(steps)
    >>> values.tolist(), lengths.tolist()
    ([[[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]], [2, 1])
    """
    return SequenceCategoricalColumn(
        categorical_column_with_identity(key, num_buckets, default_value)
    )


def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = string
) -> SequenceCategoricalColumn:
    """Return a column of the categories of each step, which are hashes.

    Args:
      key: the name of the feature, [batch, steps] or [batch, steps, several].
      hash_bucket_size: see `categorical_column_with_hash_bucket`.
      dtype: see there.
    """
    return SequenceCategoricalColumn(
        categorical_column_with_hash_bucket(key, hash_bucket_size, as_dtype(dtype))
    )


def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = string,
) -> SequenceCategoricalColumn:
    """Return a column of the categories of each step, which are the lines of a file.

    Args:
      key: the name of the feature, [batch, steps] or [batch, steps, several].
      vocabulary_file: see `categorical_column_with_vocabulary_file`.
      vocabulary_size: see there.
      num_oov_buckets: see there.
      default_value: see there.
      dtype: see there.
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


def sequence_categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> SequenceCategoricalColumn:
    """Return a column of the categories of each step, which a list holds.

    Args:
      key: the name of the feature, [batch, steps] or [batch, steps, several].
      vocabulary_list: see `categorical_column_with_vocabulary_list`.
      dtype: see there.
      default_value: see there.
      num_oov_buckets: see there.
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_list(
            key, vocabulary_list, dtype, default_value, num_oov_buckets
        )
    )


# -- tensors --------------------------------------------------------------------------------------


def sequence_of(column: Any) -> Any:
    """Return what knows the lengths of the sequences of a column, None if it has no sequences.

    Args:
      column: any column.
    """
    if isinstance(column, (EmbeddingColumn, IndicatorColumn)):
        inner: Any = column.categorical_column
        if isinstance(inner, WeightedColumn):
            inner = inner.categorical_column
        return inner if isinstance(inner, SequenceCategoricalColumn) else None
    return column if isinstance(column, SequenceNumericColumn) else None


def sequence_tensors(
    columns: Iterable[Any], features: Features, variables: Variables
) -> tuple[Tensor, Tensor]:
    """Return the values of columns of sequences, and their lengths; see `sequence_input_layer`.

    Args:
      columns: the columns in order.
      features: the features of the examples.
      variables: how variables are made.
    """
    outputs, lengths = [], []
    for column in columns:
        with variable_scope(column.scope_name):
            tensor = column.dense_tensor(features, variables)
            size = column.variable_shape.num_elements()
            shape = ops.concat([ops.shape(tensor)[:2], [size]], axis=0)
            outputs.append(ops.reshape(tensor, shape))
            lengths.append(sequence_of(column).lengths(features))
    checks = [
        ops.assert_equal(lengths[0], other, message="sequences of columns differ in length")
        for other in lengths[1:]
    ]
    length: Tensor = ops.with_dependencies(checks, lengths[0]) if checks else lengths[0]
    return ops.concat(outputs, -1), length


def checked_sequences(feature_columns: Any) -> list[Any]:
    """Return columns of sequences in the order of their names.

    Args:
      feature_columns: the columns.

    Raises:
      ValueError: one is of no sequences, or a name occurs twice.
    """
    columns = sorted_columns(feature_columns, (FeatureColumn,), "columns are expected")
    for column in columns:
        if sequence_of(column) is None:
            raise ValueError(
                f"{column.name!r} is no column of sequences: take sequence_numeric_column, or "
                "embedding_column or indicator_column of a sequence_categorical_column"
            )
    return columns


def sequence_input_layer(
    features: Mapping[str, Any],
    feature_columns: Any,
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
) -> tuple[Tensor, Tensor]:
    """Return the values of columns of sequences, side by side.

    Args:
      features: from names to SparseTensors [batch, steps, ...] or tensors.
      feature_columns: `sequence_numeric_column`s, or `embedding_column`s and `indicator_column`s of
        `sequence_categorical_column_with_identity` and its like.
      weight_collections: collections that variables are added to.
      trainable: whether they are trained.

    Returns:
      A float32 tensor [batch, steps, size], with the columns in the order of their names, and an
      int64 tensor [batch] with the lengths of the sequences.

    Raises:
      ValueError: a column is of no sequences, a name occurs twice, or a feature is missing.
    """
    columns = checked_sequences(feature_columns)
    variables = Variables.of(weight_collections, trainable)
    with variable_scope(None, "sequence_input_layer", list(features.values())):
        return sequence_tensors(columns, Features(features), variables)


def concatenate_context_input(context_input: Tensor, sequence_input: Tensor) -> Tensor:
    """Return steps with what is known of the whole example beside each.

    Args:
      context_input: float32 [batch, size].
      sequence_input: float32 [batch, steps, size].

    Raises:
      ValueError: a rank or dtype is another one.

    >>> import graphflow as tf
    >>> steps = tf.constant([[[1.0], [2.0]]])
    >>> with tf.Session() as sess:
    ...     print(sess.run(concatenate_context_input(tf.constant([[7.0]]), steps)).tolist())
    [[[1.0, 7.0], [2.0, 7.0]]]
    """
    for what, tensor, rank in (
        ("context_input", context_input, 2),
        ("sequence_input", sequence_input, 3),
    ):
        if tensor.shape.ndims not in (None, rank) or tensor.dtype != float32:
            raise ValueError(f"{what} must be float32 of rank {rank}, not {tensor}")
    steps = ops.shape(sequence_input)[1]
    repeated = ops.tile(ops.expand_dims(context_input, 1), ops.stack([1, steps, 1]))
    return ops.concat([sequence_input, repeated], 2)
