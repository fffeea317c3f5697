"""Rearranging tensors."""

from __future__ import annotations

from graphflow.ops import (
    reshape as reshape,
    reverse as reverse,
    tile as tile,
)

__all__ = ["reshape", "reverse", "tile"]
