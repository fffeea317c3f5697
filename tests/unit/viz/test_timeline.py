"""Timelines: what happened on which thread, in numbers worked out by hand, and drawn."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from PIL import Image

import graphflow as tf
from graphflow.interop import protos
from graphflow.runtime.trace import Trace
from graphflow.viz import shapes
from graphflow.viz.activities import History, history_of
from graphflow.viz.timeline_page import timeline_page
from graphflow.viz.timeline_picture import TimelinePicture

FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
SVG = "{http://www.w3.org/2000/svg}"


def stats_of(rows: list[tuple[str, str, int, float, float]], names: dict[int, str]) -> Any:
    """Statistics of nodes: label, name, thread, start and end in microseconds."""
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/device:CPU:0")
    for number, name in names.items():
        device.thread_names[number] = name
    for name, label, thread, start, end in rows:
        device.node_stats.add(
            node_name=name, timeline_label=label, thread_id=thread,
            all_start_nanos=10**18 + round(start * 1000), all_start_micros=10**15 + int(start),
            all_end_rel_nanos=round((end - start) * 1000), all_end_rel_micros=int(end - start),
        )  # fmt: skip
    return stats


#   main    a aaaa bbbb          d
#   worker         cccccccccc
BY_HAND = [
    ("a", "a = MatMul(x, w)", 0, 0, 40),
    ("b", "b = Exp(a)", 0, 50, 90),
    ("c", "c = MatMul(a, v)", 1, 50, 140),
    ("d", "d = Add(b, c)", 0, 150, 160),
]
THREADS = {0: "main", 1: "worker"}


def by_hand() -> History:
    return History(stats_of(BY_HAND, THREADS))


def names(activities: Any) -> list[str]:
    return [activity.name for activity in activities]


def test_numbers_by_hand():
    history = by_hand()
    assert history.span == 160
    assert history.busy() == [90, 90]
    assert history.idle() == [70, 70]
    assert history.parallelism == 180 / 160
    assert history.by_type() == {"MatMul": 130, "Exp": 40, "Add": 10}
    assert names(history.critical_path()) == ["a", "c", "d"]
    d = history.activities[-1]
    assert names(d.after) == ["b", "c"]


def test_control_and_state_edges_are_in_the_critical_path():
    rows = [
        ("slow", "slow = Exp(x)", 0, 0, 70),
        ("read", "read = Identity(v)", 1, 0, 20),
        ("write", 'write = Assign(v, y) @@{"after": ["read"]}', 1, 30, 90),
        ("end", "end = Neg(slow, ^write)", 0, 100, 101),
    ]
    # 20 + 60 + 1 through the variable, 70 + 1 through the data.
    assert names(History(stats_of(rows, THREADS)).critical_path()) == ["read", "write", "end"]


def test_iterations_wait_for_the_iteration_before():
    rows = [
        ("loop", "loop = While(n)", 0, 0, 100),
        ("x", 'x = Exp(y) @@{"within": "loop"}', 0, 10, 20),
        ("y", 'y = Neg(x) @@{"within": "loop"}', 0, 20, 30),
        ("x", 'x = Exp(y) @@{"within": "loop"}', 0, 30, 40),
    ]
    history = History(stats_of(rows, {0: "main"}))
    loop, first, second, third = history.activities
    assert names(history.steps()) == ["loop"]
    assert [item.parent for item in (first, second, third)] == [loop] * 3
    assert [item.level for item in history.activities] == [0, 1, 1, 1]
    assert third.after == [second]
    assert first.after == []
    # Its own time is what its body does not take.
    assert history.by_type() == {"While": 70, "Exp": 20, "Neg": 10}
    assert history.busy() == [100]


def test_help_is_work_of_its_thread_but_no_step():
    rows = [
        ("y", "y = MatMul(x, x)", 0, 0, 100),
        ("y (help)", 'y (help) = MatMul() @@{"helps": "y"}', 1, 20, 80),
    ]
    history = History(stats_of(rows, THREADS))
    assert names(history.steps()) == ["y"]
    assert history.activities[1].parent is history.activities[0]
    assert history.parallelism == 1.6
    assert sum(activity.duration for activity in history.critical_path()) == 100


def test_steps_compiled_to_one_are_found_by_the_names_of_all():
    rows = [
        ("c", 'c = Exp+Neg(x) @@{"fuses": ["a", "b", "c"], "shares": [0.2, 0.3, 0.5]}', 0, 0, 10),
        ("d", "d = Sin(b)", 0, 20, 30),
    ]
    first, second = History(stats_of(rows, THREADS)).activities
    assert second.after == [first]


def test_runs_of_tensorflow_get_lanes():
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/job:localhost/replica:0/task:0/device:CPU:0")
    for name, label, _, start, end in BY_HAND:
        device.node_stats.add(
            node_name=name, timeline_label=label, all_start_micros=10**15 + start,
            all_end_rel_micros=end - start,
        )  # fmt: skip
    history = History(stats)
    lanes = {activity.name: activity.lane for activity in history.activities}
    assert lanes == {"a": 0, "b": 0, "c": 1, "d": 0}
    assert len(history.lanes) == 2
    assert names(history.critical_path()) == ["a", "c", "d"]


def traced(fetches: Any, feeds: Any, threads: int = 1) -> Any:
    metadata = tf.RunMetadata()
    config = tf.ConfigProto(inter_op_parallelism_threads=threads)
    with tf.Session(config=config) as session:
        session.run(fetches, feeds, options=FULL, run_metadata=metadata)
    return metadata


def test_two_branches_share_two_threads_and_the_longer_is_critical():
    x = tf.placeholder(tf.float32, [450, 450], name="x")
    ends = []
    for name, length in (("short", 2), ("long", 6)):
        with tf.name_scope(name):
            value = x * (0.001 * length)
            for _ in range(length):
                value = tf.matmul(value, x)
            ends.append(tf.reduce_sum(value))
    total = tf.add(*ends, name="total")
    for _ in range(5):  # a busy machine may start the second thread too late
        picture = tf.viz.timeline(traced(total, {x: np.random.rand(450, 450)}, threads=2))
        lanes = {activity.lane for activity in picture.history.steps()}
        if lanes == {0, 1}:
            break
    assert lanes == {0, 1}
    path = names(picture.critical_path)
    assert path[-1] == "total"
    assert sum(name.startswith("long/MatMul") for name in path) == 6
    assert not any(name.startswith("short/") for name in path)


def test_lines_of_the_user():
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.cond(x[0] > 0, lambda: tf.exp(x, name="up"), lambda: tf.sin(x))
    metadata = traced(y, {x: [1, 2, 3]})
    lines = {a.name: a.line for a in tf.viz.timeline(metadata).history.activities}
    assert "test_timeline.py:" in lines["cond/up"]
    other = tf.Graph()
    with other.as_default():
        tf.no_op(name="cond/If")  # the same name, but another type
    assert history_of(metadata, other).activities[-2].line == ""


def test_a_trace_knows_its_graph():
    step = tf.get_default_graph()
    trace = Trace()
    with pytest.raises(ValueError, match="no step was recorded"):
        tf.viz.timeline(trace, step)
    with pytest.raises(ValueError, match="FULL_TRACE"):
        tf.viz.timeline(tf.RunMetadata())
    with pytest.raises(TypeError, match="shows a RunMetadata, its StepStats or a Trace, not 42"):
        tf.viz.timeline(42)


def parsed(svg: str) -> Any:
    return ElementTree.fromstring(svg)


def test_the_picture_has_a_box_for_each_step_and_marks_the_path():
    svg = TimelinePicture(by_hand(), "By <hand> & eye", 900).drawing().svg()
    root = parsed(svg)
    boxes = {
        box.find(f"{SVG}title").text.split("\n")[0]: box
        for box in root.iter(f"{SVG}rect")
        if box.find(f"{SVG}title") is not None
    }
    assert sorted(boxes) == ["a (MatMul)", "b (Exp)", "c (MatMul)", "d (Add)"]
    marked = [name for name, box in boxes.items() if box.get("stroke")]
    assert sorted(marked) == ["a (MatMul)", "c (MatMul)", "d (Add)"]
    assert boxes["a (MatMul)"].get("fill") == boxes["c (MatMul)"].get("fill")
    assert boxes["a (MatMul)"].get("fill") != boxes["b (Exp)"].get("fill")
    assert float(boxes["b (Exp)"].get("y")) < float(boxes["c (MatMul)"].get("y"))
    widths = [float(boxes[name].get("width")) for name in ("b (Exp)", "c (MatMul)")]
    assert widths[1] / widths[0] == pytest.approx(90 / 40, rel=0.02)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "By <hand> & eye" in texts
    assert "idle 70 µs (44%)" in texts
    assert "4 steps in 160 µs on 2 threads · 1.12 at work on average · idle 140 µs" in texts[1]


def test_ten_thousand_steps_are_drawn_as_few_boxes():
    rows = [(f"n{i}", f"n{i} = Exp(n{i - 1})", 0, 2 * i, 2 * i + 1) for i in range(10_000)]
    rows[5000] = ("n5000", "n5000 = Neg()", 0, 10_000, 10_001)  # the chain breaks
    history = History(stats_of(rows, {0: "main"}))
    svg = TimelinePicture(history, "", 1000).drawing().svg()
    assert svg.count("<rect") < 7000
    assert len(history.critical_path()) == 5000


def test_one_step_and_strange_names():
    rows = [("ünïcode/</script>", "ünïcode/</script> = Exp()", 3, 7, 7.001)]
    history = History(stats_of(rows, {3: "Thrëad <1>"}))
    assert parsed(TimelinePicture(history, "", 300).drawing().svg()) is not None
    page = timeline_page(history, history.critical_path(), "").html()
    assert page.count("</script>") == 2
    assert "Timeline" in page


def test_a_png_without_a_font_of_many_letters(monkeypatch):
    monkeypatch.setattr(shapes, "_wide_font", lambda: None)
    content = TimelinePicture(by_hand(), "µ × −", 600).drawing().png(scale=1)
    assert Image.open(io.BytesIO(content)).width == 600
    assert shapes._written("31 µs, 2×3", 12)[1] == "31 us, 2x3"


def test_saving(tmp_path):
    x = tf.placeholder(tf.float32, [3], name="x")
    metadata = traced(tf.exp(x, name="y"), {x: [1, 2, 3]})
    picture = tf.viz.timeline(metadata, title="Saved", width=700)
    for name in ("a.svg", "a.png", "a.html", "a.json"):
        assert picture.save(tmp_path / name) == str(tmp_path / name)
    assert parsed((tmp_path / "a.svg").read_text(encoding="utf-8")).get("width") == "700"
    image = Image.open(io.BytesIO((tmp_path / "a.png").read_bytes()))
    assert image.width == 1400
    assert "Saved" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '"traceEvents"' in (tmp_path / "a.json").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"saved as .svg, .png, .html or .json, not '.pdf'"):
        picture.save(tmp_path / "a.pdf")


def test_notebooks_show_the_picture():
    x = tf.placeholder(tf.float32, [3], name="x")
    picture = tf.viz.timeline(traced(tf.exp(x, name="y"), {x: [1, 2, 3]}))
    assert picture._repr_svg_() == picture.svg()
    assert re.match(r"<timeline: 1 step in .* on 1 thread ", repr(picture))
    assert "<iframe" in picture.page._repr_html_()
