"""What every test and every doctest starts from."""

from __future__ import annotations

import signal

import numpy as np
import pytest

from graphflow.core.graph import reset_default_graph


@pytest.fixture(autouse=True)
def fresh_default_graph() -> None:
    """Give each test an empty default graph."""
    reset_default_graph()


@pytest.fixture(autouse=True)
def fixed_numpy_seed() -> None:
    """Give each test the same numbers from numpy's global generator."""
    np.random.seed(20151109)


@pytest.fixture
def interruptible():
    """Let Ctrl-C interrupt also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
