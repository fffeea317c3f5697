"""`tensorflow.python.ops.rnn_cell_impl`."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core import nest

ASSERT_LIKE_RNNCELL_ERROR_REGEXP = "is not an RNNCell"


def _zero_state_tensors(state_size: Any, batch_size: Any, dtype: Any) -> Any:
    """Return zeros [batch_size, size] for each size in a structure."""

    def zeros(size: Any) -> Any:
        sizes = [size] if isinstance(size, int) else list(getattr(size, "as_list", lambda: size)())
        return ops.zeros([batch_size, *sizes], dtype)

    return nest.map_structure(zeros, state_size)
