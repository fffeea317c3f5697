"""Exponentials and the like in float32 against those in float64, over the whole range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from scipy import special

from graphflow.compiler import elementary

# Every 60,013th of all bit patterns: numbers of all sizes, denormal ones, infinities and NaN.
_BITS = np.arange(0, 2**32, 60_013, dtype=np.uint64).astype(np.uint32)
_NUMBERS = np.concatenate(
    [
        _BITS.view(np.float32),
        np.linspace(-105, 90, 50_000, dtype=np.float32),
        np.linspace(-4, 4, 50_000, dtype=np.float32),
    ],
)
_EDGES = np.asarray(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 88.72284, -103.9], np.float32
)


def _loop(function: Callable[..., Any]) -> Callable[[Any], Any]:
    @numba.njit(error_model="numpy")
    def run(x: Any, y: Any) -> None:
        for i in range(x.size):
            y[i] = function(x[i])

    def call(x: Any) -> Any:
        y = np.empty_like(x)
        run(x, y)
        return y

    return call


@pytest.mark.parametrize(
    ("name", "exact", "units"),
    [
        ("exp32", np.exp, 1.0),
        ("log32", np.log, 1.0),
        ("tanh32", np.tanh, 1.5),
        ("sigmoid32", special.expit, 2.0),
        ("expm1_32", np.expm1, 1.6),
        ("log1p32", np.log1p, 1.0),
        ("erf32", special.erf, 1.3),
    ],
)
def test_errors_are_some_units_in_the_last_place(
    name: str, exact: Callable[[Any], Any], units: float
) -> None:
    x = np.concatenate([_NUMBERS, _EDGES])
    found = _loop(getattr(elementary, name))(x)
    with np.errstate(all="ignore"):
        expected = exact(x.astype(np.float64))
        rounded = expected.astype(np.float32)
        finite = np.isfinite(rounded)
        np.testing.assert_array_equal(found[~finite], rounded[~finite])
        unit = np.spacing(np.abs(rounded[finite])).astype(np.float64)
        error = np.abs(found[finite] - expected[finite]) / unit
    assert error.max() <= units


@pytest.mark.parametrize("name", ["tanh32", "expm1_32", "log1p32", "erf32"])
def test_zero_keeps_its_sign(name: str) -> None:
    found = _loop(getattr(elementary, name))(np.asarray([0.0, -0.0], np.float32))
    assert np.signbit(found).tolist() == [False, True]
