"""Which rewrites are on, by their names: to see what one brings, or whether it is to blame.

`GRAPHFLOW_PASSES` in the environment names those that are on (`constants,fusion`), or those that
are off (`-fusion,-epilogues`); `none` turns off all.  The options of a session's `tf.ConfigProto`
turn off more of them, as they do in TensorFlow.  All are on without either.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

# What each does.  The first four rewrite the program, whatever the shapes; the others know them.
PASSES = {
    "control": "waits that have no effect are dropped",
    "identities": "operations that return their input are dropped",
    "constants": "what follows from constants and fixed shapes is computed once",
    "duplicates": "equal operations on equal inputs become one",
    "shapes": "arithmetic on shapes is done once for the feeds' shapes",
    "superfluous": "steps that the feeds' shapes make superfluous are left out",
    "products": "sums of matrix products become one step",
    "rows": "sparse updates add up the slices of repeated rows themselves",
    "epilogues": "convolutions add a bias and rectify before they write",
    "fusion": "element-wise steps become loops in machine code",
    "clusters": "small steps that follow one another become one function in machine code",
    "loops": "small while loops become machine code as a whole",
    "joint": "small variables that follow one another are updated in one call",
    "arena": "results share one stretch of memory",
}
ALL = frozenset(PASSES)
_VARIABLE = "GRAPHFLOW_PASSES"

# TensorFlow's names of groups of rewrites (`RewriterConfig`), and what they are here.
_GROUPS = {
    "constant_folding": ("constants",),
    "shape_optimization": ("shapes",),
    "remapping": ("clusters", "epilogues", "fusion", "joint", "products", "rows"),
    "common_subgraph_elimination": ("duplicates",),
    "arithmetic_optimization": ("identities", "superfluous"),
    "dependency_optimization": ("control",),
    "loop_optimization": ("loops",),
    "memory_optimization": ("arena",),
}
_OFF = 2  # RewriterConfig.OFF
_NO_MEMORY_OPTIMIZATION = 1  # RewriterConfig.NO_MEM_OPT
_LEVEL_0 = -1  # OptimizerOptions.L0


def switched_on(config: Any = None) -> frozenset[str]:
    """Return the names of the passes that are on.

    Args:
      config: a `tf.ConfigProto`, None for the defaults.

    Raises:
      ValueError: GRAPHFLOW_PASSES names a pass that there is not.

    >>> "fusion" in switched_on()
    True
    """
    names = _from_environment(os.environ.get(_VARIABLE, ""))
    options = getattr(config, "graph_options", None)
    if options is None:
        return names
    rewrites = options.rewrite_options
    if options.optimizer_options.opt_level == _LEVEL_0 or rewrites.disable_meta_optimizer:
        return frozenset()
    for field, passes in _GROUPS.items():
        off = _NO_MEMORY_OPTIMIZATION if field == "memory_optimization" else _OFF
        if getattr(rewrites, field) == off:
            names -= set(passes)
    return names


def checked(names: Iterable[str]) -> frozenset[str]:
    """Return names of passes as a set.

    Args:
      names: of passes.

    Raises:
      ValueError: there is no pass of a name.

    >>> sorted(checked(["fusion", "constants"]))
    ['constants', 'fusion']
    """
    found = frozenset(names)
    unknown = sorted(found - ALL)
    if unknown:
        raise ValueError(
            f"there are no passes {', '.join(unknown)}; there are {', '.join(PASSES)}, each with a "
            f"minus in {_VARIABLE} to turn it off, and none"
        )
    return found


def _from_environment(text: str) -> frozenset[str]:
    """Read the names; those with a minus are taken from all others."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    if named in ([], ["all"]):
        return ALL
    if named == ["none"]:
        return frozenset()
    checked(name.removeprefix("-") for name in named)
    off = {name[1:] for name in named if name[0] == "-"}
    on = {name for name in named if name[0] != "-"}
    return frozenset((on or ALL) - off)
