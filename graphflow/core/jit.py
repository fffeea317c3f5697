"""The switch for compilation by numba, and the thread on which it happens.

`GRAPHFLOW_JIT=0` in the environment turns it off.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache


def is_enabled() -> bool:
    """Whether kernels are compiled."""
    # A key that is there is found much quicker than by `get`, and one that is not as well.
    return "GRAPHFLOW_JIT" not in os.environ or os.environ["GRAPHFLOW_JIT"] != "0"


@cache
def compiler() -> ThreadPoolExecutor:
    """The one thread that compiles, of no session: threads named graphflow end with theirs."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="numba-compiler")
