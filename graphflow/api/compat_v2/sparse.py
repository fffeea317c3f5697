"""Sparse tensors."""

from __future__ import annotations

from graphflow.core.sparse import (
    SparseTensor as SparseTensor,
)
from graphflow.ops import (
    sparse_add as add,
    sparse_cross as cross,
    sparse_cross_hashed as cross_hashed,
    sparse_expand_dims as expand_dims,
    sparse_eye as eye,
    sparse_fill_empty_rows as fill_empty_rows,
    sparse_from_dense as from_dense,
    sparse_mask as mask,
    sparse_maximum as maximum,
    sparse_minimum as minimum,
    sparse_reorder as reorder,
    sparse_reset_shape as reset_shape,
    sparse_reshape as reshape,
    sparse_retain as retain,
    sparse_slice as slice,
    sparse_softmax as softmax,
    sparse_tensor_dense_matmul as sparse_dense_matmul,
    sparse_tensor_to_dense as to_dense,
    sparse_to_indicator as to_indicator,
    sparse_transpose as transpose,
)
