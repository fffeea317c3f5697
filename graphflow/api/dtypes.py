"""Types of elements."""

from __future__ import annotations

from graphflow.core.dtypes import (
    DType as DType,
    as_dtype as as_dtype,
)
from graphflow.ops import (
    as_string as as_string,
    cast as cast,
    complex as complex,
    saturate_cast as saturate_cast,
)
