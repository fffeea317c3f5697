"""Sparse tensors."""

from __future__ import annotations

from graphflow.core.sparse import SparseTensor as SparseTensor
from graphflow.ops import (
    sparse_segment_mean as segment_mean,
    sparse_segment_sqrt_n as segment_sqrt_n,
    sparse_segment_sum as segment_sum,
)
