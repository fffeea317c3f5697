"""`tensorflow.python.training.optimizer`."""

from __future__ import annotations

from graphflow.train.optimizer import (
    Optimizer as Optimizer,
    deduplicated as _deduplicate_indexed_slices,
)

__all__ = ["Optimizer", "_deduplicate_indexed_slices"]
