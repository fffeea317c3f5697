"""Summaries that a run writes itself are what they are in TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from tests.oracle.summary_programs import PROGRAMS

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    script = Path(__file__).with_name("run_session_programs.py")
    return in_tensorflow(script, "summary_programs")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_it_gives_in_tensorflow(name: str, theirs: Any) -> None:
    assert json.loads(json.dumps(PROGRAMS[name](tf))) == theirs[name]
