"""The compiled loops for distinct values and for sums of segments do what numpy does."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from graphflow.core.dtypes import int32, int64
from graphflow.core.jit import compiler, obey_environment
from graphflow.ops.kernels import combine, compiled, distinct, segments


@pytest.fixture(scope="module")
def machine_code() -> Any:
    """Compile the loops for int32 and float32."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHFLOW_JIT", "1")
        obey_environment()
        patch.setattr(compiled, "_WORTH_IT", 0.0)
        values = np.int32([5, 3, 5])
        for _ in range(2):
            for index in (int32, int64):
                distinct.distinct(values, 0, index)
            segments.sum_rows(np.ones((3, 2), np.float32), values, 6)
            compiler().submit(lambda: None).result()
        assert distinct.find_distinct.code(("i", "i", True)) is not None
        assert segments._add_rows.code(("f", "i", True, True)) is not None
        yield


_INTEGERS = st.one_of(
    st.integers(-3, 3), st.integers(-(2**31), 2**31 - 1), st.integers(-8, 7).map(lambda n: n << 28)
)


@given(st.lists(_INTEGERS, max_size=200), st.sampled_from([int32, int64]))
@settings(max_examples=60, deadline=None)
@pytest.mark.usefixtures("machine_code")
def test_distinct_values_in_order_of_appearance(values: list[int], index: Any) -> None:
    x = np.asarray(values, np.int32)
    for found, expected in zip(
        distinct.distinct(x, 0, index), distinct._from_sorted(x, 0, index), strict=True
    ):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("machine_code")
def test_distinct_values_are_an_array_of_their_own() -> None:
    x = np.int32([7, 7, 2, 7])
    y, positions, counts = distinct.distinct(x, 0, int32)
    assert (y.tolist(), positions.tolist(), counts.tolist()) == ([7, 2], [0, 0, 1, 0], [3, 1])
    assert y.base is None


@given(
    arrays.arrays(np.float32, (9, 4), elements=st.floats(-(2.0**20), 2.0**20, width=32)),
    st.lists(st.integers(0, 5), min_size=9, max_size=9),
    st.sampled_from([(9,), (9, 1), (9, 2), (9, 2, 2)]),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.usefixtures("machine_code")
def test_sums_of_segments_have_the_same_bits(rows: Any, ids: list[int], shape: Any) -> None:
    rows = rows[:, : int(np.prod(shape[1:]))].reshape(shape)
    places = np.asarray(ids, np.int32)
    found = segments.sum_rows(rows, places, 6)
    expected = np.zeros((6, *shape[1:]), np.float32)
    np.add.at(expected, places, rows)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("is_subtracted", [False, True])
@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 2)])
def test_rows_move_by_the_same_bits(
    is_subtracted: bool, shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.RandomState(3)
    start, rows = random.normal(size=shape).astype(np.float32), np.int32([4, 0, 4, 2, 4, 0, 5])
    slices = random.normal(size=(7, *shape[1:])).astype(np.float32)

    def moved() -> Any:
        target = start.copy()
        combine.add_to_rows(target, rows, slices, is_subtracted)
        return target

    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    expected = moved()
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    monkeypatch.setattr(compiled, "_WORTH_IT", 0.0)
    for _ in range(3):
        assert moved().tobytes() == expected.tobytes()
        compiler().submit(lambda: None).result()
    assert combine._move.code(("f", "i", True, True)) is not None
    by_hand = start.copy()
    np.add.at(by_hand, rows, -slices if is_subtracted else slices)
    np.testing.assert_allclose(expected, by_hand, rtol=1e-5, atol=1e-6)
