"""The page of a timeline, used as people do: pointing, clicking, dragging, typing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow.interop import protos
from graphflow.viz.activities import History
from graphflow.viz.timeline_page import timeline_page
from tests.unit.viz.test_timeline import BY_HAND, THREADS, stats_of

pytestmark = pytest.mark.browser


@pytest.fixture
def page(window: Any, tmp_path: Path) -> Any:
    """The timeline of four steps in an open window."""
    save_and_open(window, tmp_path, History(stats_of(BY_HAND, THREADS)))
    return window


def save_and_open(window: Any, folder: Path, history: History, **size: int) -> None:
    path = folder / "timeline.html"
    timeline_page(history, history.critical_path(), "Four steps").save(path)
    window.open(path, **size)


def ask(page: Any, text: str) -> Any:
    return page.script(f"return window.timeline.{text}")


def at(page: Any, name: str) -> Any:
    """A chain of actions that begins by moving the pointer to a box."""
    x, y = page.script("return window.timeline.place(arguments[0])", name)
    return _Chain(page, round(x), round(y))


class _Chain:
    """Actions of the mouse at a place in the window."""

    def __init__(self, page: Any, x: int, y: int) -> None:
        self._page = page
        self._chain = page.actions()
        self._chain.w3c_actions.pointer_action.move_to_location(x, y)

    def move(self) -> None:
        self._chain.perform()

    def click(self, times: int = 1) -> None:
        for _ in range(times):
            self._chain.w3c_actions.pointer_action.click()
        self._chain.perform()

    def drag(self, x: int) -> None:
        self._chain.click_and_hold().move_by_offset(x // 2, 0).move_by_offset(x - x // 2, 0)
        self._chain.release().perform()

    def wheel(self, by: int) -> None:
        self._chain.perform()
        origin = pytest.importorskip("selenium.webdriver.common.actions.wheel_input").ScrollOrigin
        canvas = self._page.find("#canvas")
        self._page.actions().scroll_from_origin(origin.from_element(canvas, 0, 0), 0, by).perform()


def keys(page: Any, text: str) -> None:
    page.actions().send_keys(text).perform()


def special(name: str) -> str:
    return str(getattr(pytest.importorskip("selenium.webdriver").Keys, name))


def test_the_numbers_are_at_the_top(page):
    assert page.find("#title").text == "Four steps"
    assert "4 steps in 160 µs on 2 threads" in page.find("#summary").text
    assert "critical path 140 µs (88%)" in page.find("#summary").text
    assert [item.text for item in page.all("#legend span")] == ["MatMul 72%", "Exp 22%", "Add 6%"]


def test_pointing_shows_facts_and_what_a_step_waited_for(page):
    at(page, "c").move()
    assert ask(page, "hovered()") == "c"
    tooltip = page.find("#tooltip")
    assert tooltip.is_displayed()
    assert tooltip.text.split("\n")[:2] == ["c (MatMul)", "50 µs + 90 µs"]
    before = pixels(page)
    at(page, "b").move()
    assert ask(page, "hovered()") == "b"
    assert pixels(page) != before


def pixels(page: Any) -> str:
    return str(page.script("return document.getElementById('canvas').toDataURL()"))


def test_a_click_keeps_a_step_and_its_causes_can_be_followed(page):
    at(page, "d").click()
    assert ask(page, "kept()") == "d"
    assert page.find("#details h2").text == "d"
    links = page.all("#details a")
    assert [link.text for link in links] == ["b", "c"]
    links[1].click()
    assert ask(page, "kept()") == "c"
    assert [link.text for link in page.all("#details a")] == ["a", "d"]
    keys(page, special("ESCAPE"))
    assert ask(page, "kept()") == ""


def test_the_wheel_zooms_and_dragging_moves(page):
    assert ask(page, "view()") == [0, 160]
    at(page, "c").wheel(-400)
    start, end = ask(page, "view()")
    assert end - start < 100
    at(page, "c").drag(200)
    moved, moved_end = ask(page, "view()")
    assert moved < start
    assert moved_end - moved == pytest.approx(end - start)
    assert ask(page, "kept()") == ""  # a drag is no click
    page.find("#fit").click()
    assert ask(page, "view()") == [0, 160]


def test_a_double_click_fills_the_width_with_a_step(page):
    at(page, "b").click(times=2)
    start, end = ask(page, "view()")
    assert (start, end) == pytest.approx((46, 94))


def test_keys_zoom_and_move(page):
    page.find("#canvas").click()
    keys(page, "+")
    start, end = ask(page, "view()")
    assert end - start == pytest.approx(160 * 0.7)
    keys(page, special("ARROW_RIGHT"))
    assert ask(page, "view()")[0] > start
    keys(page, "-")
    keys(page, "0")
    assert ask(page, "view()") == [0, 160]


def test_n_and_p_walk_along_the_critical_path(page):
    seen = []
    for key in "nnnp":
        keys(page, key)
        seen.append(ask(page, "kept()"))
    assert seen == ["a", "c", "d", "c"]


def test_search_by_name_and_type(page):
    keys(page, "/")
    keys(page, "matmul")
    assert page.find("#matches").text == "2 found"
    keys(page, special("ENTER"))
    assert page.find("#matches").text == "1 of 2"
    assert ask(page, "kept()") == "a"
    keys(page, special("ENTER"))
    assert ask(page, "kept()") == "c"
    page.find("#search").clear()
    page.find("#search").send_keys("nothing like it")
    assert page.find("#matches").text == "none found"
    page.find("#search").clear()
    page.all("#legend span")[1].click()
    assert page.find("#matches").text == "1 found"


def test_the_mark_of_the_critical_path_can_be_taken_away(page):
    before = pixels(page)
    page.find("#critical").click()
    assert pixels(page) != before
    page.find("#critical").click()
    assert pixels(page) == before


def test_twenty_thousand_steps(window, tmp_path):
    rows = [
        (f"scope/n{i}", f"scope/n{i} = Exp(scope/n{i - 2})", i % 2, i * 3, i * 3 + 5)
        for i in range(20_000)
    ]
    save_and_open(window, tmp_path, History(stats_of(rows, THREADS)), width=900, height=600)
    took = window.script(
        "const start = performance.now();"
        "for (let i = 0; i < 10; i++) document.getElementById('in').click();"
        "return performance.now() - start;"
    )
    assert took < 5000  # milliseconds; a page that draws every box takes far longer
    window.find("#search").send_keys("n12345" + special("ENTER"))
    assert ask(window, "kept()") == "scope/n12345"
    start, end = ask(window, "view()")
    assert start <= 12_345 * 3 <= end


def test_a_single_step(window, tmp_path):
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/device:CPU:0")
    device.node_stats.add(node_name="only", timeline_label="only = NoOp()", all_start_micros=5)
    save_and_open(window, tmp_path, History(stats))
    assert "1 step in 0 µs" in window.find("#summary").text
    keys(window, "+")
