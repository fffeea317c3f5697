"""`tensorflow.python.feature_column.feature_column`: bases of columns."""

from __future__ import annotations

from graphflow.feature_columns.base import (
    CategoricalColumn as _CategoricalColumn,
    DenseColumn as _DenseColumn,
    FeatureColumn as _FeatureColumn,
)

__all__ = ["_CategoricalColumn", "_DenseColumn", "_FeatureColumn"]
