"""Rewrites of a `Program` that keep its values: one file each, each a function of the program.

No pass touches, merges or reorders nodes that are not pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from graphflow.compiler.ir import Program
from graphflow.compiler.passes.constants import fold_constants
from graphflow.compiler.passes.control import relax_control
from graphflow.compiler.passes.duplicates import merge_duplicates
from graphflow.compiler.passes.identities import remove_identities

# In the order in which they are applied, with the names that switches.py knows them by.
_BY_NAME = {
    "control": relax_control,
    "identities": remove_identities,
    "constants": fold_constants,
    "duplicates": merge_duplicates,
}
PASSES = tuple(_BY_NAME.values())


def passes_named(names: Collection[str]) -> list[Callable[[Program], None]]:
    """Return the passes with some names, in order; names of others count for nothing.

    Args:
      names: as in `graphflow.compiler.switches.PASSES`.
    """
    return [rewrite for name, rewrite in _BY_NAME.items() if name in names]


__all__ = [
    "PASSES",
    "fold_constants",
    "merge_duplicates",
    "passes_named",
    "relax_control",
    "remove_identities",
]
