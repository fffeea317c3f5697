"""Pooling by compiled loops gives what numpy gives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler, obey_environment
from graphflow.core.parallel import granted
from graphflow.ops.kernels import pool as by_taps, quickest_pool
from graphflow.ops.kernels.pool import PoolGeometry
from graphflow.runtime.threads import ThreadPool

# input, window, strides, padding, rates
SHAPES = {
    "halves": ((3, 8, 6, 16), (2, 2), (2, 2), "SAME", (1, 1)),
    "overlapping": ((2, 9, 7, 5), (3, 2), (2, 1), "SAME", (1, 1)),
    "valid": ((2, 9, 7, 35), (3, 4), (2, 3), "VALID", (1, 1)),
    "gaps": ((2, 9, 8, 3), (2, 1), (3, 2), "SAME", (1, 1)),
    "rates": ((1, 9, 8, 17), (2, 3), (1, 1), "VALID", (3, 2)),
    "everything": ((2, 5, 4, 24), (5, 4), (1, 1), "VALID", (1, 1)),
    "one channel": ((2, 6, 7, 1), (3, 3), (1, 2), "SAME", (1, 1)),
}


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch):
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", -1.0)


def geometry_of(name: str) -> PoolGeometry:
    shape, window, strides, padding, rates = SHAPES[name]
    return PoolGeometry.of(shape, (1, *window, 1), (1, *strides, 1), padding, (1, *rates, 1))


def compiled(function, *args):
    """What a function gives once its loops are compiled."""
    function(*args)
    compiler().submit(int).result()
    return function(*args)


def small_integers(shape) -> np.ndarray:
    """Numbers among which there are equal ones."""
    return np.random.RandomState(5).randint(-3, 4, shape).astype(np.float32)


@pytest.mark.parametrize("name", SHAPES)
def test_all_four_are_those_of_numpy(name: str):
    geometry = geometry_of(name)
    x = small_integers(geometry.input_shape)
    dy = np.random.RandomState(6).normal(size=geometry.output_shape).astype(np.float32)
    for array in (x, dy):
        array.setflags(write=False)
    y = compiled(quickest_pool.max_pool, x, geometry)
    np.testing.assert_array_equal(y, by_taps.max_pool(x, geometry))
    dx = compiled(quickest_pool.max_pool_gradient, x, y, dy, geometry)
    expected = by_taps.max_pool_gradient(x, y, dy, geometry)
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-6)
    mean = compiled(quickest_pool.avg_pool, x, geometry)
    np.testing.assert_allclose(mean, by_taps.avg_pool(x, geometry), rtol=1e-5, atol=1e-6)
    dx = compiled(quickest_pool.avg_pool_gradient, geometry, dy)
    expected = by_taps.avg_pool_gradient(geometry, dy)
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["overlapping", "valid"])
def test_nan_and_infinity(name: str):
    geometry = geometry_of(name)
    x = small_integers(geometry.input_shape)
    random = np.random.RandomState(7)
    for value in (np.nan, np.inf, -np.inf):
        x[random.uniform(size=x.shape) < 0.3] = value
    x[0, :3, :4, 0], x[-1, :3, :4, 1] = np.nan, -np.inf
    dy = random.randint(1, 9, geometry.output_shape).astype(np.float32)
    y = compiled(quickest_pool.max_pool, x, geometry)
    np.testing.assert_array_equal(y, by_taps.max_pool(x, geometry))
    dx = compiled(quickest_pool.max_pool_gradient, x, y, dy, geometry)
    np.testing.assert_array_equal(dx, by_taps.max_pool_gradient(x, y, dy, geometry))


def test_any_number_of_threads_gives_the_same_bits():
    geometry = PoolGeometry.of((32, 28, 28, 24), (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
    x = small_integers(geometry.input_shape)
    y = compiled(quickest_pool.max_pool, x, geometry)
    dy = np.random.RandomState(6).normal(size=geometry.output_shape).astype(np.float32)
    compiled(quickest_pool.max_pool_gradient, x, y, dy, geometry)
    results = []
    for threads in (1, 2, 4):
        pool = ThreadPool(threads - 1)
        with granted(pool):
            results.append(quickest_pool.max_pool_gradient(x, y, dy, geometry))
            np.testing.assert_array_equal(quickest_pool.max_pool(x, geometry), y)
        pool.close()
    for one, other in itertools.pairwise(results):
        np.testing.assert_array_equal(one, other)


def test_numpy_serves_when_compilation_is_off(monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    geometry = geometry_of("overlapping")
    x = small_integers(geometry.input_shape)
    ours = quickest_pool.avg_pool(x, geometry)
    np.testing.assert_array_equal(ours, by_taps.avg_pool(x, geometry))


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32])
def test_other_dtypes_are_for_numpy(dtype):
    geometry = geometry_of("overlapping")
    x = small_integers(geometry.input_shape).astype(dtype)
    y = quickest_pool.max_pool(x, geometry)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, by_taps.max_pool(x, geometry))


def test_gradients_of_a_graph():
    images = tf.constant(small_integers((2, 7, 6, 9)))
    y = tf.nn.max_pool(images, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")
    z = tf.nn.avg_pool(y, [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    gradient = tf.gradients(z * z, images)[0]
    with tf.Session() as session:
        before = session.run([z, gradient])
        compiler().submit(int).result()
        after = session.run([z, gradient])
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
