"""Sets along the last axis."""

from __future__ import annotations

from graphflow.ops import (
    set_difference as difference,
    set_intersection as intersection,
    set_size as size,
    set_union as union,
)
