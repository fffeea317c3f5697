"""`tensorflow.python.framework.smart_cond`."""

from __future__ import annotations

from graphflow.contrib.framework.tensors import (
    smart_cond as smart_cond,
    smart_constant_value as smart_constant_value,
)
