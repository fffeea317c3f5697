"""Convolutions by compiled tiles give what those by columns and BLAS give."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

import graphflow as tf
from graphflow.core.jit import obey_environment
from graphflow.core.parallel import granted
from graphflow.ops.kernels import conv as by_columns, conv_split, direct_conv, quickest_conv
from graphflow.ops.kernels.conv import ConvGeometry
from graphflow.ops.kernels.direct_conv import DirectConv, DirectFilterGradient
from graphflow.ops.kernels.epilogue import Epilogue
from graphflow.runtime.threads import ThreadPool

Array = NDArray[Any]

# input, filter, strides, padding, dilations
SHAPES = {
    "same": ((3, 9, 8, 3), (3, 2, 3, 8), (1, 1), "SAME", (1, 1)),
    "one channel": ((2, 7, 9, 1), (5, 5, 1, 6), (1, 1), "SAME", (1, 1)),
    "strides": ((2, 9, 8, 6), (5, 5, 6, 12), (2, 2), "SAME", (1, 1)),
    "explicit padding": ((2, 5, 6, 3), (3, 3, 3, 8), (2, 1), ((2, 3), (0, 4)), (1, 1)),
    "one output": ((2, 3, 3, 5), (3, 3, 5, 33), (1, 1), "VALID", (1, 1)),
    "groups": ((2, 7, 6, 12), (3, 3, 6, 10), (1, 2), "SAME", (1, 1)),
    "odd channels": ((2, 6, 5, 7), (2, 2, 7, 23), (1, 1), "SAME", (1, 1)),
    "channels in five vectors": ((1, 6, 5, 3), (2, 2, 3, 40), (1, 1), "SAME", (1, 1)),
    "neighbours": ((2, 5, 64, 3), (3, 4, 3, 2), (1, 1), "SAME", (1, 1)),
    "neighbours and strides": ((3, 6, 64, 4), (3, 5, 4, 3), (2, 2), "SAME", (1, 1)),
    "neighbours with gaps": ((2, 6, 68, 5), (2, 3, 5, 2), (1, 1), "VALID", (1, 2)),
    "a large image": ((1, 90, 70, 16), (3, 3, 16, 16), (1, 1), "SAME", (1, 1)),
}


def geometry_of(name: str) -> ConvGeometry:
    x, w, strides, padding, dilations = SHAPES[name]
    pads = padding if isinstance(padding, str) else ((0, 0), *padding, (0, 0))
    return ConvGeometry.of(x, w, (1, *strides, 1), pads, "NHWC", (1, *dilations, 1))


def random(*shape: int) -> Array:
    return np.random.RandomState(3).normal(size=shape).astype(np.float32)


def compiled(direct: Any) -> Any:
    direct.kernel.request().result()
    assert direct.kernel.function is not None
    return direct


def close(ours: Array, expected: Array) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=3e-6 * scale)


@pytest.mark.parametrize("name", SHAPES)
def test_all_three_are_those_by_columns(name: str):
    geometry = geometry_of(name)
    x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
    dy = random(*geometry.output_shape)
    for array in (x, w, dy):
        array.setflags(write=False)
    jobs = [
        (DirectConv(geometry, False), (x, w), by_columns.conv(x, w, geometry)),
        (DirectConv(geometry, True), (dy, w), by_columns.conv_input_gradient(geometry, w, dy)),
        (DirectFilterGradient(geometry), (x, dy), by_columns.conv_filter_gradient(x, geometry, dy)),
    ]
    for direct, arguments, expected in jobs:
        around = np.full(expected.size + 32, np.float32(7))  # a canary on both sides
        result = around[16:-16].reshape(expected.shape)
        assert compiled(direct).run(*arguments, result)
        close(result, expected)
        assert (around[:16] == 7).all()
        assert (around[-16:] == 7).all()


@st.composite
def geometries(draw: st.DrawFn) -> ConvGeometry:
    pair = lambda high: draw(st.tuples(st.integers(1, high), st.integers(1, high)))  # noqa: E731
    taps, strides, dilations = pair(4), pair(3), pair(3)
    padding = draw(st.sampled_from(["SAME", "VALID", "explicit"]))
    least = [1 if padding == "SAME" else (t - 1) * d + 1 for t, d in zip(taps, dilations)]  # noqa: B905
    sizes = [draw(st.integers(low, low + 9)) for low in least]
    pads = padding
    if padding == "explicit":
        widths = st.tuples(st.integers(0, 3), st.integers(0, 3))
        pads = ((0, 0), draw(widths), draw(widths), (0, 0))
    groups, channels, outputs = (draw(st.integers(1, high)) for high in (3, 5, 19))
    return ConvGeometry.of(
        (draw(st.integers(1, 3)), *sizes, groups * channels),
        (*taps, channels, groups * outputs),
        (1, *strides, 1),
        pads,
        "NHWC",
        (1, *dilations, 1),
    )


@pytest.fixture(params=["pixel by pixel", "neighbours count as one"])
def one_tile(request, monkeypatch):
    """Let all convolutions share a few compiled loops, whose tiles fit any of them."""
    tile = {"VECTORS": 1, "WIDTH": 4, "IS_MASKED": 1}

    def chosen(choices: tuple[int, ...], size: int) -> tuple[int, ...]:
        return choices[:size] if request.param == "pixel by pixel" else choices[-size:]

    convolve = direct_conv.TileLoops(
        "conv_loops",
        "convolve",
        lambda outputs, is_planar, *choices: {
            "PIXELS": 1,
            "IS_PLANAR": is_planar,
            "STRIDE": chosen(choices, 4)[2],
            "NEIGHBOURS": chosen(choices, 4)[0],
            **tile,
        },
        direct_conv._conv_arguments,
    )
    add = direct_conv.TileLoops(
        "filter_gradient_loops",
        "add_filter_gradient",
        lambda outputs, *choices: {"TAPS": 3, "NEIGHBOURS": chosen(choices, 3)[0], **tile},
        direct_conv._filter_gradient_arguments,
    )
    monkeypatch.setattr(direct_conv, "_CONVOLVE", convolve)
    monkeypatch.setattr(direct_conv, "_ADD_FILTER_GRADIENT", add)
    monkeypatch.setattr(direct_conv, "_FEW_CHANNELS", 2)
    monkeypatch.setattr(conv_split, "BAND_ELEMENTS", 300)  # so that images are cut into bands


def test_any_geometry(one_tile):
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(geometries())
    def check(geometry: ConvGeometry) -> None:
        x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
        dy = random(*geometry.output_shape)
        y, dx, dw = (np.full(array.shape, np.nan, np.float32) for array in (dy, x, w))
        assert compiled(DirectConv(geometry, False)).run(x, w, y)
        close(y, by_columns.conv(x, w, geometry))
        assert compiled(DirectConv(geometry, True)).run(dy, w, dx)
        close(dx, by_columns.conv_input_gradient(geometry, w, dy))
        assert compiled(DirectFilterGradient(geometry)).run(x, dy, dw)
        close(dw, by_columns.conv_filter_gradient(x, geometry, dy))

    check()


def test_one_spatial_axis():
    geometry = ConvGeometry.of((3, 20, 5), (4, 5, 9), (1, 2, 1), "SAME", "NWC", (1, 1, 1))
    x, w, dy = (random(*s) for s in ((3, 20, 5), (4, 5, 9), geometry.output_shape))
    y, dx, dw = np.empty_like(dy), np.empty_like(x), np.empty_like(w)
    assert compiled(DirectConv(geometry, False)).run(x, w, y)
    close(y, by_columns.conv(x, w, geometry))
    assert compiled(DirectConv(geometry, True)).run(dy, w, dx)
    close(dx, by_columns.conv_input_gradient(geometry, w, dy))
    assert compiled(DirectFilterGradient(geometry)).run(x, dy, dw)
    close(dw, by_columns.conv_filter_gradient(x, geometry, dy))


def test_bias_and_range_are_part_of_the_loop():
    geometry = geometry_of("groups")
    x, w, bias = random(2, 7, 6, 12), random(3, 3, 6, 10), random(10)
    direct, y = compiled(DirectConv(geometry, False)), np.empty(geometry.output_shape, np.float32)
    expected = by_columns.conv(x, w, geometry) + bias
    plain = np.empty_like(y)
    assert direct.run(x, w, plain)
    assert direct.run(x, w, y, Epilogue(bias))
    np.testing.assert_array_equal(y, plain + bias)
    close(y, expected)
    assert direct.run(x, w, y, Epilogue(bias, floor=0.0))
    np.testing.assert_array_equal(y, np.maximum(plain + bias, 0))
    assert direct.run(x, w, y, Epilogue(bias, floor=-0.25, ceiling=1.5))
    np.testing.assert_array_equal(y, np.clip(plain + bias, np.float32(-0.25), np.float32(1.5)))


def test_neighbours_have_the_same_bias():
    geometry = geometry_of("neighbours")
    x, w = (random(*shape) for shape in (geometry.input_shape, geometry.filter_shape))
    bias = np.asarray([0.5, -2], np.float32)
    direct, y = compiled(DirectConv(geometry, False)), np.empty(geometry.output_shape, np.float32)
    assert direct.run(x, w, y, Epilogue(bias))
    close(y, by_columns.conv(x, w, geometry) + bias)


def test_nan_and_infinity_spread_as_by_columns():
    geometry = geometry_of("same")
    x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
    x[0, 2, 3, 1], x[1, 5, 5, 0], w[0, 0, 0, 3] = np.nan, np.inf, -np.inf
    direct, y = compiled(DirectConv(geometry, False)), np.empty(geometry.output_shape, np.float32)
    with np.errstate(all="ignore"):
        expected = by_columns.conv(x, w, geometry)
    assert direct.run(x, w, y)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
    np.testing.assert_array_equal(y == np.inf, expected == np.inf)
    assert direct.run(x, w, y, Epilogue(np.zeros(8, np.float32), 0.0, 6.0))
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_infinity_does_not_spread_to_neighbours(value: float):
    geometry = geometry_of("neighbours")
    x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
    x[1, 2, 3, 1] = value
    direct = compiled(quickest_conv._direct(geometry).conv)
    assert direct._across.neighbours > 1
    y = np.empty(geometry.output_shape, np.float32)
    assert not direct.run(x, w, y)
    found = quickest_conv.conv(x, w, geometry)
    np.testing.assert_array_equal(found, by_columns.conv(x, w, geometry))
    assert direct.run(random(*x.shape), w, y)


@pytest.mark.parametrize("batch", [1, 16])
def test_any_number_of_threads_gives_the_same_bits(batch: int):
    shape = (batch, 64, 48, 16)
    geometry = ConvGeometry.of(shape, (3, 3, 16, 16), (1, 1, 1, 1), "SAME")
    x, w, dy = random(*shape), random(3, 3, 16, 16), random(*shape)
    jobs = [
        (compiled(DirectConv(geometry, False)), (x, w), shape),
        (compiled(DirectConv(geometry, True)), (dy, w), shape),
        (compiled(DirectFilterGradient(geometry)), (x, dy), w.shape),
    ]
    for direct, arguments, result_shape in jobs:
        results = []
        for threads in (1, 2, 4):
            pool = ThreadPool(threads - 1)
            result = np.full(result_shape, np.nan, np.float32)
            with granted(pool):
                assert direct.run(*arguments, result)
            pool.close()
            results.append(result)
        assert direct._split.chunks > 1
        for one, other in itertools.pairwise(results):
            np.testing.assert_array_equal(one, other)


def test_columns_serve_when_compilation_is_off(monkeypatch):
    geometry = geometry_of("same")
    x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
    compiled(quickest_conv._direct(geometry).conv)
    tiles = quickest_conv.conv(x, w, geometry)
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    np.testing.assert_array_equal(
        quickest_conv.conv(x, w, geometry), by_columns.conv(x, w, geometry)
    )
    close(tiles, by_columns.conv(x, w, geometry))


@pytest.mark.parametrize(
    ("batch", "filters"), [(2, (1, 1, 8, 16)), (2, (3, 3, 8, 1)), (0, (3, 3, 8, 8))]
)
def test_products_one_channel_and_nothing_are_for_columns(batch, filters):
    shape = (batch, 4, 5, 8)
    geometry = ConvGeometry.of(shape, filters, (1, 1, 1, 1), "SAME")
    assert quickest_conv._direct(geometry).conv is None
    w = random(*filters)
    assert quickest_conv.conv(random(*shape), w, geometry).shape == geometry.output_shape


def test_other_dtypes_and_layouts_are_for_columns():
    geometry = geometry_of("same")
    x, w = random(*geometry.input_shape), random(*geometry.filter_shape)
    compiled(quickest_conv._direct(geometry).conv)
    y = quickest_conv.conv(x.astype(np.float64), w.astype(np.float64), geometry)
    assert y.dtype == np.float64
    other = np.asfortranarray(x)
    np.testing.assert_array_equal(
        quickest_conv.conv(other, w, geometry), by_columns.conv(other, w, geometry)
    )


def test_what_takes_long_is_compiled(monkeypatch):
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", 0.0)
    images, filters = tf.constant(random(2, 6, 5, 11)), tf.constant(random(3, 3, 11, 9))
    y = tf.nn.conv2d(images, filters, 1, "SAME")
    gradients = tf.gradients(y, [images, filters])
    geometry = y.op.op.geometry((2, 6, 5, 11), (3, 3, 11, 9))
    direct = quickest_conv._direct(geometry)
    with tf.Session() as session:
        before = session.run([y, *gradients])
        kernels = [direct.conv, direct.input_gradient, direct.filter_gradient]
        for kernel in kernels:
            compiled(kernel)
        after = session.run([y, *gradients])
    for one, other in zip(before, after, strict=True):
        close(one, other)
