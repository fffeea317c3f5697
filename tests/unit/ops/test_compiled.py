from __future__ import annotations

import sys

import numpy as np
import pytest

from graphflow.core.jit import obey_environment
from graphflow.ops.kernels.compiled import compiled
from graphflow.ops.kernels.crops import paint_boxes


@compiled
def is_interpreted():
    return sys.gettrace is not None  # which numba cannot compile


def test_python_runs_the_loops_without_numba(monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    assert is_interpreted()


@pytest.mark.parametrize("switch", ["0", "1"])
def test_both_ways_give_the_same(monkeypatch, switch: str):
    monkeypatch.setenv("GRAPHFLOW_JIT", switch)
    obey_environment()
    canvas = np.zeros((1, 2, 3, 1), np.float32)
    paint_boxes(canvas, np.float32([[[0, 0, 0, 0.5]]]), np.float32([[7]]))
    np.testing.assert_array_equal(canvas[0, :, :, 0], [[7, 7, 0], [0, 0, 0]])


def test_python_divides_by_zero_as_machine_code_does(monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()

    @compiled
    def ratio(numbers):
        return numbers[0] / numbers[1]

    assert ratio(np.float32([3, 0])) == np.inf
