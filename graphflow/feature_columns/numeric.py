"""Columns of numbers: as they are, or the intervals that they lie in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.dtypes import DType, as_dtype, float32, int64
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape
from graphflow.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    Features,
    IdsAndWeights,
    Variables,
    checked_key,
)


@dataclass(frozen=True)
class NumericColumn(DenseColumn):
    """Numbers, see `numeric_column`."""

    key: str
    shape: tuple[int, ...]
    default_value: tuple[Any, ...] | None
    dtype: DType
    normalizer_fn: Callable[[Tensor], Tensor] | None

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return {self.key: ops.FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the numbers of an example."""
        return TensorShape(self.shape)

    def transform(self, features: Features) -> Tensor:
        """Return the numbers as float32; see `FeatureColumn.transform`."""
        value: Any = features.get(self.key)
        if isinstance(value, SparseTensor):
            raise ValueError(f"the feature {self.key!r} of a numeric column must not be sparse")
        if self.normalizer_fn is not None:
            value = self.normalizer_fn(value)
        numbers: Tensor = ops.cast(value, float32)
        return numbers

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return the numbers; see `DenseColumn.dense_tensor`."""
        tensor: Tensor = features.get(self)
        return tensor


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = float32,
    normalizer_fn: Callable[[Tensor], Tensor] | None = None,
) -> NumericColumn:
    """Return a column of numbers.

    Args:
      key: the name of the feature.
      shape: the shape of the numbers of an example, an integer for a vector.
      default_value: a number, or numbers of that shape, for examples without the feature.
      dtype: the dtype of the feature in `Example`s.
      normalizer_fn: applied to the feature.

    Raises:
      ValueError: the dtype is no number, or a shape does not fit.
      TypeError: `normalizer_fn` is no function.

    >>> import graphflow as tf
    >>> height = tf.feature_column.numeric_column("height", normalizer_fn=lambda x: x / 2.0)
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.feature_column.input_layer({"height": [3.0, 5.0]}, [height])))
    [[1.5]
     [2.5]]
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(int(size) for size in shape)
    if any(size <= 0 for size in sizes):
        raise ValueError(f"the shape of a numeric column has positive sizes, not {sizes}")
    dtype = as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"a numeric column is of numbers, not of {dtype.name}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a function, not {normalizer_fn!r}")
    return NumericColumn(
        checked_key(key), sizes, _default(default_value, sizes, dtype), dtype, normalizer_fn
    )


def _default(value: Any, shape: tuple[int, ...], dtype: DType) -> tuple[Any, ...] | None:
    if value is None:
        return None
    array = np.asarray(value)
    if dtype.is_integer and array.dtype.kind == "f":
        raise TypeError(f"default_value must be of {dtype.name}, not {value!r}")
    if array.ndim and array.shape != shape:
        raise ValueError(f"default_value has shape {array.shape}, and the column {shape}")
    full = np.broadcast_to(array.astype(dtype.as_numpy_dtype), shape)
    return tuple(_nested(item) for item in full.tolist())


def _nested(value: Any) -> Any:
    return tuple(_nested(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True)
class BucketizedColumn(DenseColumn, CategoricalColumn):
    """The intervals of numbers, see `bucketized_column`."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        """The name of the numbers with an ending."""
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How it is parsed."""
        return self.source_column.parse_example_spec

    @property
    def _count(self) -> int:
        return len(self.boundaries) + 1

    @property
    def variable_shape(self) -> TensorShape:
        """A one-hot vector for each number."""
        return TensorShape((*self.source_column.shape, self._count))

    @property
    def num_buckets(self) -> int:
        """The intervals of all numbers of an example."""
        return self._count * self.source_column.shape[0]

    def transform(self, features: Features) -> Tensor:
        """Return the index of each interval; see `FeatureColumn.transform`."""
        return ops.bucketize(features.get(self.source_column), self.boundaries)

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return one-hot vectors; see `DenseColumn.dense_tensor`."""
        return ops.one_hot(ops.cast(features.get(self), int64), self._count, 1.0, 0.0)

    def ids_and_weights(self, features: Features) -> IdsAndWeights:
        """Return the categories; see `CategoricalColumn.ids_and_weights`."""
        buckets = ops.cast(features.get(self), int64)
        batch = ops.shape(buckets, out_type=int64)[0]
        width = self.source_column.shape[0]
        columns = ops.tile(ops.range(ops.cast(width, int64)), [batch])
        rows = ops.reshape(
            ops.tile(ops.expand_dims(ops.range(batch), 1), [1, width]), [-1]
        )  # fmt: skip
        ids = ops.reshape(buckets, [-1]) + self._count * columns
        shape = ops.stack([batch, ops.cast(width, int64)])
        return IdsAndWeights(SparseTensor(ops.stack([rows, columns], axis=1), ids, shape))


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> Any:
    """Return a column of the intervals that numbers lie in.

    Args:
      source_column: a numeric column of vectors.
      boundaries: where intervals begin, rising.

    Raises:
      ValueError: the column is no such one, or the boundaries are not sorted.

    >>> import graphflow as tf
    >>> year = tf.feature_column.numeric_column("year")
    >>> decade = tf.feature_column.bucketized_column(year, [1970, 1980])
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.feature_column.input_layer({"year": [1980, 1969]}, [decade])))
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"the intervals are those of a numeric column, not of {source_column!r}")
    if len(source_column.shape) != 1:
        raise ValueError(f"{source_column.name!r} must hold vectors, not {source_column.shape}")
    limits = tuple(boundaries) if isinstance(boundaries, (list, tuple)) else ()
    if not limits or any(low >= high for low, high in itertools.pairwise(limits)):
        raise ValueError(f"boundaries must be a list of rising numbers, not {boundaries!r}")
    return BucketizedColumn(source_column, limits)
