"""`tensorflow.python.ops.array_ops`."""

from __future__ import annotations

from graphflow.ops.shapes import shape_internal as shape_internal
