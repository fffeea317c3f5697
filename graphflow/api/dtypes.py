"""Types of elements."""

from __future__ import annotations

from graphflow.ops import (
    cast as cast,
    complex as complex,
    saturate_cast as saturate_cast,
)
from graphflow.variables.scope import (
    DType as DType,
    as_dtype as as_dtype,
)

__all__ = ["DType", "as_dtype", "cast", "complex", "saturate_cast"]
