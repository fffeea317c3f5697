"""What sums and extremes in loops are made with, so that these become vector code.

Floating-point addition depends on the order, and so does the choice between NaNs: a compiler that
keeps to the order cannot use vectors.  Here alone it may choose another one, a fixed one for each
machine.  Loops import these functions; this module is imported by them alone, for numba takes long
to import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit  # noqa: TID253  only loops import this module
from numba.extending import intrinsic  # noqa: TID253

# Nothing but this addition is reordered: the flag stays with it where it is inlined.
_REORDERED = {"reassoc", "nsz"}
_NO_NANS = ("nnan", "nsz")


@njit(error_model="numpy", fastmath=_REORDERED)
def add(total: Any, term: Any) -> Any:
    """The sum of two numbers of one dtype, of which the first is the sum so far."""
    return total + term


def _extreme(comparison: str) -> Any:
    def typing(_context: Any, best: Any, value: Any) -> tuple[Any, Callable[..., Any]]:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            best, value = arguments
            is_better = builder.fcmp_ordered(comparison, best, value, flags=_NO_NANS)
            return builder.select(is_better, best, value, flags=_NO_NANS)

        return best(best, value), code

    return intrinsic(typing)


# The larger or smaller of two floats that are not NaN; of a NaN they make anything.
larger = _extreme(">")
smaller = _extreme("<")
