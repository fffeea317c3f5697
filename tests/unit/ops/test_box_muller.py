"""The normal deviates' logarithm, sine and cosine, for every argument that can occur.

The digests are of the results of glibc 2.36 on x86-64, which TensorFlow's wheels call.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphflow.ops.kernels.box_muller import (
    LEAST_UNIFORM,
    by_libm,
    normals32,
    normals64,
    radius,
    sine_cosine,
    unit_float32,
    unit_float64,
)


@pytest.fixture(scope="module")
def every_uniform() -> NDArray[np.float32]:
    """All uniform deviates, in pieces that fit into the cache."""
    return unit_float32(np.arange(1 << 23, dtype=np.uint32)).reshape(-1, 1 << 14)


def _digest(arrays: Iterable[NDArray[Any]]) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def test_unit_float32_is_exact(every_uniform: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(every_uniform.ravel() * 2.0**23, np.arange(1 << 23))


def test_unit_floats_take_the_low_bits() -> None:
    assert unit_float32(np.array([0xFF800001], np.uint32)).tolist() == [2.0**-23]
    words = np.array([0xFFF00001], np.uint32), np.array([0x80000000], np.uint32)
    assert unit_float64(*words).tolist() == [2.0**-20 + 2.0**-21]


def test_radius(every_uniform: NDArray[np.float32]) -> None:
    least = np.float32(LEAST_UNIFORM)
    assert _digest([radius(np.maximum(u, least)) for u in every_uniform]) == "fdc535262631687f"


def test_sine_and_cosine(every_uniform: NDArray[np.float32]) -> None:
    turn = 2 * math.pi
    results = [sine_cosine((turn * u.astype("f8")).astype("f4")) for u in every_uniform]
    sines, cosines = zip(*results, strict=True)
    assert _digest(sines) == "c718616d24ba03d8"
    assert _digest(cosines) == "b085eb29bc0360f2"


def test_results_are_next_to_the_exact_ones() -> None:
    u = np.linspace(LEAST_UNIFORM, 1, 100_003, dtype=np.float32)
    exact = u.astype(np.float64)
    np.testing.assert_array_max_ulp(radius(u), np.sqrt(-2 * np.log(exact)).astype("f4"), 1)
    sine, cosine = sine_cosine(np.float32(6.28) * u)
    angle = (np.float32(6.28) * u).astype(np.float64)
    np.testing.assert_array_max_ulp(sine, np.sin(angle).astype("f4"), 1)
    np.testing.assert_array_max_ulp(cosine, np.cos(angle).astype("f4"), 1)


def test_normals32_are_points_in_polar_coordinates() -> None:
    words = np.array([[0], [1 << 21], [1 << 22], [1 << 22]], np.uint32)
    largest = math.sqrt(-2 * math.log(1e-7))
    expected = [largest, 0, 0, -math.sqrt(2 * math.log(2))]
    np.testing.assert_allclose(normals32(words)[:, 0], expected, atol=1e-6)


def test_normals64_are_points_in_polar_coordinates() -> None:
    words = np.array([[0], [0], [1 << 18], [0]], np.uint32)
    expected = [math.sqrt(-2 * math.log(1e-7)), 0]
    np.testing.assert_allclose(normals64(words)[:, 0], expected, atol=1e-14)


def test_by_libm() -> None:
    x = np.array([0.3, 2.5])
    assert by_libm(math.lgamma, x).tolist() == [math.lgamma(0.3), math.lgamma(2.5)]
    assert by_libm(math.log, np.empty(0)).shape == (0,)
