"""How many examples the property tests try."""

from __future__ import annotations

import os

from hypothesis import settings

_FACTOR = int(os.environ.get("GRAPHFLOW_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """Try so many examples, the same ones each time.

    GRAPHFLOW_EXAMPLES=20 in the environment tries twenty times as many, and others each time.
    """
    return settings(max_examples=count * _FACTOR, deadline=None, derandomize=_FACTOR == 1)
