"""The page of a graph, used as people do: clicks, wheel, dragging, keys, search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.viz import show

pytestmark = pytest.mark.browser
keys = pytest.importorskip("selenium.webdriver.common.keys").Keys


def convolutional_net() -> tuple[Any, ...]:
    """Build a net for MNIST with gradients, Adam, saver and summaries: over 500 operations."""
    images = tf.placeholder(tf.float32, [None, 28, 28, 1], name="images")
    labels = tf.placeholder(tf.float32, [None, 10], name="labels")
    keep = tf.placeholder_with_default(1.0, [], name="keep_prob")
    x = images
    for number, (channels, stride) in enumerate([(6, 1), (12, 2), (24, 2)], start=1):
        x = tf.layers.conv2d(
            x, channels, 5, stride, "same", activation=tf.nn.relu, name=f"convolution{number}"
        )
    x = tf.layers.dense(tf.layers.flatten(x), 200, tf.nn.relu, name="dense")
    x = tf.nn.dropout(x, rate=1 - keep, name="dropout")
    logits = tf.layers.dense(x, 10, name="digits")
    with tf.name_scope("loss"):
        errors = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
        loss = tf.reduce_mean(errors)
    with tf.name_scope("accuracy"):
        right = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.003, step, 1000, 0.5)
    train = tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
    initializer = tf.global_variables_initializer()
    tf.train.Saver()
    for name, value in (("loss", loss), ("accuracy", accuracy)):
        tf.summary.scalar(name, value)
    with tf.name_scope("norms"):
        for variable in tf.trainable_variables():
            tf.summary.scalar(variable.op.name, tf.norm(variable))
    tf.summary.merge_all()
    return images, labels, train, initializer


def traced_page(path: Path) -> int:
    """Save the page of the net with a traced step; return how many operations it has."""
    with tf.Graph().as_default() as graph:
        images, labels, train, initializer = convolutional_net()
        feeds = {images: np.ones([3, 28, 28, 1]), labels: np.eye(10)[[2, 7, 1]]}
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        with tf.Session() as session:
            session.run(initializer)
            session.run(train, feeds, options=options, run_metadata=metadata)
        show(graph, trace=metadata, title="A net for digits").save(path)
        return len(graph.get_operations())


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("page") / "graph.html"
    return path, traced_page(path)


@pytest.fixture
def page(window: Any, saved: tuple[Path, int]) -> Any:
    window.open(saved[0])
    return Used(window)


class Used:
    """The page in the hands of somebody."""

    def __init__(self, window: Any) -> None:
        self.window = window

    def item(self, name: str) -> Any:
        return self.window.find(f'.item[data-name="{name}"]')

    def names(self) -> set[str]:
        return {one.get_attribute("data-name") for one in self.window.all(".item")}

    def click(self, name: str) -> None:
        title = self.item(name).find_element("css selector", ".title")
        self.window.actions().click(title).perform()

    def double_click(self, name: str) -> None:
        title = self.item(name).find_element("css selector", ".title")
        self.window.actions().double_click(title).perform()

    def click_handle(self, name: str) -> None:
        handle = self.item(name).find_element("css selector", ".handle circle")
        self.window.actions().click(handle).perform()

    def press(self, *keys_: str) -> None:
        self.window.actions().send_keys(*keys_).perform()

    def button(self, text: str) -> Any:
        (one,) = [one for one in self.window.all("button") if one.text == text]
        return one

    def details(self) -> str:
        return str(self.window.find("#details").text)

    def title(self) -> str:
        return str(self.window.find("#details h2").text)

    def place(self) -> tuple[float, float, float]:
        text = self.window.find("#scene").get_attribute("transform")
        x, y, scale = re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+)\)", text).groups()
        return float(x), float(y), float(scale)

    def search(self, text: str, *more: str) -> None:
        field = self.window.find("#search")
        field.clear()
        field.send_keys(text, *more)

    def colour(self, name: str) -> None:
        self.window.find(f'#colouring option[value="{name}"]').click()

    def fill(self, name: str) -> str:
        shape = self.item(name).find_elements("css selector", ".shape-of")[0]
        return str(shape.value_of_css_property("fill"))


def test_the_first_picture(page, saved):
    assert saved[1] > 500
    assert page.title() == "A net for digits"
    assert f"{saved[1]} operations" in page.details()
    assert {"images", "labels", "convolution1", "dense", "loss", "gradients", "Adam", "save"} <= (
        page.names()
    )
    assert "convolution1/Conv2D" not in page.names()


def test_scopes_open_and_close(page):
    page.double_click("convolution1")
    assert {"convolution1/Conv2D", "convolution1/Relu"} <= page.names()
    assert page.item("convolution1").get_attribute("aria-expanded") == "true"
    page.double_click("convolution1")
    assert "convolution1/Conv2D" not in page.names()

    page.click_handle("convolution2")
    page.click_handle("convolution2/kernel")
    assert {"convolution2/kernel", "convolution2/kernel/read"} <= page.names()
    page.click_handle("convolution2")
    assert not any(name.startswith("convolution2/") for name in page.names())


def test_a_scope_stays_where_it_is_while_it_opens(page):
    before = page.item("dense").find_element("css selector", ".title").rect
    page.click_handle("dense")
    after = page.item("dense").find_element("css selector", ".title").rect
    assert abs(before["y"] - after["y"]) < 30


def test_all_scopes_open_and_close(page, saved):
    page.button("Open all").click()
    assert len(page.names()) > saved[1] / 2  # constants stand beside what they belong to
    page.button("Close all").click()
    assert len(page.names()) < 40


def test_search_finds_an_operation_in_closed_scopes(page):
    page.search("convolution3/relu", keys.ENTER)
    assert page.title() in {"convolution3/Relu", "gradients/convolution3/Relu_grad"}
    page.search("/^convolution3.relu$/", keys.ENTER)
    assert page.title() == "convolution3/Relu"
    assert "selected" in page.item("convolution3/Relu").get_attribute("class").split()


def test_search_goes_from_hit_to_hit(page):
    page.search("softmaxcrossentropy")  # a type
    assert len(page.window.all("#hits li")) >= 1
    page.search("/^convolution\\d$/", keys.ENTER)
    assert page.title() == "convolution1"
    page.window.find("#search").send_keys(keys.ENTER)
    assert page.title() == "convolution2"
    page.window.find("#search").send_keys(keys.ARROW_UP)
    assert page.title() == "convolution1"


def test_search_tells_if_there_is_nothing(page):
    page.search("no such thing")
    assert page.window.find("#hits").text == "nothing found"
    page.search("/(unfinished")
    assert page.window.find("#hits").text == "nothing found"


def test_search_of_a_constant_draws_it(page):
    page.search("/^accuracy.argmax.dimension$/", keys.ENTER)
    assert page.title().lower() == "accuracy/argmax/dimension"
    assert page.title() in page.names()


def test_inspector_tells_all_about_an_operation(page):
    page.search("/^convolution2.Conv2D$/", keys.ENTER)
    text = page.details()
    assert "Conv2D" in text
    assert "test_graph_page.py" in text  # the line that made it
    assert re.search(r"float32 \(\?, 14, 14, 12\)", text)
    assert re.search(r"padding\s+SAME", text)
    assert re.search(r"time\s+[\d.]+ (µs|ms|s)", text)
    assert re.search(r"memory\s+28.2 kB", text)  # 3 * 14 * 14 * 12 * 4 bytes
    page.button("convolution1/Relu:0").click()
    assert page.title() == "convolution1/Relu"


def test_inspector_counts_what_a_scope_holds(page):
    page.click("accuracy")
    text = page.details()
    assert re.search(r"ArgMax\s+2", text)
    assert "TENSORS IN (2)" in text
    assert "labels:0" in text


def test_a_click_shows_what_a_fetch_needs(page, saved):
    page.click("convolution2")
    assert f"of {saved[1]} operations" in page.details()
    needed = {one.get_attribute("data-name") for one in page.window.all(".item.needed:not(.open)")}
    assert {"images", "convolution1", "convolution2"} <= needed
    assert not needed & {"labels", "convolution3", "dense", "loss"}
    faint = page.item("dense").value_of_css_property("opacity")
    assert float(faint) < 0.5
    page.press(keys.ESCAPE)
    assert page.window.all(".highlights") == []


def test_needs_are_those_of_the_session(window, tmp_path):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.placeholder(tf.float32, [2], name="unused")
    with tf.control_dependencies([tf.no_op(name="before")]):
        y = tf.add(x, 1.0, name="y")
    tf.square(y, name="later")
    show(title="needs").save(tmp_path / "page.html")
    window.open(tmp_path / "page.html")
    used = Used(window)
    used.click("y")
    assert "runs 4 of 6 operations" in used.details()  # x, before, y and its constant
    assert "It must be fed: x." in used.details()


def test_gradients_stand_aside_and_can_be_put_back(page):
    aside = page.window.find(".aside").rect
    for name in ("gradients", "Adam", "save", "init"):
        assert page.item(name).rect["x"] >= aside["x"]
    assert page.item("convolution1").rect["x"] < aside["x"]
    edges = len(page.window.all(".edge"))
    page.click("gradients")
    page.button("Put into the flow").click()
    assert len(page.window.all(".edge")) > edges
    page.button("Pull aside").click()
    assert len(page.window.all(".edge")) == edges


def test_a_mark_leads_to_what_it_stands_for(page):
    mark = page.window.find(".mark rect")
    page.window.actions().click(mark).perform()
    assert page.title() in {"gradients", "init", "save", "Adam", "keep_prob"}


def test_edges_tell_their_tensors(page):
    labels = {one.text for one in page.window.all(".edge .shape")}
    assert "(?, 28, 28, 6)" in labels
    titles = [one.get_attribute("textContent") for one in page.window.all(".edge title")]
    assert any("convolution1/Relu:0  float32 (?, 28, 28, 6)" in title for title in titles)
    thickness = {
        one.find_element("css selector", ".shape").text: float(
            one.find_element("css selector", ".line").get_attribute("stroke-width")
        )
        for one in page.window.all(".edge")
        if one.find_elements("css selector", ".shape")
    }
    assert thickness["(?, 28, 28, 6)"] > thickness["(?, 10)"]


def test_wheel_zooms_at_the_pointer(page):
    canvas = page.window.find("#canvas")
    before = page.item("loss").find_element("css selector", ".title").rect
    origin = pytest.importorskip("selenium.webdriver.common.actions.wheel_input").ScrollOrigin
    scroll = origin.from_element(page.item("loss").find_element("css selector", ".title"))
    scale = page.place()[2]
    page.window.actions().scroll_from_origin(scroll, 0, -300).perform()
    after = page.item("loss").find_element("css selector", ".title").rect
    assert page.place()[2] > 1.3 * scale
    assert abs(before["x"] + before["width"] / 2 - after["x"] - after["width"] / 2) < 6
    assert canvas.rect["width"] > 500


def test_dragging_moves_the_picture_and_selects_nothing(page):
    x, y, scale = page.place()
    chain = page.window.actions().move_to_element(page.window.find("#canvas"))
    chain.move_by_offset(-480, 250).click_and_hold().move_by_offset(40, -25).move_by_offset(30, 5)
    chain.release().perform()
    moved = page.place()
    assert moved[0] - x == pytest.approx(70, abs=2)
    assert moved[1] - y == pytest.approx(-20, abs=2)
    assert moved[2] == scale
    assert page.title() == "A net for digits"


def test_keys_do_what_the_mouse_does(page):
    start = page.place()
    page.press("+")
    assert page.place()[2] > start[2]
    page.press(keys.ARROW_LEFT)
    page.press("0")
    assert page.place() == pytest.approx(start)
    page.press("/")
    assert page.window.browser.switch_to.active_element.get_attribute("id") == "search"
    page.press(keys.ESCAPE)
    page.window.script("arguments[0].focus()", page.item("dense"))
    page.press(keys.ENTER)
    assert page.title() == "dense"
    page.press(keys.ENTER)
    assert "dense/MatMul" in page.names()


def test_colours_tell_kind_structure_device_time_and_memory(page):
    options = [one.text for one in page.window.all("#colouring option")]
    assert options == ["kind", "structure", "device", "time", "memory"]
    assert page.fill("gradients") != page.fill("loss")
    page.colour("structure")
    assert page.fill("convolution2") == page.fill("convolution3")
    assert page.fill("convolution2") != page.fill("dense")
    page.colour("device")
    assert len(page.window.all("#legend li")) >= 1
    page.colour("time")
    assert re.search(r"in all; dark takes most of it", page.window.find("#legend").text)
    assert page.fill("gradients") != page.fill("accuracy")  # which did not run


def test_bodies_of_loops_can_be_seen(window, tmp_path):
    tf.while_loop(
        lambda i, y: i < 5, lambda i, y: (i + 1, tf.sin(y, name="wave")), (0, 3.0), name="loop"
    )
    show(title="A loop").save(tmp_path / "page.html")
    window.open(tmp_path / "page.html")
    used = Used(window)
    loop = next(name for name in used.names() if name.startswith("loop"))
    used.search("/while$/", keys.ENTER)
    assert loop in used.title()
    (body,) = [one for one in window.all("#details button") if "body" in one.text]
    body.click()
    used.search("wave", keys.ENTER)
    assert used.title().endswith("wave")
    used.window.find("#graphs option").click()
    assert used.title() == "A loop"


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (700, 900)])
def test_all_is_seen_at_first(window, saved, width, height):
    window.open(saved[0], width, height)
    canvas = window.find("#canvas").rect
    for one in window.all(".item"):
        rect = one.rect
        assert canvas["x"] <= rect["x"]
        assert rect["x"] + rect["width"] <= canvas["x"] + canvas["width"] + 1
        assert rect["y"] + rect["height"] <= canvas["y"] + canvas["height"] + 1
    assert window.script("return document.documentElement.scrollWidth") <= width


def test_a_tensor_is_selected_in_its_graph(window, tmp_path):
    with tf.name_scope("inner"):
        y = tf.square(tf.placeholder(tf.float32, [2]), name="y")
    show(y).save(tmp_path / "page.html")
    window.open(tmp_path / "page.html")
    assert Used(window).title() == "inner/y"


def test_the_page_within_a_notebook(window, tmp_path):
    x = tf.placeholder(tf.float32, [2], name="x")
    page = show(tf.square(x, name="y"))
    text = f"<!DOCTYPE html><html><body>{page._repr_html_()}</body></html>"
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    window.open(tmp_path / "notebook.html")
    window.browser.switch_to.frame(window.find("iframe"))
    used = Used(window)
    used.click("y")
    assert used.title() == "y"
    window.browser.switch_to.default_content()


def chain() -> None:
    x = tf.constant(1.0)
    for _ in range(5000):
        x = x + 1.0


def fan() -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    tf.add_n([tf.square(x, name="wide") for _ in range(5000)], name="sum")


def one_operation() -> None:
    tf.constant(3.0, name="only")


def nothing() -> None:
    pass


@pytest.mark.parametrize("build", [nothing, one_operation, chain, fan])
def test_graphs_of_all_sizes(window, tmp_path, build):
    with tf.Graph().as_default() as graph:
        build()
        show(graph).save(tmp_path / "größe & <more>.html")
    window.open(tmp_path / "größe & <more>.html")
    assert len(window.all(".item")) == min(len(graph.get_operations()), len(window.all(".item")))
    assert len(window.all(".item")) < 200
    used = Used(window)
    if build is chain:
        used.search("/^add_4321$/", keys.ENTER)
        assert used.title() == "add_4321"
        assert "runs 8645 of 10001 operations" in used.details()  # 4,322 sums of constants
