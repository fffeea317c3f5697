"""Checks of values."""

from __future__ import annotations

from graphflow.ops import (
    assert_ as Assert,
    check_numerics as check_numerics,
    is_finite as is_finite,
    is_inf as is_inf,
    is_nan as is_nan,
    is_non_decreasing as is_non_decreasing,
    is_strictly_increasing as is_strictly_increasing,
)
