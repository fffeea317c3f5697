"""Functions that numba compiles when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Have numba compile a function at its first call, and keep the machine code on disk.

    Args:
      function: loops over arrays, without calls of other compiled functions.

    Returns:
      A function that does the same.

    >>> @compiled
    ... def count_down(steps):
    ...     total = 0
    ...     for step in range(steps):
    ...         total += step
    ...     return total
    >>> count_down.__name__
    'count_down'
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
        return machine_code()(*args)

    return call  # type: ignore[return-value]
