"""Which ops the tests of every op look at: all, or those that GRAPHFLOW_OPS names.

GRAPHFLOW_OPS="Conv3D*,LRN" pytest tests/test_every_op.py
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

import graphflow.ops  # noqa: F401  registers the ops
from graphflow.core.op import Op, registered_ops

PATTERNS = [part.strip() for part in os.environ.get("GRAPHFLOW_OPS", "*").split(",")]


def is_selected(op_type: str) -> bool:
    """Whether one of the patterns matches."""
    return any(fnmatchcase(op_type, pattern) for pattern in PATTERNS)


def selected_ops() -> dict[str, type[Op]]:
    """The registered op classes that are looked at, by type name."""
    return {name: cls for name, cls in registered_ops().items() if is_selected(name)}
