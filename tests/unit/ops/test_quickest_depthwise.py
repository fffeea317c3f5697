"""Depthwise convolutions by compiled loops give what numpy gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphflow.core.jit import compiler
from graphflow.core.parallel import granted
from graphflow.ops.kernels import conv_split, depthwise as by_taps, quickest_depthwise
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.runtime.threads import ThreadPool

Array = NDArray[Any]

# input, window and multiplier, strides, padding, dilations
SHAPES = {
    "same": ((2, 7, 6, 16), (3, 3, 1), (1, 1), "SAME", (1, 1)),
    "strides": ((3, 9, 8, 20), (3, 2, 1), (2, 3), "SAME", (1, 1)),
    "valid": ((2, 6, 7, 16), (2, 3, 1), (1, 2), "VALID", (1, 1)),
    "dilations": ((2, 9, 8, 17), (3, 2, 1), (1, 1), "SAME", (2, 3)),
    "several filters": ((2, 5, 6, 8), (3, 3, 3), (1, 1), "SAME", (1, 1)),
    "several filters and strides": ((2, 5, 6, 8), (2, 3, 2), (2, 2), "VALID", (1, 1)),
    "small images": ((2, 2, 1, 16), (5, 5, 1), (1, 1), "SAME", (1, 1)),
    "gaps": ((2, 8, 9, 16), (1, 2, 1), (3, 3), "SAME", (1, 1)),
    "many taps": ((1, 9, 9, 16), (7, 7, 1), (1, 1), "SAME", (1, 1)),
    "explicit padding": ((2, 4, 5, 16), (2, 2, 1), (1, 1), ((3, 0), (0, 4)), (1, 1)),
}


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", -1.0)


def compiled(function: Any, *args: Any) -> Any:
    """What a function gives once its loops are compiled."""
    function(*args)
    compiler().submit(int).result()
    return function(*args)


def jobs(name: str) -> list[tuple[Any, Any, tuple[Any, ...]]]:
    shape, (*window, times), strides, padding, dilations = SHAPES[name]
    pads: Any = padding if isinstance(padding, str) else ((0, 0), *padding, (0, 0))
    filters = (*window, 1, times * shape[-1])
    geometry = ConvGeometry.of(shape, filters, (1, *strides, 1), pads, "NHWC", (1, *dilations, 1))
    random = np.random.RandomState(4)
    x, w, dy = (
        random.normal(size=size).astype(np.float32)
        for size in (shape, filters, geometry.output_shape)
    )
    for array in (x, w, dy):
        array.setflags(write=False)
    return [
        (quickest_depthwise.conv, by_taps.conv, (x, w, geometry)),
        (
            quickest_depthwise.conv_input_gradient,
            by_taps.conv_input_gradient,
            (geometry, w, dy),
        ),
        (
            quickest_depthwise.conv_filter_gradient,
            by_taps.conv_filter_gradient,
            (x, geometry, dy),
        ),
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_all_three_are_those_of_numpy(name: str) -> None:
    for function, reference, args in jobs(name):
        found = compiled(function, *args)
        np.testing.assert_allclose(found, reference(*args), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("name", ["same", "several filters and strides"])
def test_any_number_of_threads_gives_the_same_bits(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv_split, "_CHUNK_PRODUCTS", 10)
    monkeypatch.setattr(conv_split, "BAND_ELEMENTS", 500)
    quickest_depthwise._forward.cache_clear()
    quickest_depthwise._mirrored.cache_clear()
    pool = ThreadPool(3)
    for function, _, args in jobs(name):
        alone = compiled(function, *args)
        with granted(pool):
            for _ in range(5):
                np.testing.assert_array_equal(function(*args), alone)
    pool.close()


def test_other_dtypes_and_nothing_are_for_numpy() -> None:
    geometry = ConvGeometry.of((2, 4, 3, 16), (2, 2, 1, 16), (1, 1, 1, 1), "SAME")
    x, w = np.ones((2, 4, 3, 16)), np.ones((2, 2, 1, 16))
    y = quickest_depthwise.conv(x, w, geometry)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, by_taps.conv(x, w, geometry))
    empty = ConvGeometry.of((0, 4, 3, 16), (2, 2, 1, 16), (1, 1, 1, 1), "SAME")
    y = quickest_depthwise.conv(np.ones((0, 4, 3, 16), np.float32), w.astype(np.float32), empty)
    assert y.shape == (0, 4, 3, 16)
