"""What a recording says of sessions: runs, traced ones, costs of operations and lines."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.profiler.recording import (
    OpKey,
    OpTotal,
    Recording,
    RunKind,
    own_times,
)
from graphflow.runtime.trace import StepRecord
from graphflow.session import BaseSession

ONE_THREAD = tf.ConfigProto(inter_op_parallelism_threads=1)


def record(start: float, end: float, ident: int = 1) -> StepRecord:
    return StepRecord(None, start, end, "thread", (), ident)


def test_the_time_of_a_loop_is_without_that_of_its_body():
    loop, first, inner, second = (
        record(0, 100), record(10, 30), record(12, 17), record(30, 70),
    )  # fmt: skip
    elsewhere = record(20, 90, ident=2)
    found = dict(own_times([first, inner, second, loop, elsewhere]))
    assert found == {loop: 40, first: 15, inner: 5, second: 40, elsewhere: 70}


def test_all_runs_are_estimated_by_those_that_were_traced():
    key = OpKey("y", "Exp", "program.py:3 in <module>", False)
    kind = RunKind(("y:0",), runs=30, nanos=6000, traced=3, traced_nanos=1000)
    kind.totals[key] = OpTotal(calls=6, micros=0.5, size=240)
    (total,) = kind.estimated().values()
    # Ten runs for each traced one; six times the time, for traced runs were slower.
    assert (total.calls, total.micros, total.size) == (60, 3.0, 2400)
    assert RunKind(("z:0",), runs=5).estimated() == {}


def sums() -> tuple[Any, Any, Any]:
    x = tf.placeholder(tf.float32, [3], name="x")
    return x, tf.exp(x, name="one"), tf.sin(x, name="two")


def only(recording: Recording, name: str) -> RunKind:
    (kind,) = [kind for kind in recording.kinds.values() if name in kind.fetches]
    return kind


def calls(kind: RunKind) -> dict[str, float]:
    return {key.name: total.calls for key, total in kind.totals.items()}


def test_runs_are_told_apart_by_their_fetches():
    x, one, two = sums()
    with Recording(every=4).on() as recording, tf.Session() as session:
        for _ in range(9):
            session.run(one, {x: [1, 2, 3]})
        for _ in range(2):
            session.run([one, two], {x: [1, 2, 3]})
    first = only(recording, "two:0")
    (second,) = [kind for kind in recording.kinds.values() if kind is not first]
    assert (second.runs, second.traced, calls(second)) == (9, 3, {"one": 3})
    assert (first.runs, first.traced, calls(first)) == (2, 1, {"one": 1, "two": 1})
    assert recording.plans == 2
    assert 0 < recording.compile_nanos < recording.inside_nanos
    assert second.nanos + first.nanos < recording.inside_nanos


def test_nothing_is_left_when_it_is_over():
    before = dict(vars(BaseSession))
    with Recording().on():
        assert BaseSession.run is not before["run"]
    assert dict(vars(BaseSession)) == before
    with pytest.raises(KeyError), Recording().on():
        raise KeyError
    assert dict(vars(BaseSession)) == before


def test_callables_and_partial_runs_count_too():
    x, one, two = sums()
    with Recording(every=1).on() as recording, tf.Session() as session:
        session.make_callable(one, [x])([1.0, 2.0, 3.0])
        handle = session.partial_run_setup([two], [x])
        session.partial_run(handle, two, {x: [1.0, 2.0, 3.0]})
    assert calls(only(recording, "one:0")) == {"one": 1}
    assert calls(only(recording, "two:0")) == {"two": 1}


def test_a_session_from_before_is_recorded():
    x, one, _ = sums()
    with tf.Session() as session:
        session.run(one, {x: [1, 2, 3]})
        with Recording(every=1).on() as recording:
            session.run(one, {x: [1, 2, 3]})
    (kind,) = recording.kinds.values()
    assert calls(kind) == {"one": 1}


def test_a_trace_that_the_program_asks_for_is_its_own():
    x, one, _ = sums()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    metadata = tf.RunMetadata()
    with Recording(every=100).on() as recording, tf.Session() as session:
        for _ in range(3):
            session.run(one, {x: [1, 2, 3]}, options, metadata)
    (node,) = metadata.step_stats.dev_stats[0].node_stats
    assert node.node_name == "one"
    assert only(recording, "one:0").traced == 3


def test_failures_count():
    x = tf.placeholder(tf.float32, [2], name="x")
    bad = tf.check_numerics(tf.exp(x, name="good"), "no number", name="bad")
    recording = Recording(every=1)
    with recording.on(), tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(bad, {x: [1.0, 1e9]})
    kind = only(recording, "bad:0")
    assert (kind.runs, kind.failed) == (1, 1)
    assert calls(kind) == {"good": 1, "bad": 1}


def test_time_of_two_threads_at_once_is_counted_once():
    wait = tf.py_func(lambda: time.sleep(0.15) or np.float32(1), [], tf.float32)
    with Recording(every=1).on() as recording, tf.Session() as session:
        start = time.perf_counter_ns()
        threads = [threading.Thread(target=session.run, args=[wait]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter_ns() - start
    (kind,) = recording.kinds.values()
    assert kind.runs == 4
    assert kind.nanos >= 4 * 0.15e9
    assert 0.15e9 <= recording.inside_nanos <= elapsed


def lines(recording: Recording) -> dict[tuple[str, bool], set[str]]:
    """Names of operations by their line, without the file, and whether they are of a gradient."""
    found: dict[tuple[str, bool], set[str]] = {}
    for kind in recording.kinds.values():
        for key in kind.totals:
            line = key.line.rpartition(" in ")[2]
            found.setdefault((line, key.is_gradient), set()).add(key.name)
    return found


def forward(x: Any) -> Any:
    with tf.variable_scope("layer"):
        return tf.matmul(x, tf.get_variable("w", [4, 3]), name="product")


def looped(h: Any) -> Any:
    return tf.while_loop(
        lambda i, v: i < 3, lambda i, v: (i + 1, tf.tanh(v, name="inner")), [0, h], name="loop"
    )[1]


def train(loss: Any) -> Any:
    return tf.train.GradientDescentOptimizer(0.1).minimize(loss)


def test_gradients_belong_to_the_line_of_what_they_differentiate(monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    x = tf.placeholder(tf.float32, [2, 4], name="x")
    loss = tf.reduce_sum(looped(forward(x)))
    with tf.name_scope("training"):
        step = train(loss)
    with tf.Session(config=ONE_THREAD) as session:
        session.run(tf.global_variables_initializer())
        with Recording(every=1).on() as recording:
            session.run(step, {x: np.ones([2, 4])})
    found = lines(recording)
    assert found["forward", False] >= {"layer/product"}
    assert found["forward", True] >= {"training/gradients/layer/product_grad/MatMul_1"}
    assert "loop/inner" in found["<lambda>", False]
    assert any("loop/inner_grad" in name for name in found["<lambda>", True])
    assert not [name for name in found["train", False] if "_grad/" in name]
    assert any("ApplyGradientDescent" in name for name in found["train", False])


def test_every_has_to_be_a_number_of_runs():
    with pytest.raises(ValueError, match="not every 0"):
        Recording(every=0)
