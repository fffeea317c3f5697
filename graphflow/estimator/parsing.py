"""How serialized examples are parsed for models of columns: features, labels and weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import float32, int64
from graphflow.feature_columns.base import FeatureColumn
from graphflow.feature_columns.models import make_parse_example_spec
from graphflow.feature_columns.numeric import NumericColumn, numeric_column


def classifier_parse_example_spec(
    feature_columns: Iterable[FeatureColumn],
    label_key: str,
    label_dtype: Any = int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """Return how examples are parsed for a classifier, for `tf.io.parse_example`.

    Args:
      feature_columns: the columns of the model.
      label_key: the name of the label in the examples.
      label_dtype: its dtype, string for labels of a vocabulary.
      label_default: the label of examples without one; None if each must have one.
      weight_column: the feature with the weights of examples: its name or a numeric column.

    Raises:
      ValueError: the label or the weight is also a feature, or something is no column.

    >>> import graphflow as tf
    >>> age = tf.feature_column.numeric_column("age")
    >>> spec = classifier_parse_example_spec([age], "species", weight_column="w")
    >>> sorted(spec), spec["species"].dtype.name
    (['age', 'species', 'w'], 'int64')
    """
    label = ops.FixedLenFeature((1,), label_dtype, label_default)
    return _with_label(feature_columns, label_key, label, weight_column)


def regressor_parse_example_spec(
    feature_columns: Iterable[FeatureColumn],
    label_key: str,
    label_dtype: Any = float32,
    label_default: Any = None,
    label_dimension: int = 1,
    weight_column: Any = None,
) -> dict[str, Any]:
    """Return how examples are parsed for a regressor, for `tf.io.parse_example`.

    Args:
      feature_columns: the columns of the model.
      label_key: the name of the labels in the examples.
      label_dtype: their dtype.
      label_default: the labels of examples without any; None if each must have some.
      label_dimension: how many labels an example has.
      weight_column: the feature with the weights of examples: its name or a numeric column.

    Raises:
      ValueError: the label or the weight is also a feature, or something is no column.

    >>> import graphflow as tf
    >>> age = tf.feature_column.numeric_column("age")
    >>> regressor_parse_example_spec([age], "size", label_dimension=3)["size"].shape
    (3,)
    """
    label = ops.FixedLenFeature((label_dimension,), label_dtype, label_default)
    return _with_label(feature_columns, label_key, label, weight_column)


def _with_label(
    feature_columns: Iterable[FeatureColumn], label_key: str, label: Any, weight_column: Any
) -> dict[str, Any]:
    if label_key is None:
        raise ValueError("label_key must be given: the name of the label in the examples")
    spec = make_parse_example_spec(feature_columns)
    if label_key in spec:
        raise ValueError(f"the label {label_key!r} is also a feature")
    spec[label_key] = label
    if weight_column is None:
        return spec
    weights = numeric_column(weight_column) if isinstance(weight_column, str) else weight_column
    if not isinstance(weights, NumericColumn):
        raise ValueError(f"weight_column is a name or a numeric column, not {weight_column!r}")
    if weights.key in spec:
        raise ValueError(f"the weights {weights.key!r} are also a feature or the label")
    return {**spec, **weights.parse_example_spec}
