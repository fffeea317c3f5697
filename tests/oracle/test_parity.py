"""Models train here as they do in TensorFlow, from one checkpoint that either side wrote.

What may differ is how sums are rounded, whose order nobody fixes. A difference grows from step to
step: each gradient is taken where the rounded step before has led to. Here it stays below 1e-6 in
30 steps of float32; models that learn faster amplify it more. The same models in float64 agree to
1e-14, so nothing but the rounding is different.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.parity_programs import HALF, PROGRAMS, STEPS, Program

pytestmark = pytest.mark.oracle

# What is allowed at the first step, and as much again at each further one.
TOLERANCE = {"float32": 5e-7, "float64": 1e-14}
# Of what a step tells the loss comes first; metrics and summaries are float32 in all programs.
LOSS = 0
ROUNDED = 2e-6


class Found(NamedTuple):
    """What the programs told: {program: {"start" or "half": steps}}, by whose checkpoints."""

    ours_from_ours: dict[str, Any]
    ours_from_theirs: dict[str, Any]
    theirs: dict[str, Any]


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory, in_tensorflow: Callable[[Path, Any], Any]
) -> Found:
    folder = tmp_path_factory.mktemp("parity")
    (folder / "ours").mkdir()
    (folder / "theirs").mkdir()
    ours = {name: Program(tf, name).write(folder / "ours") for name in PROGRAMS}
    theirs = in_tensorflow(Path(__file__).with_name("run_parity_programs.py"), str(folder))
    read = {name: Program(tf, name).read(folder / "theirs") for name in PROGRAMS}
    return Found(ours, read, theirs)


@pytest.mark.parametrize("start", ["start", "half"])
@pytest.mark.parametrize("writer", ["ours", "theirs"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_each_step_is_that_of_tensorflow(name: str, writer: str, start: str, found: Found) -> None:
    ours = found.ours_from_ours if writer == "ours" else found.ours_from_theirs
    steps, expected = np.array(ours[name][start]), np.array(found.theirs[name][writer][start])
    assert len(steps) == (STEPS if start == "start" else STEPS - HALF)
    dtype = name.split("-")[-1]
    differences = np.abs(steps - expected) / np.maximum(np.abs(expected), 1.0)
    allowed = TOLERANCE[dtype] * np.arange(1, len(steps) + 1)
    assert (differences[:, LOSS] <= allowed).all(), differences[:, LOSS]
    assert (differences <= np.maximum(ROUNDED, allowed[:, None])).all(), differences.max(0)


@pytest.mark.parametrize("name", PROGRAMS)
def test_training_changes_the_loss(name: str, found: Found) -> None:
    losses = np.array(found.ours_from_ours[name]["start"])[:, LOSS]
    assert len(np.unique(losses)) == STEPS


@pytest.mark.parametrize("name", PROGRAMS)
def test_initial_values_are_those_of_tensorflow(name: str, found: Found) -> None:
    ours, theirs = found.ours_from_ours[name]["initial"], found.theirs[name]["theirs"]["initial"]
    assert ours.keys() == theirs.keys()
    for variable, values in ours.items():
        # Orthogonal matrices come from sums; all others have the same bits.
        tolerance = 2e-7 if variable == "w:0" else 0
        np.testing.assert_allclose(values, theirs[variable], 0, tolerance, err_msg=variable)
