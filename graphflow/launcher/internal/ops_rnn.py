"""`tensorflow.python.ops.rnn`."""

from __future__ import annotations

from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.recurrent.dynamic import transpose_batch_time


def _transpose_batch_time(x: Any) -> Tensor:
    """Exchange the first two axes; what has fewer is returned as it is."""
    tensor = convert_to_tensor(x)
    rank = tensor.shape.ndims
    if rank is not None and rank < 2:
        return tensor
    exchanged: Tensor = transpose_batch_time(tensor)
    return exchanged
