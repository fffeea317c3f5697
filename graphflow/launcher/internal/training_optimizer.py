"""`tensorflow.python.training.optimizer`."""

from __future__ import annotations

from graphflow.train.optimizer import (
    Optimizer as Optimizer,
    _deduplicate_indexed_slices as _deduplicate_indexed_slices,
)
