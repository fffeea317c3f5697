"""The import of numba, which is slow and large, without what is hardly ever needed of it."""

from __future__ import annotations

import contextlib
import sys
from functools import cache
from importlib import import_module
from typing import Any


@cache
def import_numba() -> Any:
    """Import numba.

    Returns:
      The module.

    >>> import_numba().int64
    int64
    """
    import numba

    _delay_linear_algebra()
    return numba


def _delay_linear_algebra() -> None:
    """Keep numba from importing SciPy's linear algebra only to see that it is there.

    That takes 27 MB and a tenth of a second.  Functions that need it look for it once more.  In a
    numba that does so in another way nothing happens.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    with contextlib.suppress(ImportError, AttributeError):
        from numba.np import linalg

        check = linalg.ensure_blas
        linalg.ensure_blas = lambda: None
        try:
            import_module("numba.np.arraymath")  # asks for it when it is imported
        finally:
            linalg.ensure_blas = check
