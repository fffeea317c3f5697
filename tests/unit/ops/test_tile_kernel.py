"""When loops over tiles are compiled."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow.core.jit import compiler, obey_environment
from graphflow.ops.kernels import tile_kernel
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> TileKernel:
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    obey_environment()
    monkeypatch.setattr(TileKernel, "_compile", lambda self: None)
    monkeypatch.setattr(tile_kernel, "_WORTH_IT", 0.05)
    return TileKernel(TileLoops("none", "none", lambda *_: {}, tuple), (3,))


@pytest.mark.parametrize(
    ("has_kept", "is_kept", "seconds", "is_requested"),
    [
        (False, False, [0.01, 0.01], False),
        (False, False, [0.03, 0.03], True),
        (True, True, [0.01], False),
        (True, True, [0.01, 0.01], True),
        (True, False, [0.01, 0.01], False),
        (True, False, [0.01, 0.01, 0.04], True),
    ],
)
def test_it_is_asked_for_once_that_pays(
    kernel: TileKernel,
    has_kept: bool,
    is_kept: bool,
    seconds: list[float],
    is_requested: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tile_kernel, "has_kept", lambda _: has_kept)
    monkeypatch.setattr(tile_kernel, "is_kept", lambda *_: is_kept)
    asked: list[Any] = []
    monkeypatch.setattr(kernel, "request", lambda: asked.append(None))
    for taken in seconds:
        kernel.note(taken)
    compiler().submit(int).result()
    assert bool(asked) == is_requested
