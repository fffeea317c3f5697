from __future__ import annotations

import dataclasses
import itertools
import threading
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from scipy import signal

from graphflow.core.parallel import granted
from graphflow.ops.kernels import arrays, conv as conv_kernels
from graphflow.ops.kernels.arrays import scratch
from graphflow.ops.kernels.conv import (
    ConvGeometry,
    conv,
    conv_filter_gradient,
    conv_input_gradient,
)
from graphflow.ops.kernels.windows import (
    WindowAxis,
    channels_stand_last,
    conv_output_size,
    conv_padding,
    overlap,
)
from graphflow.runtime.threads import ThreadPool

Array = NDArray[Any]
FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def naive_conv(x: Array, w: Array, geometry: ConvGeometry) -> Array:
    """Convolve by the definition: one loop for each sum and each result."""
    axes, groups = geometry.axes, geometry.groups
    x = x if geometry.channels_last else np.moveaxis(x, 1, -1)
    outputs = geometry.out_channels // groups
    y = np.zeros((len(x), *(axis.output_size for axis in axes), geometry.out_channels))
    windows = itertools.product(*(range(axis.output_size) for axis in axes))
    taps = list(itertools.product(*(range(axis.taps) for axis in axes)))
    for window, tap in itertools.product(windows, taps):
        place = [
            i * axis.stride + t * axis.dilation - axis.before
            for i, t, axis in zip(window, tap, axes, strict=True)
        ]
        if any(not 0 <= i < axis.size for i, axis in zip(place, axes, strict=True)):
            continue
        for group in range(groups):
            inputs = slice(group * geometry.group_channels, (group + 1) * geometry.group_channels)
            k = slice(group * outputs, (group + 1) * outputs)
            y[(slice(None), *window, k)] += x[(slice(None), *place, inputs)] @ w[(*tap, ..., k)]
    return y if geometry.channels_last else np.moveaxis(y, -1, 1)


@st.composite
def geometries(draw: st.DrawFn) -> ConvGeometry:
    dims = draw(st.sampled_from([1, 2, 2, 2, 3]))
    numbers = lambda high: draw(st.lists(st.integers(1, high), min_size=dims, max_size=dims))  # noqa: E731
    taps, strides, dilations = numbers(4), numbers(3), numbers(2)
    padding = draw(st.sampled_from(["SAME", "VALID", "explicit"]))
    pairs = [draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in range(dims)]
    sizes = [
        draw(st.integers(1 if padding == "SAME" else (k - 1) * d + 1, 9))
        for k, d in zip(taps, dilations, strict=True)
    ]
    data_format = draw(st.sampled_from(FORMATS[dims]))
    groups, channels = draw(st.sampled_from([1, 1, 2, 3])), draw(st.sampled_from([1, 2, 17]))
    outputs = groups * draw(st.sampled_from([1, 2, 9]))

    def of_all_axes(spatial: list[Any], other: Any, in_channels: Any) -> list[Any]:
        last = data_format.endswith("C")
        return [other, *spatial, in_channels] if last else [other, in_channels, *spatial]

    return ConvGeometry.of(
        of_all_axes(sizes, draw(st.integers(1, 3)), groups * channels),
        [*taps, channels, outputs],
        of_all_axes(strides, 1, 1),
        of_all_axes(pairs, (0, 0), (0, 0)) if padding == "explicit" else padding,
        data_format,
        of_all_axes(dilations, 1, 1),
    )


def whole_numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Return numbers whose products and sums are exact in float64."""
    return np.random.RandomState(seed).randint(-9, 10, shape).astype(np.float64)


def small_blocks(geometry: ConvGeometry, elements: int, layout: str) -> ConvGeometry:
    """Return the geometry with its work cut into small blocks of one layout of columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv_kernels, "BLOCK_ELEMENTS", elements)
        patch.setattr(conv_kernels, "BLOCK_POSITIONS", 1)
        patch.setattr(conv_kernels, "WASTE_LIMIT", 0 if layout == "windows" else 10**6)
        patch.setattr(conv_kernels, "WIDE_RUN", 0 if layout == "windows" else 10**6)
        # Layouts are made at first use, and kept.
        assert geometry.column_layout.blocks
        assert geometry.plane_columns.blocks
    return geometry


class TestArithmetic:
    @pytest.mark.parametrize(
        ("size", "taps", "stride", "dilation", "padding", "expected"),
        [
            (7, 3, 2, 1, "SAME", 4),
            (7, 3, 2, 1, "VALID", 3),
            (8, 3, 2, 1, "VALID", 3),
            (7, 3, 1, 3, "VALID", 1),
            (7, 3, 1, 3, "SAME", 7),
            (7, 3, 2, 2, (3, 0), 3),
            (2, 5, 4, 1, "SAME", 1),
            (0, 2, 1, 1, "SAME", 0),
            (None, 3, 2, 1, "VALID", None),
            (7, None, 2, 1, "VALID", None),
            (7, None, 2, 1, "SAME", 4),
            (7, None, 2, 1, (1, 1), None),
        ],
    )
    def test_output_size(self, size, taps, stride, dilation, padding, expected):
        assert conv_output_size(size, taps, stride, dilation, padding) == expected

    @pytest.mark.parametrize(
        ("size", "taps", "stride", "dilation", "expected"),
        [
            (28, 5, 1, 1, (2, 2)),
            (28, 5, 2, 1, (1, 2)),  # the odd zero stands behind
            (14, 4, 2, 1, (1, 1)),
            (28, 6, 1, 1, (2, 3)),
            (5, 1, 3, 1, (0, 0)),  # not -1 in all: the last column is just not read
            (5, 3, 1, 2, (2, 2)),
            (0, 3, 1, 1, (0, 0)),
        ],
    )
    def test_same_padding(self, size, taps, stride, dilation, expected):
        assert conv_padding(size, taps, stride, dilation, "SAME") == expected

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ((7, 0, 1, 1, "SAME"), "filter size 0: must be at least 1"),
            ((7, 3, 0, 1, "SAME"), "stride 0: must be at least 1"),
            ((None, 3, 1, -1, "SAME"), "dilation -1: must be at least 1"),
            ((7, 3, 1, 1, "FULL"), "padding 'FULL': must be 'SAME', 'VALID'"),
            ((7, 3, 1, 1, (1, -1)), "must be 'SAME', 'VALID', or"),
            ((7, 3, 1, 1, (1, 1, 1)), "must be 'SAME', 'VALID', or"),
            ((2, 3, 1, 1, "VALID"), "negative output size: a filter of 3 .* input has 2"),
            ((2, 2, 1, 4, (1, 1)), "dilation 4 covers 5, but the input has 2 \\+ 1 \\+ 1"),
        ],
    )
    def test_errors(self, args, message):
        with pytest.raises(ValueError, match=message):
            conv_output_size(*args)

    @given(st.integers(-9, 9), st.integers(0, 9), st.integers(1, 4), st.integers(0, 9))
    def test_overlap_finds_the_indices_inside(self, start, count, step, size):
        elements, numbers = overlap(start, count, step, size)
        inside = [(start + i * step, i) for i in range(count) if 0 <= start + i * step < size]
        found = zip(range(size)[elements], range(count)[numbers], strict=True)
        assert list(found) == inside

    def test_an_axis_knows_the_windows_of_a_tap(self):
        axis = WindowAxis.of(5, 3, 2, 1, "SAME")  # windows start at -1, 1, 3
        assert axis.starts.tolist() == [-1, 1, 3]
        assert axis.windows_with(0) == (slice(1, 4, 2), slice(1, 3))
        assert axis.windows_with(2) == (slice(1, 4, 2), slice(0, 2))

    def test_data_formats(self):
        assert channels_stand_last("NWC", 3)
        assert not channels_stand_last("NCDHW", 5)
        with pytest.raises(ValueError, match="must be one of NWC, NHWC"):
            channels_stand_last("NHCW", 4)
        with pytest.raises(ValueError, match="does not fit an input of 5 axes"):
            channels_stand_last("NHWC", 5)


class TestGeometry:
    def test_shapes(self):
        geometry = ConvGeometry.of(
            (2, 6, 7, 5), (3, 2, 3, 4), (1, 1, 2, 1), "VALID", "NCHW", (1, 1, 1, 2)
        )
        assert geometry.groups == 2
        assert geometry.input_shape == (2, 6, 7, 5)
        assert geometry.filter_shape == (3, 2, 3, 4)
        assert geometry.output_shape == (2, 4, 3, 3)

    def test_padding_of_each_axis(self):
        pairs = ((0, 0), (2, 1), (0, 3), (0, 0))
        geometry = ConvGeometry.of((1, 4, 4, 1), (2, 3, 1, 1), (1, 1, 1, 1), pairs)
        assert geometry.output_shape == (1, 6, 5, 1)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"filter_shape": (3, 3, 4)}, "filter_shape .* must have 4 entries"),
            ({"strides": (1, 2, 1)}, "strides .* must have 4 entries"),
            ({"strides": (2, 1, 1, 1)}, "strides .* must be 1 for batch and channels"),
            ({"dilations": (1, 1, 1, 2)}, "dilations .* must be 1 for batch and channels"),
            ({"padding": ((0, 0), (1, 1))}, "padding .* must have 4 entries"),
            ({"padding": ((1, 0), (1, 1), (0, 0), (0, 0))}, "padding .* must be 0 for batch"),
            ({"padding": "same"}, "padding 'same': must be"),
            ({"data_format": "NWC"}, "does not fit an input of 4 axes"),
            ({"filter_shape": (3, 3, 4, 8)}, "6 channels: must be a multiple of the filter's 4"),
            ({"filter_shape": (3, 3, 0, 8)}, "multiple of the filter's 0"),
            ({"filter_shape": (3, 3, 3, 7)}, "7 output channels: must be a multiple of 2"),
            ({"filter_shape": (3, 9, 6, 8)}, "negative output size"),
        ],
    )
    def test_errors(self, changes, message):
        arguments = {
            "input_shape": (2, 7, 8, 6),
            "filter_shape": (3, 3, 6, 4),
            "strides": (1, 1, 1, 1),
            "padding": "VALID",
        }
        with pytest.raises(ValueError, match=message):
            ConvGeometry.of(**(arguments | changes))


class TestConv:
    def test_by_hand(self):
        x = np.array([[1, 2, 3], [4, 5, 6]], np.float32).reshape(1, 2, 3, 1)
        w = np.array([[1, 10], [100, 1000]], np.float32).reshape(2, 2, 1, 1)
        geometry = ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), "SAME")
        expected = [[5421, 6532, 603], [54, 65, 6]]
        np.testing.assert_array_equal(conv(x, w, geometry)[0, :, :, 0], expected)

    @pytest.mark.parametrize("mode", ["same", "valid"])
    def test_against_scipy(self, mode):
        x, w = np.random.randn(2, 11, 8, 3), np.random.randn(5, 3, 3, 4)
        geometry = ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), mode.upper())
        expected = np.stack(
            [
                sum(signal.correlate2d(image[..., c], w[..., c, k], mode) for c in range(3))
                for image, k in itertools.product(x, range(4))
            ]
        ).reshape(2, 4, *geometry.output_shape[1:3])
        np.testing.assert_allclose(conv(x, w, geometry), np.moveaxis(expected, 1, -1), atol=1e-12)

    def test_depthwise_against_scipy(self):
        x, w = np.random.randn(1, 3, 9, 7), np.random.randn(4, 3, 1, 6)
        geometry = ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), "VALID", "NCHW")
        y = conv(x, w, geometry)
        for k in range(6):
            expected = signal.correlate2d(x[0, k // 2], w[:, :, 0, k], "valid")
            np.testing.assert_allclose(y[0, k], expected, atol=1e-12)

    @pytest.mark.parametrize("layout", ["windows", "planes"])
    @given(geometry=geometries(), elements=st.sampled_from([1, 300, 10**6]))
    @settings(deadline=None, max_examples=60)
    def test_all_against_the_definition(self, layout, geometry, elements):
        small_blocks(geometry, elements, layout)
        x, w = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.filter_shape, 2)
        y = conv(x, w, geometry)
        np.testing.assert_array_equal(y, naive_conv(x, w, geometry))
        # Both gradients are the adjoints of the convolution, which is linear in x and in w.
        dy = whole_numbers(geometry.output_shape, 3)
        assert np.sum(conv_input_gradient(geometry, w, dy) * x) == np.sum(dy * y)
        assert np.sum(conv_filter_gradient(x, geometry, dy) * w) == np.sum(dy * y)

    @given(geometry=geometries())
    @settings(deadline=None, max_examples=30)
    def test_gradients_against_the_definition(self, geometry):
        x, w = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.filter_shape, 2)
        dy = whole_numbers(geometry.output_shape, 3)
        dx, dw = conv_input_gradient(geometry, w, dy), conv_filter_gradient(x, geometry, dy)
        random = np.random.RandomState(4)
        for _ in range(3):  # single elements, which an inner product could mix up
            i, j = random.randint(x.size), random.randint(w.size)
            one_x, one_w = np.zeros_like(x), np.zeros_like(w)
            one_x.flat[i] = one_w.flat[j] = 1
            assert dx.flat[i] == np.sum(naive_conv(one_x, w, geometry) * dy)
            assert dw.flat[j] == np.sum(naive_conv(x, one_w, geometry) * dy)

    @given(geometry=geometries(), elements=st.sampled_from([1, 40, 10**6]))
    @settings(deadline=None, max_examples=40)
    def test_windows_added_up_in_their_places(self, geometry, elements):
        w, dy = whole_numbers(geometry.filter_shape, 2), whole_numbers(geometry.output_shape, 3)
        expected = conv_input_gradient(geometry, w, dy)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(conv_kernels, "_should_fold", lambda _: True)
            patch.setattr(conv_kernels, "BLOCK_ELEMENTS", elements)
            patch.setattr(conv_kernels, "BLOCK_POSITIONS", 1)
            fresh = dataclasses.replace(geometry)  # without the blocks that it has made
            np.testing.assert_array_equal(conv_input_gradient(fresh, w, dy), expected)

    @pytest.mark.parametrize(
        ("sizes", "taps", "strides", "folds"),
        [
            ((56, 128, 1), (3, 128, 128), 1, True),  # words of a sentence as rows of a picture
            ((7, 7, 512), (7, 7, 4096), 1, True),  # a dense layer written as a convolution
            ((64, 64, 3), (11, 11, 64), 4, False),
            ((14, 14, 64), (5, 5, 64), 1, False),
        ],
    )
    def test_windows_are_added_up_where_they_leave_few_outputs(self, sizes, taps, strides, folds):
        shape = (*taps[:2], sizes[2], taps[2])
        geometry = ConvGeometry.of((1, *sizes), shape, (1, strides, strides, 1), "VALID")
        assert conv_kernels._should_fold(geometry) == folds

    def test_gradients_by_hand(self):
        x = np.array([1, 2, 3, 4], np.float32).reshape(1, 4, 1)
        w = np.array([1, 10, 100], np.float32).reshape(3, 1, 1)
        geometry = ConvGeometry.of(x.shape, w.shape, (1, 2, 1), "SAME", "NWC")
        np.testing.assert_array_equal(conv(x, w, geometry).ravel(), [321, 43])
        dy = np.array([2, 3], np.float32).reshape(1, 2, 1)
        dx = conv_input_gradient(geometry, w, dy)
        np.testing.assert_array_equal(dx.ravel(), [2, 20, 203, 30])
        dw = conv_filter_gradient(x, geometry, dy)
        np.testing.assert_array_equal(dw.ravel(), [2 * 1 + 3 * 3, 2 * 2 + 3 * 4, 2 * 3])


class TestArrays:
    GEOMETRY = ConvGeometry.of((2, 6, 5, 3), (3, 2, 3, 4), (1, 2, 1, 1), "SAME")
    POINT = ConvGeometry.of((2, 6, 5, 3), (1, 1, 3, 4), (1, 1, 1, 1), "SAME")

    @pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
    def test_narrow_floats_are_summed_in_float32(self, dtype):
        # 1 + 600 times 2**-11 is 1 still if each sum is rounded to 16 bits.
        geometry = ConvGeometry.of((1, 1, 601), (1, 601, 1), (1, 1, 1), "VALID", "NWC")
        x = np.full((1, 1, 601), 2.0**-11, dtype)
        x[0, 0, 0] = 1
        y = conv(x, np.ones((1, 601, 1), dtype), geometry)
        assert y.dtype == dtype
        assert abs(float(y[0, 0, 0]) - (1 + 600 / 2048)) < 0.005

    @pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
    @pytest.mark.parametrize("geometry", [GEOMETRY, POINT])
    def test_dtypes(self, dtype, geometry):
        x = whole_numbers(geometry.input_shape, 1).clip(-2, 2)
        w = whole_numbers(geometry.filter_shape, 2).clip(-1, 1)
        dy = whole_numbers(geometry.output_shape, 3).clip(-1, 1)
        results = (
            conv(x.astype(dtype), w.astype(dtype), geometry),
            conv_input_gradient(geometry, w.astype(dtype), dy.astype(dtype)),
            conv_filter_gradient(x.astype(dtype), geometry, dy.astype(dtype)),
        )
        expected = (
            conv(x, w, geometry),
            conv_input_gradient(geometry, w, dy),
            conv_filter_gradient(x, geometry, dy),
        )
        for result, exact in zip(results, expected, strict=True):
            assert result.dtype == dtype
            np.testing.assert_array_equal(result.astype(np.float64), exact)

    def test_int32_wraps_around(self):
        geometry = ConvGeometry.of((1, 2, 1), (2, 1, 1), (1, 1, 1), "VALID", "NWC")
        x = np.array([2**30, 2**30], np.int32).reshape(1, 2, 1)
        y = conv(x, np.array([1, 1], np.int32).reshape(2, 1, 1), geometry)
        assert y.dtype == np.int32
        assert y.item() == -(2**31)

    @pytest.mark.parametrize("geometry", [GEOMETRY, POINT])
    def test_results_go_into_out_of_any_layout(self, geometry):
        x, w = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.filter_shape, 2)
        dy = whole_numbers(geometry.output_shape, 3)

        def reversed_memory(shape: tuple[int, ...]) -> Array:
            return np.full(shape[::-1], np.nan).T

        out = reversed_memory(geometry.output_shape)
        assert conv(x, w, geometry, out) is out
        np.testing.assert_array_equal(out, conv(x, w, geometry))
        out = reversed_memory(geometry.input_shape)
        assert conv_input_gradient(geometry, w, dy, out) is out
        np.testing.assert_array_equal(out, conv_input_gradient(geometry, w, dy))
        out = reversed_memory(geometry.filter_shape)
        assert conv_filter_gradient(x, geometry, dy, out) is out
        np.testing.assert_array_equal(out, conv_filter_gradient(x, geometry, dy))

    @pytest.mark.parametrize("geometry", [GEOMETRY, POINT])
    def test_arguments_may_have_any_layout_and_stay_as_they_are(self, geometry):
        x, w = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.filter_shape, 2)
        dy = whole_numbers(geometry.output_shape, 3)
        for array in (x, w, dy):
            array.flags.writeable = False
        fx, fw, fdy = (np.asfortranarray(array) for array in (x, w, dy))
        np.testing.assert_array_equal(conv(fx, fw, geometry), conv(x, w, geometry))
        np.testing.assert_array_equal(
            conv_input_gradient(geometry, fw, fdy), conv_input_gradient(geometry, w, dy)
        )
        np.testing.assert_array_equal(
            conv_filter_gradient(fx, geometry, fdy), conv_filter_gradient(x, geometry, dy)
        )

    def test_no_images(self):
        geometry = ConvGeometry.of((0, 6, 5, 3), (3, 2, 3, 4), (1, 2, 1, 1), "SAME")
        x, w, dy = np.ones((0, 6, 5, 3)), np.ones((3, 2, 3, 4)), np.ones((0, 3, 5, 4))
        assert conv(x, w, geometry).shape == dy.shape
        assert conv_input_gradient(geometry, w, dy).shape == x.shape
        np.testing.assert_array_equal(conv_filter_gradient(x, geometry, dy), np.zeros_like(w))

    def test_wrong_shapes(self):
        x, w, dy = np.ones((2, 6, 5, 3)), np.ones((3, 2, 3, 4)), np.ones((2, 3, 5, 4))
        with pytest.raises(ValueError, match=r"x has shape \(2, 3, 5, 4\): .* \(2, 6, 5, 3\)"):
            conv(dy, w, self.GEOMETRY)
        with pytest.raises(ValueError, match="w has shape"):
            conv_input_gradient(self.GEOMETRY, x, dy)
        with pytest.raises(ValueError, match="dy has shape"):
            conv_filter_gradient(x, self.GEOMETRY, x)
        with pytest.raises(ValueError, match="out has shape"):
            conv(x, w, self.GEOMETRY, out=x)

    def test_threads_do_not_share_scratch(self):
        geometry = ConvGeometry.of((8, 28, 28, 3), (5, 5, 3, 6), (1, 2, 2, 1), "SAME")
        w = np.random.randn(*geometry.filter_shape)
        inputs = [np.random.randn(*geometry.input_shape) for _ in range(4)]
        expected = [conv(x, w, geometry) for x in inputs]
        wrong: list[int] = []

        def work(number: int) -> None:
            for _ in range(10):
                if not np.array_equal(conv(inputs[number], w, geometry), expected[number]):
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_scratch_is_kept_unless_huge(self, monkeypatch):
        first = scratch("kept", (5, 7), np.float32)
        assert np.shares_memory(first, scratch("kept", (3,), np.int8))
        assert not np.shares_memory(first, scratch("other", (5, 7), np.float32))
        assert first.ctypes.data % 64 == 0
        monkeypatch.setattr(arrays, "KEPT_BYTES", 100)
        huge = scratch("huge", (101,), np.int8)
        assert not np.shares_memory(huge, scratch("huge", (8,), np.int8))


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_any_number_of_threads_gives_the_same_bits(data_format: str, monkeypatch):
    monkeypatch.setattr(conv_kernels, "BLOCK_ELEMENTS", 1 << 12)
    shape = (6, 12, 10, 5) if data_format == "NHWC" else (6, 5, 12, 10)
    x = np.random.RandomState(3).normal(size=shape).astype(np.float32)
    w = np.random.RandomState(4).normal(size=(3, 3, 5, 7)).astype(np.float32)
    geometry = ConvGeometry.of(shape, w.shape, (1, 1, 1, 1), "SAME", data_format)
    alone = conv(x, w, geometry)
    assert len(geometry.column_layout.blocks) > 2
    pool = ThreadPool(3)
    with granted(pool):
        np.testing.assert_array_equal(conv(x, w, geometry), alone)
    pool.close()
