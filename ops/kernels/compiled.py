"""Loops that numba compiles when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np

from graphflow.core.jit import is_enabled

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Have numba compile a function at its first call, and keep the machine code on disk.

    With `GRAPHFLOW_JIT=0` in the environment Python runs it, a thousand times slower.

    Args:
      function: loops over arrays, without calls of other compiled functions.

    Returns:
      A function that does the same.

    >>> @compiled
    ... def count_pairs(size):
    ...     pairs = 0
    ...     for others in range(size):
    ...         pairs += others
    ...     return pairs
    >>> count_pairs(4)
    6
    """

    @cache
    def machine_code() -> Any:
        import numba

        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # no folder that may be written
            return numba.njit(**options)(function)

    @wraps(function)
    def call(*args: Any) -> Any:
        if is_enabled():
            return machine_code()(*args)
        with np.errstate(all="ignore"):  # as in machine code
            return function(*args)

    return call  # type: ignore[return-value]
