"""`tensorflow.python.ops.math_ops`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.core.graph import Tensor
from graphflow.interop.raw_op import raw_op


def _bucketize(input: Any, boundaries: Sequence[float], name: str | None = None) -> Tensor:
    """Return the bucket that each number falls into.

    Args:
      input: numbers [...].
      boundaries: the limits between buckets, ascending.
      name: the operation's name.

    Returns:
      int32 [...].
    """
    bucketed: Tensor = raw_op("Bucketize")(input=input, boundaries=list(boundaries), name=name)
    return bucketed
