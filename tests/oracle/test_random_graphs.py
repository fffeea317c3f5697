"""Graphs of random operations have the values, gradients and losses of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.random_graphs import PROGRAMS

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> Any:
    return in_tensorflow(Path(__file__).with_name("run_session_programs.py"), "random_graphs")


@pytest.mark.parametrize("seed", PROGRAMS)
def test_a_random_graph_is_trained_as_in_tensorflow(seed: str, theirs: Any) -> None:
    values, slopes, losses = PROGRAMS[seed](tf)
    for ours, expected in zip([*values, *slopes], theirs[seed][0] + theirs[seed][1], strict=True):
        np.testing.assert_allclose(ours, expected, 1e-7, 1e-9)
    np.testing.assert_allclose(losses, theirs[seed][2], 1e-7, 1e-9)
