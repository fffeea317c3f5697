"""Philox in machine code gives the bits of numpy's version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from graphflow.core.jit import obey_environment
from graphflow.ops.kernels.philox import Philox, Stream, uniform
from graphflow.ops.kernels.philox_loops import fill_samples

_EXAMPLE = (
    np.zeros(2, np.uint64), np.uint64(0), np.uint64(0), np.zeros((10, 2), np.uint32),
    np.zeros(8, np.uint32), False,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    fill_samples.compile(None, _EXAMPLE)
    assert fill_samples.code(None) is not None


@settings(deadline=None)
@given(
    key=st.integers(0, 2**64 - 1),
    counter=st.integers(0, 2**128 - 1) | st.integers(2**128 - 5, 2**128 - 1),
    places=st.lists(st.integers(0, 2**40), max_size=20),
)
def test_the_samples_are_those_of_numpy(key: int, counter: int, places: list[int]) -> None:
    stream, where = Stream(key, counter), np.asarray(places, np.uint64)
    expected = np.zeros((len(places), 4), np.uint32)
    stream._fill_samples(where, expected)
    np.testing.assert_array_equal(stream.words(where), expected.T)


def test_the_counter_is_carried_into_its_upper_half() -> None:
    stream = Stream(7, (3 << 64) | (2**64 - 1))
    expected = np.zeros((2, 4), np.uint32)
    stream._fill_samples(np.asarray([0, 1], np.uint64), expected)
    np.testing.assert_array_equal(stream.words(np.asarray([0, 1])), expected.T)
    np.testing.assert_array_equal(Stream(7, 4 << 64).words(np.asarray([0])), expected[1:].T)


@pytest.mark.parametrize("shape", [(), (3,), (4, 5), (32768,), (3, 32768 + 3), (700_001,)])
def test_uniform_deviates_are_those_of_numpy(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = uniform(Philox(5, 6), shape, np.float32)
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    expected = uniform(Philox(5, 6), shape, np.float32)
    np.testing.assert_array_equal(found, expected)
    assert found.shape == shape


def test_documented_numbers_come_out() -> None:
    # The first of those that TensorFlow draws with these seeds.
    found = uniform(Philox(87654321, 7), (2,), np.float32)
    np.testing.assert_array_equal(found, np.asarray([0.48394096, 0.50620306], np.float32))
