"""Pipelines give the same elements and the same classes of errors as in TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from tests.oracle.dataset_programs import PROGRAMS

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_dataset_programs.py")


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    return in_tensorflow(SCRIPT, list(PROGRAMS))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_it_gives_in_tensorflow(name: str, theirs: Any) -> None:
    ours = json.loads(json.dumps(PROGRAMS[name](tf)))
    assert len(ours) == len(theirs[name])
    for index, (mine, other) in enumerate(zip(ours, theirs[name], strict=True)):
        assert mine == other, f"item {index}"
