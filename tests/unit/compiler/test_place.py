"""Places of elements in one-dimensional arrays are those of numpy's views."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings, strategies as st

from graphflow.compiler.native.place import Place, contiguous, merge_axes, overlap, place_at

_SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def _read(place: Place, array: Any) -> Any:
    return array[place.positions()]


@settings(deadline=None)
@given(_SHAPES)
def test_a_contiguous_place_is_a_reshaped_part(shape: tuple[int, ...]) -> None:
    array = np.arange(1000, 1300)
    place = contiguous("f32", shape, 7)
    np.testing.assert_array_equal(_read(place, array), array[7 : 7 + place.size].reshape(shape))
    assert place.is_contiguous or 0 in shape


def test_parts_are_those_of_arrays() -> None:
    array = np.arange(24)
    place = contiguous("f32", (2, 3, 4))
    whole = array.reshape(2, 3, 4)
    np.testing.assert_array_equal(_read(place.part(1, 1, 2), array), whole[:, 1:3])
    np.testing.assert_array_equal(_read(place.at(2, 3), array), whole[:, :, 3])
    np.testing.assert_array_equal(_read(place.swapped(), array), whole.swapaxes(1, 2))
    np.testing.assert_array_equal(
        _read(place.at(0, 1).broadcast((2, 3, 4)), array), np.broadcast_to(whole[1], (2, 3, 4))
    )


def test_irregular_positions_have_no_place() -> None:
    assert place_at("f32", np.asarray([0, 1, 3])) is None
    assert place_at("f32", np.asarray([[0, 1], [0, 2]])) is None


@settings(deadline=None)
@given(_SHAPES, st.data())
def test_regular_positions_have_the_place_that_they_came_from(
    shape: tuple[int, ...], data: st.DataObject
) -> None:
    strides = tuple(data.draw(st.integers(-5, 9)) for _ in shape)
    place = Place("i64", shape, strides, 60)
    found = place_at("i64", place.positions())
    assert found is not None
    np.testing.assert_array_equal(found.positions(), place.positions())


@settings(deadline=None)
@given(_SHAPES.filter(lambda shape: 0 not in shape), st.data())
def test_merged_axes_walk_through_the_same_elements(
    shape: tuple[int, ...], data: st.DataObject
) -> None:
    places = [
        Place("f32", shape, tuple(data.draw(st.integers(0, 6)) for _ in shape), 3),
        contiguous("f32", shape),
    ]
    sizes, strides = merge_axes(shape, [place.strides for place in places])
    assert 1 not in sizes
    for place, steps in zip(places, strides, strict=True):
        merged = Place("f32", tuple(sizes), steps, place.offset)
        np.testing.assert_array_equal(merged.positions().ravel(), place.positions().ravel())


def test_the_text_of_an_element_leaves_out_what_is_zero() -> None:
    place = Place("f32", (2, 3, 4), (12, 0, 1), 5)
    assert place.element("i0", "i1", "i2") == "f32[5 + i0 * 12 + i2]"
    assert contiguous("b8", (2, 3)).element("0", "0") == "b8[0]"
    assert Place("f32", (3,), (-1,), 2).element("i0") == "f32[2 + i0 * -1]"


def test_places_overlap_where_their_elements_may() -> None:
    first = contiguous("f32", (4, 2))
    assert overlap(first, contiguous("f32", (2,), 7))
    assert not overlap(first, contiguous("f32", (2,), 8))
    assert not overlap(first, contiguous("f64", (2,), 0))
    assert not overlap(first, contiguous("f32", (0,), 3))
    assert overlap(Place("f32", (3,), (-2,), 12), contiguous("f32", (1,), 9))
