"""Functions that feed an estimator with arrays and tables."""

from __future__ import annotations

from graphflow.estimator.inputs import (
    numpy_input_fn as numpy_input_fn,
    pandas_input_fn as pandas_input_fn,
)
