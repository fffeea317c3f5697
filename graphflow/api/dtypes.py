"""Types of elements."""

from __future__ import annotations

from graphflow.ops import (
    cast as cast,
    complex as complex,
    saturate_cast as saturate_cast,
)

__all__ = ["cast", "complex", "saturate_cast"]
