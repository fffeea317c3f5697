"""`tf.contrib.layers`: the columns of features from before `tf.feature_column`, made of those.

A column of categories knows here how those of an example are combined. Crossed columns hash as
`tf.feature_column` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.dtypes import as_dtype, float32, int64, string
from graphflow.feature_columns.base import CategoricalColumn
from graphflow.feature_columns.categorical import (
    CrossedColumn,
    HashColumn,
    IdentityColumn,
    VocabularyFileColumn,
    VocabularyListColumn,
    WeightedColumn,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
    weighted_categorical_column,
)
from graphflow.feature_columns.dense import EmbeddingColumn, IndicatorColumn
from graphflow.feature_columns.models import make_parse_example_spec
from graphflow.feature_columns.numeric import (
    BucketizedColumn,
    NumericColumn,
    bucketized_column as _bucketized_column,
    numeric_column,
)
from graphflow.variables.initializers import TruncatedNormal

_COMBINERS = ("mean", "sqrtn", "sum")


def _checked_combiner(combiner: str) -> str:
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner must be one of {_COMBINERS}, not {combiner!r}")
    return combiner


def _like(kind: Any, column: Any, **more: Any) -> Any:
    """The column of another dataclass with the same fields, and more."""
    return kind(**{field.name: getattr(column, field.name) for field in fields(column)}, **more)


# -- numbers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealValuedColumn(NumericColumn):
    """Numbers, see `real_valued_column`."""

    @property
    def column_name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def dimension(self) -> int:
        """How many numbers an example has."""
        return self.shape[0]

    @property
    def normalizer(self) -> Callable[[Any], Any] | None:
        """What is applied to the feature."""
        return self.normalizer_fn


def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = float32,
    normalizer: Callable[[Any], Any] | None = None,
) -> RealValuedColumn:
    """Return a column of numbers.

    Args:
      column_name: the name of the feature.
      dimension: how many numbers an example has.
      default_value: a number, or as many, for examples without the feature.
      dtype: the dtype of the feature.
      normalizer: applied to the feature.

    Raises:
      TypeError: `dimension` is no integer, or `normalizer` no function.
      ValueError: there are no numbers, or the dtype or the default does not fit.

    >>> real_valued_column("age", dimension=2).dimension
    2
    """
    if not isinstance(dimension, int):
        raise TypeError(f"dimension is an integer, not {dimension!r}")
    column = numeric_column(column_name, (dimension,), default_value, dtype, normalizer)
    return _like(RealValuedColumn, column)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class OldBucketizedColumn(BucketizedColumn):
    """The intervals of numbers, see `bucketized_column`."""

    combiner: str = "sum"


def bucketized_column(
    source_column: RealValuedColumn, boundaries: Sequence[float]
) -> OldBucketizedColumn:
    """Return a column of the intervals that numbers lie in.

    Args:
      source_column: a column of `real_valued_column`.
      boundaries: where intervals begin; sorted here, each once.

    Raises:
      TypeError: the column is another one.
      ValueError: there are no boundaries, or they are not sorted.

    >>> age = bucketized_column(real_valued_column("age"), [18, 18, 65])
    >>> age.name, age.boundaries
    ('age_bucketized', (18, 65))
    """
    if not isinstance(source_column, RealValuedColumn):
        raise TypeError(f"source_column is a real_valued_column, not {source_column!r}")
    limits = list(boundaries)
    if limits != sorted(limits):
        raise ValueError(f"boundaries must be sorted, not {limits}")
    column = _bucketized_column(source_column, list(dict.fromkeys(limits)))
    return _like(OldBucketizedColumn, column)  # type: ignore[no-any-return]


# -- categories -----------------------------------------------------------------------------------


class _SparseColumn(CategoricalColumn):
    """Base of columns of categories, by the name that programs ask for it."""

    key: str


@dataclass(frozen=True)
class SparseIdentityColumn(IdentityColumn, _SparseColumn):
    """Numbers of categories, see `sparse_column_with_integerized_feature`."""

    combiner: str = "sum"


@dataclass(frozen=True)
class SparseHashColumn(HashColumn, _SparseColumn):
    """Hashes, see `sparse_column_with_hash_bucket`."""

    combiner: str = "sum"


@dataclass(frozen=True)
class SparseKeysColumn(VocabularyListColumn, _SparseColumn):
    """Words of a list, see `sparse_column_with_keys`."""

    combiner: str = "sum"


@dataclass(frozen=True)
class SparseFileColumn(VocabularyFileColumn, _SparseColumn):
    """Words of a file, see `sparse_column_with_vocabulary_file`."""

    combiner: str = "sum"


@dataclass(frozen=True)
class WeightedSparseColumn(WeightedColumn):
    """Categories with weights, see `weighted_sparse_column`."""

    combiner: str = "sum"


def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = int64
) -> SparseIdentityColumn:
    """Return a column of categories that are given by their numbers.

    Args:
      column_name: the name of the feature.
      bucket_size: how many categories there are.
      combiner: how those of an example are combined in a linear model: "sum", "mean" or "sqrtn".
      dtype: the dtype of the feature, an integer.

    Raises:
      ValueError: an argument does not fit.

    >>> sparse_column_with_integerized_feature("digit", 10).num_buckets
    10
    """
    if not as_dtype(dtype).is_integer:
        raise ValueError(f"dtype must be an integer, not {as_dtype(dtype).name}")
    column = categorical_column_with_identity(column_name, bucket_size)
    return SparseIdentityColumn(column.key, bucket_size, None, _checked_combiner(combiner))


def sparse_column_with_hash_bucket(
    column_name: str,
    hash_bucket_size: int,
    combiner: str = "sum",
    dtype: Any = string,
    hash_keys: Any = None,
) -> SparseHashColumn:
    """Return a column of categories that are hashes.

    Args:
      column_name: the name of the feature.
      hash_bucket_size: how many hashes there are.
      combiner: see `sparse_column_with_integerized_feature`.
      dtype: the dtype of the feature, string or an integer.
      hash_keys: must be None.

    Raises:
      ValueError: an argument does not fit.
      NotImplementedError: `hash_keys` are given.
    """
    if hash_keys is not None:
        raise NotImplementedError("sparse_column_with_hash_bucket: hash_keys")
    column = categorical_column_with_hash_bucket(column_name, hash_bucket_size, dtype)
    return _like(  # type: ignore[no-any-return]
        SparseHashColumn, column, combiner=_checked_combiner(combiner)
    )


def sparse_column_with_keys(
    column_name: str,
    keys: Sequence[Any],
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = string,
) -> SparseKeysColumn:
    """Return a column of categories that a list holds.

    Args:
      column_name: the name of the feature.
      keys: the categories.
      default_value: the number of all others; -1 leaves them out.
      combiner: see `sparse_column_with_integerized_feature`.
      dtype: the dtype of the feature, string or an integer.

    Raises:
      ValueError: an argument does not fit.

    >>> sparse_column_with_keys("color", ["red", "blue", "green"]).num_buckets
    3
    """
    column = categorical_column_with_vocabulary_list(column_name, keys, dtype, default_value)
    return _like(  # type: ignore[no-any-return]
        SparseKeysColumn, column, combiner=_checked_combiner(combiner)
    )


def sparse_column_with_vocabulary_file(
    column_name: str,
    vocabulary_file: Any,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = string,
) -> SparseFileColumn:
    """Return a column of categories that are the lines of a file.

    Args:
      column_name: the name of the feature.
      vocabulary_file: the path of the file.
      num_oov_buckets: how many categories others are hashed to.
      vocab_size: how many lines are used; needed.
      default_value: the number of all others; -1 leaves them out.
      combiner: see `sparse_column_with_integerized_feature`.
      dtype: the dtype of the feature, string or an integer.

    Raises:
      ValueError: an argument does not fit, or `vocab_size` is missing.
    """
    if vocab_size is None:
        raise ValueError(f"the column {column_name!r} needs its vocab_size")
    column = categorical_column_with_vocabulary_file(
        column_name, vocabulary_file, vocab_size, num_oov_buckets, default_value, dtype
    )
    return _like(  # type: ignore[no-any-return]
        SparseFileColumn, column, combiner=_checked_combiner(combiner)
    )


def weighted_sparse_column(
    sparse_id_column: Any, weight_column_name: str, dtype: Any = float32
) -> WeightedSparseColumn:
    """Return a column of categories that have weights.

    Args:
      sparse_id_column: the categories.
      weight_column_name: the name of the feature with a weight for each of them.
      dtype: its dtype.

    Raises:
      ValueError: the dtype is no number.
    """
    column = weighted_categorical_column(sparse_id_column, weight_column_name, dtype)
    return _like(  # type: ignore[no-any-return]
        WeightedSparseColumn, column, combiner=sparse_id_column.combiner
    )


@dataclass(frozen=True)
class OldCrossedColumn(CrossedColumn):
    """Combinations of categories, see `crossed_column`."""

    columns: tuple[Any, ...] = ()
    combiner: str = "sum"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        spec: dict[str, Any] = {}
        for column in self.columns:
            spec.update(column.parse_example_spec)
        return spec


def crossed_column(
    columns: Sequence[Any],
    hash_bucket_size: int,
    combiner: str = "sum",
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    hash_key: int | None = None,
) -> OldCrossedColumn:
    """Return a column of the combinations of categories, hashed.

    Args:
      columns: two or more columns of categories, intervals or crossings.
      hash_bucket_size: how many hashes there are.
      combiner: see `sparse_column_with_integerized_feature`.
      ckpt_to_load_from: must be None.
      tensor_name_in_ckpt: must be None.
      hash_key: the key of the hash.

    Raises:
      TypeError: a column is of another kind.
      ValueError: there are too few columns, or another argument does not fit.
      NotImplementedError: a checkpoint is given.

    >>> a, b = (sparse_column_with_hash_bucket(name, 50) for name in "ab")
    >>> crossed_column([b, a], 1000).name
    'a_X_b'
    """
    if ckpt_to_load_from is not None or tensor_name_in_ckpt is not None:
        raise NotImplementedError("crossed_column: ckpt_to_load_from")
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be positive, not {hash_bucket_size}")
    if len(columns) < 2:
        raise ValueError(f"a crossing needs two or more columns, not {columns!r}")
    for column in columns:
        if not isinstance(column, (_SparseColumn, OldCrossedColumn, OldBucketizedColumn)):
            raise TypeError(f"a crossing is of columns of categories, not of {column!r}")
    ordered = sorted(columns, key=lambda column: str(column.name))
    # A column of categories is crossed by the feature itself.
    keys = [column.key if isinstance(column, _SparseColumn) else column for column in ordered]
    return OldCrossedColumn(
        tuple(keys), hash_bucket_size, hash_key, tuple(ordered), _checked_combiner(combiner)
    )


# -- vectors of categories ------------------------------------------------------------------------


@dataclass(frozen=True)
class OneHotColumn(IndicatorColumn):
    """How often each category occurs, see `one_hot_column`."""

    @property
    def name(self) -> str:
        """The name of the categories with an ending."""
        return f"{self.categorical_column.name}_one_hot"


def one_hot_column(sparse_id_column: CategoricalColumn) -> OneHotColumn:
    """Return a column of vectors with a 1 for each category that an example has.

    Args:
      sparse_id_column: the categories.

    Raises:
      TypeError: it is no column of categories.
    """
    return OneHotColumn(_checked(sparse_id_column))


def _checked(column: Any) -> CategoricalColumn:
    if not isinstance(column, CategoricalColumn):
        raise TypeError(f"a column of categories is expected, not {column!r}")
    return column


@dataclass(frozen=True)
class OldEmbeddingColumn(EmbeddingColumn):
    """Vectors that are learnt, see `embedding_column`."""

    variable_name: ClassVar[str] = "weights"


def embedding_column(
    sparse_id_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> OldEmbeddingColumn:
    """Return a column of vectors that are learnt, one for each category.

    Args:
      sparse_id_column: the categories.
      dimension: the size of a vector.
      combiner: how the vectors of an example are combined: "mean", "sqrtn" or "sum".
      initializer: makes the vectors; by default normal ones of deviation 1 / sqrt(number of
        categories).
      ckpt_to_load_from: a checkpoint to restore them from.
      tensor_name_in_ckpt: their name there.
      max_norm: the length that vectors are cut to.
      trainable: whether they are trained.

    Raises:
      TypeError: the column is of another kind.
      ValueError: another argument does not fit.

    >>> embedding_column(sparse_column_with_hash_bucket("word", 100), 8).name
    'word_embedding'
    """
    return shared_embedding_columns(
        [sparse_id_column], dimension, combiner, initializer, None, ckpt_to_load_from,
        tensor_name_in_ckpt, max_norm, trainable, is_shared=False,
    )[0]  # fmt: skip


def shared_embedding_columns(
    sparse_id_columns: Sequence[Any],
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
    *,
    is_shared: bool = True,
) -> list[OldEmbeddingColumn]:
    """Return columns of vectors that are learnt, which several columns of categories share.

    Args:
      sparse_id_columns: columns with equally many categories.
      dimension: see `embedding_column`.
      combiner: see there.
      initializer: see there.
      shared_embedding_name: the scope of the variable, and the collection with it.
      ckpt_to_load_from: see `embedding_column`.
      tensor_name_in_ckpt: see there.
      max_norm: see there.
      trainable: see there.
      is_shared: whether there is one variable for all.

    Raises:
      TypeError: a column is of another kind.
      ValueError: the columns do not have equally many categories, or an argument does not fit.
    """
    columns = [_checked(column) for column in sparse_id_columns]
    if len({column.num_buckets for column in columns}) != 1:
        raise ValueError("columns that share vectors have equally many categories")
    if dimension is None or dimension < 1:
        raise ValueError(f"dimension must be positive, not {dimension}")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("ckpt_to_load_from and tensor_name_in_ckpt go together")
    names = sorted(column.name for column in columns)
    shared = shared_embedding_name or f"{'_'.join(names)}_shared_embedding"
    initializer = initializer or TruncatedNormal(0.0, 1 / math.sqrt(columns[0].num_buckets))
    return [
        OldEmbeddingColumn(
            column, dimension, _checked_combiner(combiner), initializer, ckpt_to_load_from,
            tensor_name_in_ckpt, max_norm, trainable, shared if is_shared else None,
        )
        for column in columns
    ]  # fmt: skip


# -- parsing --------------------------------------------------------------------------------------


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """Return how the features of columns are parsed, for `tf.parse_example`.

    Args:
      feature_columns: the columns.

    Raises:
      ValueError: something is no column, or two parse a feature in different ways.

    >>> spec = create_feature_spec_for_parsing([real_valued_column("x", 3)])
    >>> spec["x"].shape
    (3,)
    """
    return make_parse_example_spec(feature_columns)


def parse_feature_columns_from_examples(
    serialized: Any, feature_columns: Any, name: str | None = None, example_names: Any = None
) -> dict[Any, Any]:
    """Parse serialized examples for columns.

    Args:
      serialized: strings [batch].
      feature_columns: the columns.
      name: a name for the operations.
      example_names: strings [batch] that errors name examples by.

    Returns:
      The features by name.
    """
    found: dict[Any, Any] = ops.parse_example(
        serialized, create_feature_spec_for_parsing(feature_columns), name, example_names
    )
    return found


# The classes by the names that programs ask for them.
_RealValuedColumn = RealValuedColumn
_BucketizedColumn = OldBucketizedColumn
_CrossedColumn = OldCrossedColumn
_OneHotColumn = OneHotColumn
_EmbeddingColumn = OldEmbeddingColumn
_WeightedSparseColumn = WeightedSparseColumn
