"""`tensorflow.python.ops.init_ops`."""

from __future__ import annotations

from typing import Any

from graphflow.core.dtypes import DType, as_dtype
from graphflow.variables.initializers import Initializer as Initializer


def _assert_float_dtype(dtype: Any) -> DType:
    """Return a dtype that is floating.

    Raises:
      ValueError: it is not.
    """
    found = as_dtype(dtype)
    if not found.is_floating:
        raise ValueError(f"expected a floating dtype, got {found.name}")
    return found
