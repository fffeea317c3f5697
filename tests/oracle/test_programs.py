"""The programs of tests/programs lose as much at each step as they do in TensorFlow."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphflow.core.graph import reset_default_graph

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_programs.py")
# Those that TensorFlow 2 can still run have a function that returns the losses.
PROGRAMS = sorted(
    path
    for path in (Path(__file__).parents[1] / "programs").glob("test_*.py")
    if "def main()" in path.read_text(encoding="utf-8")
)


def test_losses_are_those_of_tensorflow(in_tensorflow: Callable[[Path, Any], Any]) -> None:
    theirs = in_tensorflow(SCRIPT, [str(path) for path in PROGRAMS])
    assert PROGRAMS
    for path in PROGRAMS:
        reset_default_graph()
        ours = runpy.run_path(str(path))["main"]()
        np.testing.assert_allclose(ours, theirs[str(path)], rtol=2e-3, atol=1e-5, err_msg=path.name)
