"""`graphflow.debug`: find what makes NaN, and explain what tensors need."""

from __future__ import annotations

from graphflow.debug.explanation import Explanation, explain
from graphflow.debug.finding import NanFinding, TensorSummary
from graphflow.debug.guard import NanFoundError, NanGuard, NanGuardHook
from graphflow.debug.nan import find_nan

__all__ = [
    "Explanation",
    "NanFinding",
    "NanFoundError",
    "NanGuard",
    "NanGuardHook",
    "TensorSummary",
    "explain",
    "find_nan",
]
