"""The trace for Chrome against the one of TensorFlow's timeline module, event by event."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

import graphflow as tf
from graphflow.interop import protos
from graphflow.launcher.internal.client_timeline import Timeline

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_timelines.py")


def recorded() -> Any:
    """The statistics of a run of ours, without the threads, which TensorFlow does not record."""
    x = tf.placeholder(tf.float32, [60, 40], name="x")
    w = tf.Variable(tf.zeros([40, 30]), name="w")
    y = tf.nn.relu(tf.matmul(x, w), name="y")
    parts = tf.split(y, 3, axis=1, name="parts")
    total = tf.add(parts[0], tf.exp(parts[2]), name="total")
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as session:
        session.run(w.initializer)
        session.run(total, {x: np.ones([60, 40])}, options=options, run_metadata=metadata)
    stats = metadata.step_stats
    stats.dev_stats[0].thread_names.clear()
    return stats


def by_hand() -> Any:
    """Operations that overlap, on two devices, with kernels on a card and odd labels."""
    stats = protos.StepStats()
    cpu = stats.dev_stats.add(device="/job:localhost/replica:0/task:0/device:CPU:0")
    rows = [
        ("a", "a = Const()", 100, 5, 64),
        ("b", "b = Relu(a)", 103, 20, 128),
        ("c", "c = AddN(a, b:1, b, missing, ^a)", 130, 1, 32),
        ("RecvTensor", "[Recv] 5 bytes", 131, 9, 0),
        ("odd", "no label at all", 131, 4, 16),
        ("d", "d = Neg(c/_7)", 150, 10, 8),
    ]
    for name, label, start, length, size in rows:
        node = cpu.node_stats.add(
            node_name=name, timeline_label=label, all_start_micros=start,
            all_end_rel_micros=length, op_end_rel_micros=length,
        )  # fmt: skip
        for slot in range(2 if name == "b" else 1):
            description = node.output.add(slot=slot).tensor_description
            description.dtype = protos.DT_FLOAT
            description.shape.dim.add(size=size // 4)
            description.allocation_description.requested_bytes = size
            description.allocation_description.allocator_name = "cpu" if name != "d" else "pinned"
    card = stats.dev_stats.add(device="/device:GPU:0/stream:all")
    for label, start, length in (("kernel @@b:Relu#1", 110, 40), ("kernel @@b:Relu#2", 140, 20)):
        card.node_stats.add(
            node_name="kernel", timeline_label=label, all_start_micros=start,
            all_end_rel_micros=length,
        )  # fmt: skip
    return stats


def cases() -> list[tuple[Any, dict[str, Any]]]:
    choices = itertools.product((False, True), (False, True), ("schedule", "gpu", "all"))
    return [
        (stats, {"show_dataflow": flow, "show_memory": memory, "op_time": op_time})
        for stats in (by_hand(), recorded())
        for flow, memory, op_time in choices
    ]


def counted(events: list[dict[str, Any]]) -> Counter[str]:
    """Events in any order; the text of a snapshot is the protobuf library's."""
    for event in events:
        if event["ph"] == "O":
            assert "tensor_description" in event["args"].pop("snapshot")
    return Counter(json.dumps(event, sort_keys=True) for event in events)


def test_traces_are_tensorflows(in_tensorflow: Callable[[Path, Any], Any]) -> None:
    given = cases()
    payload = [
        {"stats": text_format.MessageToString(stats), "options": options}
        for stats, options in given
    ]
    for (stats, options), expected in zip(given, in_tensorflow(SCRIPT, payload), strict=True):
        analysis = Timeline(stats).analyze_step_stats(**options)
        trace = json.loads(analysis.chrome_trace.format_to_string())
        ours = counted([without_remarks(event) for event in trace["traceEvents"]])
        assert ours == counted(expected["trace"]["traceEvents"]), options
        maximums = {
            name: [most.timestamp, most.num_bytes, sorted(most.tensors)]
            for name, most in analysis.allocator_maximums.items()
        }
        assert maximums == expected["maximums"], options


def without_remarks(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what only graphflow knows."""
    if event["ph"] == "X":
        arguments = event["args"].items()
        event["args"] = {k: v for k, v in arguments if k in ("name", "op") or k[:5] == "input"}
    return event
