from __future__ import annotations

import re

import numpy as np
import pytest

import graphflow as tf
from graphflow.runtime.trace import StepRecord, Trace
from graphflow.viz import plan_diagram


def labels(drawing):
    pattern = re.compile(r'^\s*"?([^"\[>\n]+?)"? \[label=<(.*?)> [a-z]+=', re.MULTILINE)
    return {k: v for k, v in pattern.findall(drawing.source) if not k.startswith("#")}


@pytest.fixture
def step():
    """A session, and a training step with everything that it needs."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    y = tf.matmul(x, w, name="y")
    unused = tf.negative(x, name="unused")
    grow = tf.assign_add(w, tf.matmul(x, y, transpose_a=True), name="grow")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        yield session, x, y, grow.op, unused


def test_steps_are_numbered_and_nothing_else_is_drawn(step):
    session, x, y, grow, _ = step
    found = labels(plan_diagram(session, [y, grow], [x]))
    assert set(found) == {"x#0", "w", "y@1", "MatMul@2", "grow@3"}
    assert "<B>1. y</B>" in found["y@1"]
    assert "<B>3. grow</B>" in found["grow@3"]


def test_variables_are_read_at_the_start_and_written_by_steps(step):
    session, x, y, grow, _ = step
    found = labels(plan_diagram(session, [y, grow], {x: np.ones([2, 3])}))
    assert "value at start" in found["w"]
    assert "writes w" in found["grow@3"]


def test_a_reader_runs_before_the_write(step):
    session, x, y, grow, _ = step
    source = plan_diagram(session, [y, grow], [x], fold=None).source
    assert re.search(r'"?y@1"? -> "?grow@3"? \[.*style=dashed', source)


def test_measured_times_are_shown(step):
    session, x, y, grow, _ = step
    assert "µs" not in plan_diagram(session, [y, grow], [x]).source
    session.run([y, grow], {x: np.ones([2, 3])})
    found = labels(plan_diagram(session, [y, grow], [x]))
    assert re.search(r"[\d.]+ (µs|ms)", found["y@1"])


def test_run_metadata_gives_times_and_threads(step):
    session, x, y, grow, _ = step
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    session.run([y, grow], {x: np.ones([2, 3])}, options=options, run_metadata=metadata)
    source = plan_diagram(session, [y, grow], [x], trace=metadata).source
    assert "MainThread" in source


def test_threads_have_colours(step):
    session, x, y, grow, _ = step
    plan = session._plan((y,), (grow,), (x,))
    trace = Trace()
    for number, one in enumerate(plan.steps):
        trace.records.append(StepRecord(one, 10.0, 22.5, f"thread {number % 2}", (None,)))
    source = plan_diagram(session, [y, grow], [x], trace=trace).source
    assert "12.5 µs" in source
    fills = dict(re.findall(r'"?(y|MatMul|grow)@\d"? \[.*?fillcolor="(#\w+)"', source))
    assert fills["y"] == fills["grow"] != fills["MatMul"]
    assert "thread 0" in source
    assert "thread 1" in source


def test_a_step_that_the_trace_lacks_says_so(step):
    session, x, y, grow, _ = step
    plan = session._plan((y,), (grow,), (x,))
    trace = Trace()
    trace.records.append(StepRecord(plan.steps[0], 10.0, 22.5, "main", (None,)))
    found = labels(plan_diagram(session, [y, grow], [x], trace=trace))
    assert "not in the trace" not in found["y@1"]
    assert "not in the trace" in found["grow@3"]


def test_what_the_shapes_determine_is_not_run():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    rows = tf.multiply(tf.shape(x, name="form"), 2, name="double")
    total = tf.reduce_sum(tf.cast(rows, tf.float32))
    with tf.Session() as session:
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        metadata = tf.RunMetadata()
        session.run(total, {x: np.ones([2, 3])}, options=options, run_metadata=metadata)
        measured = labels(plan_diagram(session, total, [x]))
        traced = labels(plan_diagram(session, total, [x], trace=metadata))
    assert "known from the shapes" in measured["form@1"]
    assert "known from the shapes" in traced["form@1"]
    assert "known from the shapes" not in measured["Cast@3"]


def test_a_feed_that_is_not_used_says_so(step):
    session, x, y, _, _ = step
    other = tf.placeholder(tf.float32, [], name="other")
    assert "not used" in labels(plan_diagram(session, y, [x, other]))["other#0"]


def test_constants_are_drawn_on_demand():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(x, [1.0, 5.0], name="y")
    with tf.Session() as session:
        assert "y/y:0" not in labels(plan_diagram(session, y, [x]))
        assert "y/y:0" in plan_diagram(session, y, [x], show_constants=True).source


def test_a_plan_without_steps(step):
    session, x, _, _, _ = step
    assert set(labels(plan_diagram(session, x, [x]))) == {"x#0"}


def test_wrong_arguments(step):
    session, x, y, _, _ = step
    with pytest.raises(TypeError, match="made by a session"):
        plan_diagram(tf.get_default_graph(), y)
    with pytest.raises(TypeError, match="a trace is a RunMetadata or a Trace"):
        plan_diagram(session, y, [x], trace=42)
