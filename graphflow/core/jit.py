"""The switch for compilation by numba, and the thread on which it happens.

`GRAPHFLOW_JIT=0` in the environment turns it off.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache


def is_enabled() -> bool:
    """Whether kernels are compiled."""
    return os.environ.get("GRAPHFLOW_JIT", "1") != "0"


@cache
def compiler() -> ThreadPoolExecutor:
    """The one thread that compiles, of no session: threads named graphflow end with theirs."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="numba-compiler")
