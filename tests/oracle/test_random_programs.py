"""Programs draw the random numbers that they draw in TensorFlow, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from tests.oracle.random_programs import PROGRAMS

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    return in_tensorflow(Path(__file__).with_name("run_random_programs.py"), None)


@pytest.mark.parametrize("name", PROGRAMS)
def test_bits_are_those_of_tensorflow(name: str, theirs: Any) -> None:
    ours = PROGRAMS[name](tf)
    assert ours.keys() == theirs[name].keys()
    assert {key: runs for key, runs in ours.items() if runs != theirs[name][key]} == {}
