"""Programs as users write them give what they give in TensorFlow: losses, results, names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.user_programs import PROGRAMS

pytestmark = pytest.mark.oracle

# Sums are rounded otherwise, and training amplifies that.
ROUNDED = 5e-5


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    return in_tensorflow(Path(__file__).with_name("run_session_programs.py"), "user_programs")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_it_gives_in_tensorflow(name: str, theirs: Any) -> None:
    check(PROGRAMS[name](tf), theirs[name], name)


def check(ours: Any, expected: Any, place: str) -> None:
    """Compare nested lists: numbers nearly, all else exactly."""
    if isinstance(expected, list):
        assert len(ours) == len(expected), place
        for index, pair in enumerate(zip(ours, expected, strict=True)):
            check(*pair, f"{place}[{index}]")
    elif isinstance(expected, dict):
        assert ours.keys() == expected.keys(), place
        for key, value in expected.items():
            check(ours[key], value, f"{place}[{key!r}]")
    elif isinstance(expected, float):
        np.testing.assert_allclose(ours, expected, ROUNDED, ROUNDED, err_msg=place)
    else:
        assert ours == expected, place
