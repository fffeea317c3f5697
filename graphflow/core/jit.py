"""The switch for compilation by numba: `GRAPHFLOW_JIT=0` in the environment turns it off."""

from __future__ import annotations

import os


def is_enabled() -> bool:
    """Whether kernels are compiled."""
    return os.environ.get("GRAPHFLOW_JIT", "1") != "0"
