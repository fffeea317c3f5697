"""Places for results in one stretch of memory."""

from __future__ import annotations

from hypothesis import given, strategies as st

from graphflow.compiler.memory import ALIGNMENT, Life, lay_out


def test_a_place_is_used_again_once_its_result_is_not_needed() -> None:
    layout = lay_out([Life(100, 0, 1), Life(100, 1, 2), Life(100, 2, 3)])
    assert layout.offsets == [0, 128, 0]
    assert layout.size == 256


def test_a_result_takes_over_the_place_of_an_input_that_ends_with_its_step() -> None:
    layout = lay_out([Life(100, 0, 1), Life(100, 1, 2, successor_of=0), Life(100, 2, 3)])
    assert layout.offsets == [0, 0, 128]


def test_no_place_is_taken_over_from_a_result_that_is_still_read() -> None:
    layout = lay_out([Life(100, 0, 2), Life(100, 1, 2, successor_of=0)])
    assert layout.offsets == [0, 128]


def test_of_two_that_want_a_place_one_gets_it() -> None:
    lives = [Life(64, 0, 1), Life(64, 1, 3, successor_of=0), Life(64, 1, 3, successor_of=0)]
    assert lay_out(lives).offsets == [0, 0, 64]


def test_a_free_place_grows_for_a_larger_result() -> None:
    assert lay_out([Life(10, 0, 0), Life(1000, 1, 2)]).size == 1024


@st.composite
def _lives(draw: st.DrawFn) -> list[Life]:
    lives: list[Life] = []
    first = 0
    for number in range(draw(st.integers(0, 25))):
        first += draw(st.integers(0, 2))
        before = draw(st.none() | st.integers(0, number - 1)) if number else None
        last = first + draw(st.integers(0, 6))
        lives.append(Life(draw(st.integers(1, 300)), first, last, before))
    return lives


@given(_lives())
def test_results_in_use_at_the_same_time_do_not_overlap(lives: list[Life]) -> None:
    layout = lay_out(lives)
    for number, (life, start) in enumerate(zip(lives, layout.offsets, strict=True)):
        assert start % ALIGNMENT == 0
        assert start + life.size <= layout.size
        for earlier, other in zip(range(number), layout.offsets, strict=False):
            before = lives[earlier]
            if before.last < life.first or start + life.size <= other:
                continue
            if other + before.size <= start:
                continue
            # Both are in use and overlap: then one takes over the other's place as it ends.
            assert life.successor_of == earlier
            assert before.last == life.first
