"""Metrics give the values, variables and names that they give in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.metric_programs import PROGRAMS

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    script = Path(__file__).with_name("run_session_programs.py")
    return in_tensorflow(script, "metric_programs")


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_names_are_those_of_tensorflow(name: str, theirs: Any) -> None:
    ours, wanted = PROGRAMS[name](tf), theirs[name]
    for what in ("variables", "metric variables", "names"):
        # Later releases look for labels that are no class first, in a node of that name.
        assert ours[what] == [text.replace("/max_1", "/max") for text in wanted[what]]
    for step, (found, expected) in enumerate(zip(ours["results"], wanted["results"], strict=True)):
        for place, pair in enumerate(zip(found, expected, strict=True)):
            message = f"step {step}, metric {place}"
            np.testing.assert_allclose(*pair, rtol=1e-5, atol=1e-6, err_msg=message)
