"""What every test and every doctest starts from.

With GRAPHFLOW_TEST_LOOPS=compiled in the environment all loops that can be compiled are, before
their first iteration.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from graphflow.core.graph import reset_default_graph
from graphflow.core.jit import obey_environment
from graphflow.runtime import loops


@pytest.fixture(autouse=True)
def fresh_default_graph() -> None:
    """Give each test an empty default graph."""
    reset_default_graph()


@pytest.fixture(autouse=True)
def fixed_numpy_seed() -> None:
    """Give each test the same numbers from numpy's global generator."""
    np.random.seed(20151109)


@pytest.fixture(autouse=True)
def switch_as_before() -> Iterator[None]:
    """Read the switch of compilation again when a test has changed the environment."""
    yield
    obey_environment()


@pytest.fixture
def compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile each loop before its first iteration."""
    monkeypatch.setattr(loops, "WORTH_COMPILING_NS", 0)
    monkeypatch.setattr(loops, "compile_later", lambda job, *arguments: job(*arguments))
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    obey_environment()


@pytest.fixture(autouse=True)
def loops_as_wished(request: pytest.FixtureRequest) -> None:
    """Compile loops at once if the environment says so."""
    if os.environ.get("GRAPHFLOW_TEST_LOOPS") == "compiled":
        request.getfixturevalue("compiled_loops")


@pytest.fixture
def interruptible():
    """Let Ctrl-C interrupt also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
