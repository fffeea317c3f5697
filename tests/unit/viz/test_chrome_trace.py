"""The trace for Chrome keeps the format's rules and says what happened."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos
from graphflow.launcher.internal.client_timeline import Timeline
from graphflow.viz.chrome_trace import chrome_trace
from tests.unit.viz.trace_format import check_trace

FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


def traced(fetches: Any, feeds: Any = None, threads: int = 1) -> Any:
    metadata = tf.RunMetadata()
    config = tf.ConfigProto(inter_op_parallelism_threads=threads)
    with tf.Session(config=config) as session:
        session.run(tf.global_variables_initializer())
        session.run(fetches, feeds, options=FULL, run_metadata=metadata)
    return metadata.step_stats


def of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["ph"] == kind]


def branches() -> Any:
    x = tf.placeholder(tf.float32, [400, 400], name="x")
    left, right = (tf.matmul(tf.matmul(x, x * c), x) for c in (0.1, 0.2))
    return traced(tf.add(left, right, name="sum"), {x: np.ones([400, 400])}, threads=2)


def loop() -> Any:
    outputs = tf.while_loop(
        lambda i, v: i < 4,
        lambda i, v: (i + 1, tf.exp(-v)),
        [0, tf.constant([1.0, 2.0])],
        name="loop",
    )
    return traced(outputs)


def training() -> Any:
    w = tf.Variable(tf.zeros([3, 2]), name="w")
    loss = tf.reduce_sum(tf.square(tf.matmul(tf.ones([4, 3]), w) - 1.0))
    step = tf.train.AdamOptimizer(0.1).minimize(loss)
    return traced([loss, step])


def failure() -> Any:
    metadata = tf.RunMetadata()
    x = tf.placeholder(tf.float32, [2])
    bad = tf.check_numerics(tf.exp(x), "no number", name="bad")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(bad, {x: [1.0, 1e9]}, options=FULL, run_metadata=metadata)
    return metadata.step_stats


def queues() -> Any:
    queue = tf.FIFOQueue(3, tf.float32, [[]])
    return traced([queue.dequeue(), queue.enqueue(3.0)])


@pytest.mark.parametrize("make", [branches, loop, training, failure, queues])
@pytest.mark.parametrize("show_memory", [False, True])
def test_traces_keep_the_rules(make, show_memory):
    events = check_trace(chrome_trace(make(), True, show_memory).format_to_string())
    assert of_kind(events, "X")


def test_threads_are_shown_by_name():
    events = check_trace(chrome_trace(queues()).format_to_string())
    names = {event["tid"]: event["args"]["name"] for event in of_kind(events, "M")
             if event["name"] == "thread_name"}  # fmt: skip
    used = {names[event["tid"]] for event in of_kind(events, "X")}
    assert any(name.startswith("graphflow-blocking") for name in used)


def test_arrows_lead_from_thread_to_thread():
    stats = chain_by_hand()
    for number, name in enumerate(["one", "two"]):
        stats.dev_stats[0].thread_names[number] = name
    nodes = stats.dev_stats[0].node_stats
    for node in nodes:
        node.all_start_nanos = 1000 * node.all_start_micros
        node.all_end_rel_nanos = 1000 * node.all_end_rel_micros
    nodes[1].thread_id = 1
    events = check_trace(chrome_trace(stats).format_to_string())
    starts = [(event["name"], event["tid"], event["ts"]) for event in of_kind(events, "s")]
    ends = [(event["name"], event["tid"], event["ts"]) for event in of_kind(events, "t")]
    assert starts == [("a", 0, 110), ("b", 1, 130)]
    assert ends == [("a", 1, 110), ("b", 0, 130)]
    assert not of_kind(check_trace(chrome_trace(stats, False).format_to_string()), "s")


def test_each_iteration_is_shown_within_its_loop():
    events = of_kind(check_trace(chrome_trace(loop()).format_to_string()), "X")
    (outer,) = [event for event in events if event["args"]["op"] == "While"]
    inner = [event for event in events if event["args"]["op"] == "Exp"]
    assert len(inner) == 4
    for event in inner:
        assert outer["ts"] <= event["ts"] <= outer["ts"] + outer["dur"]
        assert event["args"]["within"] == outer["args"]["name"]


def test_a_failed_step_says_why():
    events = of_kind(check_trace(chrome_trace(failure()).format_to_string()), "X")
    assert "no number" in events[-1]["args"]["error"]


def chain_by_hand() -> Any:
    """Three operations: 0 to 10 makes 100 bytes, 10 to 30 takes them and makes 40, 30 to 35."""
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/device:CPU:0")
    rows = [("a", "a = Const()", 100, 10, 100), ("b", "b = Exp(a)", 110, 20, 40),
            ("c", "c = Neg(b)", 130, 5, 8)]  # fmt: skip
    for name, label, start, length, size in rows:
        node = device.node_stats.add(
            node_name=name, timeline_label=label, all_start_micros=start, all_end_rel_micros=length
        )
        allocation = node.output.add().tensor_description.allocation_description
        allocation.requested_bytes, allocation.allocator_name = size, "cpu"
    return stats


def test_memory_by_hand():
    analysis = Timeline(chain_by_hand()).analyze_step_stats()
    events = check_trace(analysis.chrome_trace.format_to_string())
    counters = [(event["ts"], event["args"]["cpu"]) for event in of_kind(events, "C")]
    # a lives until b ends, which is told a microsecond early; so does b until c ends.
    assert counters == [(100, 100), (110, 140), (129, 40), (130, 48), (134, 8), (135, 0)]
    most = analysis.allocator_maximums["cpu"]
    assert (most.timestamp, most.num_bytes, most.tensors) == (110, 140, {"a", "b"})


def test_lanes_where_threads_are_unknown():
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/device:CPU:0")
    for name, start, length in (("a", 100, 30), ("b", 110, 5), ("c", 120, 30), ("d", 140, 5)):
        device.node_stats.add(
            node_name=name, timeline_label=f"{name} = Exp()", all_start_micros=start,
            all_end_rel_micros=length,
        )  # fmt: skip
    events = of_kind(check_trace(chrome_trace(stats).format_to_string()), "X")
    assert [event["tid"] for event in events] == [0, 1, 1, 0]
    assert [event["dur"] for event in events] == [30, 5, 30, 5]


def test_the_interface_of_timeline():
    timeline = Timeline(step_stats=chain_by_hand(), graph=tf.get_default_graph())
    text = timeline.generate_chrome_trace_format(show_dataflow=True, show_memory=False)
    kinds = Counter(event["ph"] for event in check_trace(text))
    assert kinds == {"M": 3, "X": 3, "s": 2, "t": 2}  # lanes are free a microsecond late
    assert text.startswith("{\n")
    compact = timeline.analyze_step_stats().chrome_trace.format_to_string()
    assert "\n" not in compact
    assert json.loads(compact)["traceEvents"]
    with pytest.raises(ValueError, match="op_time is one of schedule, gpu, all, not 'cpu'"):
        timeline.generate_chrome_trace_format(op_time="cpu")


def test_nothing_recorded():
    events = check_trace(chrome_trace(protos.StepStats()).format_to_string())
    assert [event["args"]["name"] for event in events] == ["Allocators"]


def test_the_hook_writes_memory_too(tmp_path):
    step = tf.train.get_or_create_global_step()
    train = tf.assign_add(step, 1)
    hook = tf.train.ProfilerHook(save_steps=1, output_dir=tmp_path, show_memory=True)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(4):
            session.run(train)
    (first, *_) = sorted(tmp_path.glob("timeline-*.json"))
    assert of_kind(check_trace(first.read_text()), "C")
    assert of_kind(check_trace(first.read_text()), "X")
