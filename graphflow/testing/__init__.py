"""Checks for ops and their gradients, for the library's ops and for those that programs define."""

from __future__ import annotations

from graphflow.testing.checks import check_declaration, check_error, check_op, check_sample
from graphflow.testing.differences import check_gradient

__all__ = ["check_declaration", "check_error", "check_gradient", "check_op", "check_sample"]
