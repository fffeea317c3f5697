"""Rearranging tensors."""

from __future__ import annotations

from graphflow.ops import (
    gather_nd as gather_nd,
    reshape as reshape,
    reverse as reverse,
    scatter_nd as scatter_nd,
    tile as tile,
)
