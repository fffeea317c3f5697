from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from graphflow.ops.kernels import pool as pool_kernels
from graphflow.ops.kernels.pool import (
    PoolGeometry,
    avg_pool,
    avg_pool_gradient,
    max_pool,
    max_pool_gradient,
    max_pool_gradient_gradient,
    max_pool_with_argmax,
)

Array = NDArray[Any]
Index = tuple[int, ...]
nan, inf = np.nan, np.inf
LOWEST = np.finfo(np.float32).min
MAX_DTYPES = [
    *(np.float16, ml_dtypes.bfloat16, np.float32, np.float64),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16),
]


def windows_of(geometry: PoolGeometry) -> Iterator[tuple[Index, list[Index]]]:
    """Yield each place of the output with the places of its window, in row-major order."""
    for window in itertools.product(*(range(axis.output_size) for axis in geometry.axes)):
        starts = [axis.starts[i] for i, axis in zip(window, geometry.axes, strict=True)]
        ranges = [
            [i for i in range(start, start + axis.taps) if 0 <= i < axis.size]
            for start, axis in zip(starts, geometry.axes, strict=True)
        ]
        yield window, list(itertools.product(*ranges))


@st.composite
def geometries(draw: st.DrawFn) -> PoolGeometry:
    rank = draw(st.integers(3, 5))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    ksize = [1, *(draw(st.integers(1, 4)) for _ in range(1, rank))]
    strides = [1, *(draw(st.integers(1, 4)) for _ in range(1, rank))]
    lowest = ksize if padding == "VALID" else [1] * rank
    highest = 7 if rank < 5 else 5
    shape = [draw(st.integers(low, highest)) for low in lowest]
    return PoolGeometry.of(shape, ksize, strides, padding)


def small_blocks(geometry: PoolGeometry) -> PoolGeometry:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_kernels, "BLOCK_ELEMENTS", 1)
        assert len(geometry.blocks) == geometry.input_shape[0]  # made at first use, and kept
    return geometry


def whole_numbers(shape: Index, seed: int, high: int = 10) -> Array:
    return np.random.RandomState(seed).randint(0, high, shape).astype(np.float64)


def of_row(values: list[float], taps: int, stride: int, padding: str = "VALID") -> tuple[Any, ...]:
    """Return an array of one row, and the geometry of pooling along it."""
    x = np.array(values, np.float32).reshape(1, -1, 1)
    return x, PoolGeometry.of(x.shape, (1, taps, 1), (1, stride, 1), padding)


class TestGeometry:
    def test_shapes(self):
        geometry = PoolGeometry.of((2, 3, 7, 8), (1, 1, 3, 2), (1, 1, 2, 3), "VALID")
        assert geometry.output_shape == (2, 3, 3, 3)

    @pytest.mark.parametrize(
        ("args", "error", "message"),
        [
            (((1, 2, 2), (1, 1, 1, 1), "SAME"), ValueError, "ksize .* each of the 4 axes"),
            (((1, 2, 2, 1), (1, 1), "SAME"), ValueError, "strides .* each of the 4 axes"),
            (((2, 2, 2, 1), (1, 1, 1, 1), "SAME"), NotImplementedError, "ksize .* over the batch"),
            (((1, 2, 2, 1), (2, 1, 1, 1), "SAME"), NotImplementedError, "strides .* the batch"),
            (((1, 2, 2, 1), (1, 1, 1, 1), "same"), ValueError, "padding 'same': must be 'SAME'"),
            (((1, 9, 2, 1), (1, 1, 1, 1), "VALID"), ValueError, "negative output size"),
            (((1, 0, 2, 1), (1, 1, 1, 1), "VALID"), ValueError, "filter size 0"),
        ],
    )
    def test_errors(self, args, error, message):
        with pytest.raises(error, match=message):
            PoolGeometry.of((2, 7, 8, 3), *args)

    def test_wrong_shapes(self):
        x, geometry = of_row([1, 2, 3, 4], 2, 2)
        y = max_pool(x, geometry)
        with pytest.raises(ValueError, match="x has shape"):
            max_pool(y, geometry)
        with pytest.raises(ValueError, match="out has shape"):
            avg_pool(x, geometry, out=x)
        with pytest.raises(ValueError, match="dy has shape"):
            avg_pool_gradient(geometry, x)
        with pytest.raises(ValueError, match="y has shape"):
            max_pool_gradient(x, x, y, geometry)
        with pytest.raises(ValueError, match="ddx has shape"):
            max_pool_gradient_gradient(x, y, y, geometry)


class TestAgainstTheDefinition:
    @given(geometry=geometries(), in_small_blocks=st.booleans())
    @settings(deadline=None, max_examples=60)
    def test_maximum(self, geometry, in_small_blocks):
        geometry = small_blocks(geometry) if in_small_blocks else geometry
        x = whole_numbers(geometry.input_shape, 1, high=4)  # many ties
        dy, ddx = whole_numbers(geometry.output_shape, 2), whole_numbers(geometry.input_shape, 3)
        expected_y, expected_dx = np.zeros_like(dy), np.zeros_like(x)
        expected_ddy, expected_indices = np.zeros_like(dy), np.zeros(dy.shape, np.int64)
        for window, places in windows_of(geometry):
            place = max(places, key=lambda place: x[place])  # the first of several
            expected_y[window] = x[place]
            expected_dx[place] += dy[window]
            expected_ddy[window] = ddx[place]
            expected_indices[window] = np.ravel_multi_index(place, x.shape)
        y = max_pool(x, geometry)
        np.testing.assert_array_equal(y, expected_y)
        np.testing.assert_array_equal(max_pool_gradient(x, y, dy, geometry), expected_dx)
        ddy = max_pool_gradient_gradient(x, y, ddx, geometry)
        np.testing.assert_array_equal(ddy, expected_ddy)
        y, indices = max_pool_with_argmax(x, geometry, include_batch_in_index=True)
        np.testing.assert_array_equal(y, expected_y)
        np.testing.assert_array_equal(indices, expected_indices)
        _, indices = max_pool_with_argmax(x, geometry, index_dtype=np.int32)
        assert indices.dtype == np.int32
        np.testing.assert_array_equal(indices, expected_indices % x[0].size)

    @given(geometry=geometries(), in_small_blocks=st.booleans())
    @settings(deadline=None, max_examples=60)
    def test_average(self, geometry, in_small_blocks):
        geometry = small_blocks(geometry) if in_small_blocks else geometry
        x, dy = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.output_shape, 2)
        expected_y, expected_dx = np.zeros_like(dy), np.zeros_like(x)
        for window, places in windows_of(geometry):
            expected_y[window] = sum(x[place] for place in places) / len(places)
            for place in places:
                expected_dx[place] += dy[window] / len(places)
        np.testing.assert_allclose(avg_pool(x, geometry), expected_y, rtol=1e-14)
        np.testing.assert_allclose(avg_pool_gradient(geometry, dy), expected_dx, rtol=1e-14)


class TestMaximum:
    def test_image_by_hand(self):
        x = np.array([[3, 1, 4], [1, 5, 9], [2, 6, 5]], np.float32).reshape(1, 3, 3, 1)
        geometry = PoolGeometry.of(x.shape, (1, 2, 3, 1), (1, 2, 1, 1), "SAME")
        np.testing.assert_array_equal(max_pool(x, geometry).ravel(), [5, 9, 9, 6, 6, 6])

    def test_over_channels(self):
        x = np.array([3, 1, 4, 1, 5, 9, 2, 6], np.float32).reshape(1, 1, 2, 4)
        geometry = PoolGeometry.of(x.shape, (1, 1, 1, 2), (1, 1, 1, 2), "VALID")
        np.testing.assert_array_equal(max_pool(x, geometry).ravel(), [3, 4, 9, 6])
        dy = np.array([10, 20, 30, 40], np.float32).reshape(1, 1, 2, 2)
        dx = max_pool_gradient(x, max_pool(x, geometry), dy, geometry)
        np.testing.assert_array_equal(dx.ravel(), [10, 0, 20, 0, 0, 30, 0, 40])

    @pytest.mark.parametrize("dtype", MAX_DTYPES)
    def test_dtypes(self, dtype):
        x = np.array([3, 5, 5, 1, 2, 4], dtype).reshape(1, 1, 6, 1)
        geometry = PoolGeometry.of(x.shape, (1, 1, 3, 1), (1, 1, 2, 1), "SAME")
        y = max_pool(x, geometry)
        assert y.dtype == dtype
        assert y.ravel().tolist() == [5, 5, 4]
        dy = np.array([1, 2, 3], dtype).reshape(y.shape)
        dx = max_pool_gradient(x, y, dy, geometry)
        assert dx.dtype == dtype
        assert dx.ravel().tolist() == [0, 1, 2, 0, 0, 3]
        ddy = max_pool_gradient_gradient(x, y, x + x, geometry)
        assert ddy.dtype == dtype
        assert ddy.ravel().tolist() == [10, 10, 8]

    def test_lowest_integer(self):
        x = np.full((1, 2, 1), -128, np.int8)
        geometry = PoolGeometry.of(x.shape, (1, 2, 1), (1, 2, 1), "VALID")
        assert max_pool(x, geometry).item() == -128

    # As TensorFlow on a CPU: max_pool leaves nan out, its gradient goes to a leading nan.
    @pytest.mark.parametrize(
        ("values", "y", "winner", "element", "ddy"),
        [
            ([1, 2, 2, 1], 2, 1, 2, 200),
            ([nan, 1, 2, 0], 2, 0, nan, 300),
            ([1, nan, 2, 0], 2, 2, 2, 300),
            ([3, nan, 2, nan], 3, 0, 3, 100),
            ([nan, nan, nan, nan], LOWEST, 0, nan, 0),
            ([-inf, -inf, -inf, -inf], LOWEST, 0, -inf, 0),
            ([-inf, nan, -inf, nan], LOWEST, 0, -inf, 0),
            ([nan, -inf, inf, inf], inf, 0, nan, 300),
            ([-inf, 5, nan, -inf], 5, 1, 5, 200),
        ],
    )
    def test_nan_and_infinity(self, values, y, winner, element, ddy):
        x, geometry = of_row(values, 4, 4)
        result = max_pool(x, geometry)
        np.testing.assert_array_equal(result, np.float32(y))
        dx = max_pool_gradient(x, result, np.full((1, 1, 1), 7, np.float32), geometry)
        np.testing.assert_array_equal(dx.ravel(), np.eye(4)[winner] * 7)
        largest, index = max_pool_with_argmax(x, geometry)
        np.testing.assert_array_equal(largest.ravel(), np.float32(element))
        assert index.item() == winner
        ddx = np.array([100, 200, 300, 400], np.float32).reshape(x.shape)
        assert max_pool_gradient_gradient(x, result, ddx, geometry).item() == ddy

    def test_first_element_in_the_image_takes_the_gradient_of_nan(self):
        x = np.full((1, 2, 2, 1), nan, np.float32)
        geometry = PoolGeometry.of(x.shape, (1, 3, 3, 1), (1, 1, 1, 1), "SAME")
        y, indices = max_pool_with_argmax(x, geometry)
        assert np.isnan(y).all()
        np.testing.assert_array_equal(indices.ravel(), [0, 0, 0, 0])

    def test_infinite_gradient_goes_only_to_the_maximum(self):
        x, geometry = of_row([1, 2, 3, 4], 2, 1)
        dy = np.array([inf, nan, 5], np.float32).reshape(1, 3, 1)
        dx = max_pool_gradient(x, max_pool(x, geometry), dy, geometry)
        np.testing.assert_array_equal(dx.ravel(), [0, inf, nan, 5])

    @pytest.mark.parametrize("taps", [254, 255, 256, 300])
    def test_many_taps(self, taps):
        x, geometry = of_row([*range(taps)], taps, 1)
        y, index = max_pool_with_argmax(x, geometry)
        assert (y.item(), index.item()) == (taps - 1, taps - 1)

    def test_the_gradient_gradient_is_the_adjoint(self):
        geometry = PoolGeometry.of((2, 7, 6, 3), (1, 3, 2, 1), (1, 2, 1, 1), "SAME")
        x = np.random.RandomState(0).permutation(252).reshape(2, 7, 6, 3).astype(np.float64)
        y, dy, ddx = (
            max_pool(x, geometry),
            whole_numbers(geometry.output_shape, 1),
            whole_numbers(x.shape, 2),
        )
        dx = max_pool_gradient(x, y, dy, geometry)
        ddy = max_pool_gradient_gradient(x, y, ddx, geometry)
        assert np.sum(dx * ddx) == np.sum(dy * ddy)


class TestAverage:
    def test_padding_does_not_count(self):
        x = np.array([[1, 2], [3, 10]], np.float32).reshape(1, 2, 2, 1)
        geometry = PoolGeometry.of(x.shape, (1, 2, 2, 1), (1, 1, 1, 1), "SAME")
        np.testing.assert_array_equal(avg_pool(x, geometry).ravel(), [4, 6, 6.5, 10])
        dy = np.array([4, 20, 200, 1000], np.float32).reshape(x.shape)
        dx = avg_pool_gradient(geometry, dy)
        np.testing.assert_array_equal(dx.ravel(), [1, 11, 101, 1 + 10 + 100 + 1000])

    @pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
    def test_dtypes(self, dtype):
        x = np.array([256, 1, 1, 1, 1, 0, 2, 4], dtype).reshape(1, 8, 1)
        geometry = PoolGeometry.of(x.shape, (1, 4, 1), (1, 4, 1), "VALID")
        y = avg_pool(x, geometry)
        assert y.dtype == dtype
        # Rounded once, at the end: in bfloat16 256 + 1 is 256.
        assert y.ravel().tolist() == [float(dtype(259 / 4)), 1.75]
        dx = avg_pool_gradient(geometry, np.array([4, 8], dtype).reshape(1, 2, 1))
        assert dx.dtype == dtype
        assert dx.ravel().tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


class TestArrays:
    @pytest.mark.parametrize(("taps", "stride"), [(2, 2), (3, 1), (1, 1)])
    def test_results_go_into_out_of_any_layout(self, taps, stride):
        geometry = PoolGeometry.of((2, 5, 6, 3), (1, taps, taps, 1), (1, stride, stride, 1), "SAME")
        x, dy = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.output_shape, 2)
        y = max_pool(x, geometry)
        calls = [
            (max_pool, (x, geometry), y.shape),
            (max_pool_gradient, (x, y, dy, geometry), x.shape),
            (max_pool_gradient_gradient, (x, y, x, geometry), y.shape),
            (avg_pool, (x, geometry), y.shape),
            (avg_pool_gradient, (geometry, dy), x.shape),
        ]
        for kernel, args, shape in calls:
            out = np.full(shape[::-1], nan).T
            assert kernel(*args, out=out) is out
            np.testing.assert_array_equal(out, kernel(*args))

    def test_arguments_may_have_any_layout_and_stay_as_they_are(self):
        geometry = PoolGeometry.of((2, 5, 6, 3), (1, 3, 2, 1), (1, 2, 1, 1), "SAME")
        x, dy = whole_numbers(geometry.input_shape, 1), whole_numbers(geometry.output_shape, 2)
        y = max_pool(x, geometry)
        for array in (x, y, dy):
            array.flags.writeable = False
        fx, fy, fdy = (np.asfortranarray(array) for array in (x, y, dy))
        for kernel, args, fargs in [
            (max_pool, (x, geometry), (fx, geometry)),
            (max_pool_gradient, (x, y, dy, geometry), (fx, fy, fdy, geometry)),
            (max_pool_gradient_gradient, (x, y, x, geometry), (fx, fy, fx, geometry)),
            (avg_pool, (x, geometry), (fx, geometry)),
            (avg_pool_gradient, (geometry, dy), (geometry, fdy)),
            (max_pool_with_argmax, (x, geometry), (fx, geometry)),
        ]:
            np.testing.assert_array_equal(kernel(*fargs), kernel(*args))

    def test_no_images(self):
        geometry = PoolGeometry.of((0, 5, 6, 3), (1, 3, 2, 1), (1, 2, 1, 1), "SAME")
        x = np.ones((0, 5, 6, 3), np.float32)
        y = max_pool(x, geometry)
        assert y.shape == (0, 3, 6, 3)
        assert max_pool_gradient(x, y, y, geometry).shape == x.shape
        assert max_pool_with_argmax(x, geometry)[1].shape == y.shape
        assert avg_pool_gradient(geometry, avg_pool(x, geometry)).shape == x.shape
