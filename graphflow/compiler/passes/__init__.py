"""Rewrites of a `Program` that keep its values: one file each, each a function of the program.

No pass touches, merges or reorders nodes that are not pure.
"""

from __future__ import annotations

from graphflow.compiler.passes.constants import fold_constants
from graphflow.compiler.passes.control import relax_control
from graphflow.compiler.passes.duplicates import merge_duplicates
from graphflow.compiler.passes.identities import remove_identities

PASSES = (relax_control, remove_identities, fold_constants, merge_duplicates)

__all__ = [
    "PASSES",
    "fold_constants",
    "merge_duplicates",
    "relax_control",
    "remove_identities",
]
