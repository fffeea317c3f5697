"""Columns of categories: words of a vocabulary, numbers, hashes, crossings, with weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import DType, as_dtype, float32, int64, string
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.feature_columns.base import (
    CategoricalColumn,
    FeatureColumn,
    Features,
    IdsAndWeights,
    as_sparse,
    checked_key,
)
from graphflow.files.names import path_of
from graphflow.tables.vocabulary import index_table_from_file, index_table_from_tensor


@dataclass(frozen=True)
class _KeyedColumn(CategoricalColumn):
    """A column of the categories of one feature."""

    key: str

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def _parsed_dtype(self) -> DType:
        raise NotImplementedError

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return {self.key: ops.VarLenFeature(self._parsed_dtype)}

    def transform(self, features: Features) -> SparseTensor:
        """Return the categories; see `FeatureColumn.transform`."""
        found = as_sparse(features.get(self.key))
        dtype = found.dtype
        if dtype != string and not dtype.is_integer:
            raise ValueError(
                f"the categories in {self.key!r} must be strings or integers, not {dtype.name}"
            )
        if (dtype == string) != (self._parsed_dtype == string):
            raise ValueError(
                f"{self.key!r} is of {dtype.name}, but its column of {self._parsed_dtype.name}"
            )
        return SparseTensor(found.indices, self._ids(found.values), found.dense_shape)

    def _ids(self, values: Tensor) -> Tensor:
        raise NotImplementedError


@dataclass(frozen=True)
class VocabularyListColumn(_KeyedColumn):
    """Words of a list, see `categorical_column_with_vocabulary_list`."""

    vocabulary_list: tuple[Any, ...]
    dtype: DType
    default_value: int
    num_oov_buckets: int

    @property
    def _parsed_dtype(self) -> DType:
        return self.dtype

    @property
    def num_buckets(self) -> int:
        """The words, and the buckets of others."""
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _ids(self, values: Tensor) -> Tensor:
        key_dtype = string if self.dtype == string else int64
        table = index_table_from_tensor(
            self.vocabulary_list,
            self.num_oov_buckets,
            self.default_value,
            dtype=key_dtype,
            name=f"{self.key}_lookup",
        )
        ids: Tensor = table.lookup(values if key_dtype == string else ops.cast(values, int64))
        return ids


def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Sequence[Any],
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListColumn:
    """Return a column of categories that a list holds.

    Args:
      key: the name of the feature.
      vocabulary_list: the categories, strings or integers.
      dtype: the dtype of the feature, by default that of the list.
      default_value: the number of all others; -1 leaves them out.
      num_oov_buckets: how many categories the others are hashed to, instead of `default_value`.

    Raises:
      ValueError: the list is empty or holds an element twice, or an argument does not fit.

    >>> import graphflow as tf
    >>> color = tf.feature_column.categorical_column_with_vocabulary_list("color", ["red", "blue"])
    >>> column = tf.feature_column.indicator_column(color)
    >>> layer = tf.feature_column.input_layer({"color": [["blue"], ["green"]]}, [column])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     print(sess.run(layer))
    [[0. 1.]
     [0. 0.]]
    """
    words = tuple(vocabulary_list or ())
    if not words:
        raise ValueError(f"the vocabulary of {key!r} is empty")
    if len(set(words)) != len(words):
        raise ValueError(f"the vocabulary of {key!r} holds an element twice: {list(words)}")
    _check_others(default_value, num_oov_buckets)
    is_text = isinstance(words[0], (str, bytes))
    own = string if is_text else int64
    dtype = own if dtype is None else as_dtype(dtype)
    if (dtype == string) != is_text or not (dtype == string or dtype.is_integer):
        raise ValueError(f"the dtype {dtype.name} does not fit the vocabulary of {own.name}")
    return VocabularyListColumn(checked_key(key), words, dtype, default_value, num_oov_buckets)


def _check_others(default_value: int | None, num_oov_buckets: int) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must not be negative, not {num_oov_buckets}")
    if num_oov_buckets and default_value not in (-1, None):
        raise ValueError("give num_oov_buckets or default_value, not both")


@dataclass(frozen=True)
class VocabularyFileColumn(_KeyedColumn):
    """Words of a file, see `categorical_column_with_vocabulary_file`."""

    vocabulary_file: str
    vocabulary_size: int
    num_oov_buckets: int
    dtype: DType
    default_value: int

    @property
    def _parsed_dtype(self) -> DType:
        return self.dtype

    @property
    def num_buckets(self) -> int:
        """The words, and the buckets of others."""
        return self.vocabulary_size + self.num_oov_buckets

    def _ids(self, values: Tensor) -> Tensor:
        key_dtype = string if self.dtype == string else int64
        table = index_table_from_file(
            self.vocabulary_file,
            self.num_oov_buckets,
            self.vocabulary_size,
            self.default_value,
            key_dtype=key_dtype,
            name=f"{self.key}_lookup",
        )
        ids: Tensor = table.lookup(values if key_dtype == string else ops.cast(values, int64))
        return ids


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = string,
) -> VocabularyFileColumn:
    """Return a column of categories that are the lines of a file.

    Args:
      key: the name of the feature.
      vocabulary_file: the path of the file.
      vocabulary_size: how many of its lines are used, by default all.
      num_oov_buckets: how many categories others are hashed to, instead of `default_value`.
      default_value: the number of all others; None or -1 leaves them out.
      dtype: the dtype of the feature, string or an integer.

    Raises:
      ValueError: there is no file, or an argument does not fit.
    """
    if not vocabulary_file:
        raise ValueError(f"the column {key!r} needs a vocabulary_file")
    path = path_of(vocabulary_file)
    if vocabulary_size is None:
        if not os.path.exists(path):
            raise ValueError(f"the vocabulary_file {path} does not exist")
        with open(path, "rb") as file:
            vocabulary_size = sum(1 for _ in file)
    if vocabulary_size < 1:
        raise ValueError(f"vocabulary_size must be positive, not {vocabulary_size}")
    _check_others(default_value, num_oov_buckets)
    return VocabularyFileColumn(
        checked_key(key),
        path,
        vocabulary_size,
        num_oov_buckets,
        _checked_dtype(dtype),
        -1 if default_value is None else default_value,
    )


def _checked_dtype(dtype: Any) -> DType:
    found = as_dtype(dtype)
    if found != string and not found.is_integer:
        raise ValueError(f"categories are strings or integers, not {found.name}")
    return found


@dataclass(frozen=True)
class HashColumn(_KeyedColumn):
    """Hashes, see `categorical_column_with_hash_bucket`."""

    hash_bucket_size: int
    dtype: DType

    @property
    def _parsed_dtype(self) -> DType:
        return self.dtype

    @property
    def num_buckets(self) -> int:
        """The number of hashes."""
        return self.hash_bucket_size

    def _ids(self, values: Tensor) -> Tensor:
        text = values if values.dtype == string else ops.as_string(values)
        return ops.string_to_hash_bucket_fast(text, self.hash_bucket_size, name="lookup")


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = string
) -> HashColumn:
    """Return a column of categories that are hashes.

    Args:
      key: the name of the feature.
      hash_bucket_size: how many hashes there are.
      dtype: the dtype of the feature, string or an integer.

    Raises:
      ValueError: there is no hash, or the dtype is another.

    >>> categorical_column_with_hash_bucket("word", 50).num_buckets
    50
    """
    if hash_bucket_size is None or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be positive, not {hash_bucket_size}")
    return HashColumn(checked_key(key), hash_bucket_size, _checked_dtype(dtype))


@dataclass(frozen=True)
class IdentityColumn(_KeyedColumn):
    """Numbers of categories, see `categorical_column_with_identity`."""

    number_buckets: int
    default_value: int | None

    @property
    def _parsed_dtype(self) -> DType:
        return int64

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.number_buckets

    def _ids(self, values: Tensor) -> Tensor:
        ids = ops.cast(values, int64)
        count = ops.cast(self.number_buckets, int64)
        zero = ops.cast(0, int64)
        if self.default_value is None:
            is_in_range = [
                ops.assert_less(ids, count, name="assert_less_than_num_buckets"),
                ops.assert_greater_equal(ids, zero, name="assert_greater_or_equal_0"),
            ]
            checked: Tensor = ops.with_dependencies(is_in_range, ids)
            return checked
        is_outside = ops.logical_or(ops.less(ids, zero), ops.greater_equal(ids, count))
        default = ops.fill(ops.shape(ids), ops.cast(self.default_value, int64))
        return ops.where(is_outside, default, ids)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityColumn:
    """Return a column of categories that are given by their numbers.

    Args:
      key: the name of the feature.
      num_buckets: how many categories there are.
      default_value: the category of numbers that are out of range; None makes them an error.

    Raises:
      ValueError: there is no category, or the default is none of them.

    >>> categorical_column_with_identity("digit", 10).name
    'digit'
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets must be positive, not {num_buckets}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} is none of {num_buckets} categories")
    return IdentityColumn(checked_key(key), num_buckets, default_value)


@dataclass(frozen=True)
class WeightedColumn(CategoricalColumn):
    """Categories with weights, see `weighted_categorical_column`."""

    categorical_column: CategoricalColumn
    weight_feature_key: str
    dtype: DType

    @property
    def name(self) -> str:
        """The names of both features."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def is_of_sequences(self) -> bool:
        """Whether the categories are those of several steps."""
        return self.categorical_column.is_of_sequences

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        spec = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in spec:
            raise ValueError(f"{self.weight_feature_key!r} holds both categories and weights")
        return {**spec, self.weight_feature_key: ops.VarLenFeature(self.dtype)}

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.categorical_column.num_buckets

    def transform(self, features: Features) -> Any:
        """Return categories and weights; see `FeatureColumn.transform`."""
        value = features.get(self.weight_feature_key)
        if value.dtype.base_dtype != self.dtype.base_dtype:
            raise ValueError(
                f"the weights {self.weight_feature_key!r} are of {value.dtype.name}, "
                f"not of {self.dtype.name}"
            )
        weights = as_sparse(value, ignored=0.0)
        floats = ops.cast(weights.values, float32)
        return IdsAndWeights(
            self.categorical_column.ids_and_weights(features).ids,
            SparseTensor(weights.indices, floats, weights.dense_shape),
        )

    def ids_and_weights(self, features: Features) -> IdsAndWeights:
        """Return the categories; see `CategoricalColumn.ids_and_weights`."""
        found: IdsAndWeights = features.get(self)
        return found


def weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: Any = float32
) -> WeightedColumn:
    """Return a column of categories that have weights.

    Args:
      categorical_column: the categories.
      weight_feature_key: the name of the feature with a weight for each of them.
      dtype: its dtype.

    Raises:
      ValueError: the dtype is no number.
    """
    dtype = as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"weights are numbers, not of {dtype.name}")
    return WeightedColumn(categorical_column, checked_key(weight_feature_key), dtype)


@dataclass(frozen=True)
class CrossedColumn(CategoricalColumn):
    """Combinations of categories, see `crossed_column`."""

    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None

    @property
    def name(self) -> str:
        """The names of what is crossed."""
        return "_X_".join(sorted(self._names()))

    def _names(self) -> list[str]:
        names: list[str] = []
        for key in self.keys:
            if isinstance(key, CrossedColumn):
                names.extend(key._names())
            else:
                names.append(key.name if isinstance(key, FeatureColumn) else key)
        return names

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        spec: dict[str, Any] = {}
        for key in self.keys:
            is_column = isinstance(key, FeatureColumn)
            spec.update(key.parse_example_spec if is_column else {key: ops.VarLenFeature(string)})
        return spec

    @property
    def num_buckets(self) -> int:
        """The number of hashes."""
        return self.hash_bucket_size

    def transform(self, features: Features) -> SparseTensor:
        """Return the hashes; see `FeatureColumn.transform`."""
        inputs = [self._input(key, features) for leaf in self.keys for key in _leaves(leaf)]
        return ops.sparse_cross_hashed(inputs, self.hash_bucket_size, self.hash_key)

    @staticmethod
    def _input(key: Any, features: Features) -> Any:
        if isinstance(key, str):
            return features.get(key)
        found = key.ids_and_weights(features)
        if found.weights is not None:
            raise ValueError(f"{key.name!r} has weights, which a crossed column cannot use")
        return found.ids


def _leaves(key: Any) -> list[Any]:
    """What is crossed in a key, also in one that is crossed itself."""
    if not isinstance(key, CrossedColumn):
        return [key]
    return [leaf for inner in key.keys for leaf in _leaves(inner)]


def crossed_column(
    keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None
) -> CrossedColumn:
    """Return a column of the combinations of categories, hashed.

    Args:
      keys: two or more: names of features, or columns of categories.
      hash_bucket_size: how many hashes there are.
      hash_key: the key of the hash.

    Raises:
      ValueError: there are too few keys, or a key cannot be crossed.

    >>> crossed_column(["weekday", "hour"], 20).name
    'hour_X_weekday'
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be positive, not {hash_bucket_size}")
    if not isinstance(keys, (list, tuple)) or len(keys) < 2:
        raise ValueError(f"a crossing needs two or more keys, not {keys!r}")
    for key in keys:
        if isinstance(key, HashColumn):
            raise ValueError(f"cross the feature {key.key!r} itself: it need not be hashed twice")
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(f"a crossing is of features and categories, not of {key!r}")
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)
