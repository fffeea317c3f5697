"""Summaries of how full the queues of input are: whoever waits for whom shows in TensorBoard."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import float32 as _float32
from graphflow.summary.functions import scalar


def summarize_size(name: str, size: Any, capacity: int) -> None:
    """Add a summary of which part of a queue is filled.

    Args:
      name: the name of the summary.
      size: how many elements there are, an int32 scalar.
      capacity: how many there may be.
    """
    scalar(name, ops.cast(size, _float32) * (1.0 / capacity))
