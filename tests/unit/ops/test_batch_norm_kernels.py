"""Passes of batch normalisation by compiled loops give what numpy gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphflow.core.jit import compiler
from graphflow.core.parallel import granted
from graphflow.ops.kernels import batch_norm
from graphflow.runtime.threads import ThreadPool

Array = NDArray[Any]

SHAPES = [(2, 5, 6, 3), (3, 7, 5, 64), (1, 3, 3, 100), (4, 2, 2, 1), (1, 1, 1, 5)]
AXES, COLUMN = (0, 1, 2), (1, 1, 1, -1)


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", -1.0)


def compiled(function: Any, *args: Any) -> Any:
    """What a function gives once its loops are compiled."""
    for _ in range(2):  # one after the other is asked for
        function(*args)
        compiler().submit(int).result()
    return function(*args)


def images(shape: tuple[int, ...], seed: int) -> Array:
    array = np.random.RandomState(seed).normal(2, 3, size=shape).astype(np.float32)
    array.setflags(write=False)
    return array


def all_passes(shape: tuple[int, ...]) -> list[tuple[Any, tuple[Any, ...]]]:
    x, slope = images(shape, 1), images(shape, 2)
    mean, shift, share, factor = (images(shape[-1:], seed) for seed in range(3, 7))
    return [
        (batch_norm.moments, (x, AXES, COLUMN)),
        (batch_norm.scaled, (x, factor, shift, COLUMN)),
        (batch_norm.slopes, (slope, x, mean, AXES, COLUMN)),
        (batch_norm.projected, (slope, x, mean, shift, share, factor, COLUMN)),
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_all_are_those_of_numpy(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for function, args in all_passes(shape):
        found = compiled(function, *args)
        monkeypatch.setenv("GRAPHFLOW_JIT", "0")
        expected = function(*args)
        monkeypatch.setenv("GRAPHFLOW_JIT", "1")
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_any_number_of_threads_gives_the_same_bits(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_norm, "_CHUNK_ELEMENTS", 10)
    pool = ThreadPool(3)
    for function, args in all_passes(shape):
        alone = compiled(function, *args)
        with granted(pool):
            together = function(*args)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)
    pool.close()


def test_channels_first_are_for_numpy() -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    mean, variance = batch_norm.moments(x, (0, 2, 3), (1, -1, 1, 1))
    np.testing.assert_allclose(mean, [7.5, 11.5, 15.5])
    np.testing.assert_allclose(variance, [37.25] * 3)
