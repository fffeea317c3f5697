from __future__ import annotations

import numpy as np

import graphflow as tf
from graphflow.interop import protos
from graphflow.interop.run_metadata import fill_run_metadata, operation_times
from graphflow.runtime.trace import StepRecord, Trace

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def traced(fetch, feeds):
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as session:
        session.run(fetch, feeds, options=options, run_metadata=metadata)
    return metadata


def test_each_step_is_reported():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.matmul(x, x, transpose_b=True, name="y")
    z = tf.negative(y, name="z")
    metadata = traced(z, {x: np.ones([2, 3])})
    (device,) = metadata.step_stats.dev_stats
    assert device.device == CPU
    first, second = device.node_stats
    assert (first.node_name, second.node_name) == ("y", "z")
    assert first.timeline_label == "y = MatMul(x, x)"
    assert [dim.size for dim in first.output[0].tensor_description.shape.dim] == [2, 2]
    assert first.output[0].tensor_description.dtype == protos.DT_FLOAT
    assert first.output[0].tensor_description.allocation_description.allocated_bytes == 16
    assert first.memory[0].total_bytes == 16
    assert device.thread_names[first.thread_id] == "MainThread"
    assert 0 < first.all_start_micros <= second.all_start_micros


def test_times_are_in_micros_and_nanos():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.negative(x, name="y")
    step = _Step(tf.get_default_graph().get_operation_by_name("y"))
    trace = Trace()
    trace.epoch_nanos = 0
    trace.records = [
        StepRecord(step, 2000.0, 2035.25, "b", (((2,), 8),)),
        StepRecord(step, 1000.5, 1000.75, "a", (None,)),
    ]
    metadata = protos.RunMetadata()
    metadata.step_stats.dev_stats.add(device="of an earlier run")
    fill_run_metadata(metadata, trace)
    (device,) = metadata.step_stats.dev_stats
    first, second = device.node_stats
    assert (first.all_start_micros, first.all_start_nanos) == (1000, 1000500)
    assert (first.op_end_rel_micros, first.op_end_rel_nanos) == (1, 250)
    assert (second.all_end_rel_micros, second.all_end_rel_nanos) == (35, 35250)
    assert dict(device.thread_names) == {0: "a", 1: "b"}
    assert len(first.output) == 0
    assert len(second.output) == 1


def test_threads_of_one_name_are_told_apart():
    x = tf.placeholder(tf.float32, [2], name="x")
    step = _Step(tf.negative(x, name="y").op)
    trace = Trace()
    trace.records = [
        StepRecord(step, 10.0, 20.0, "waiter", (None,), ident=5),
        StepRecord(step, 12.0, 25.0, "waiter", (None,), ident=6),
        StepRecord(step, 30.0, 35.0, "waiter", (None,), ident=5),
    ]
    metadata = protos.RunMetadata()
    fill_run_metadata(metadata, trace)
    (device,) = metadata.step_stats.dev_stats
    assert [node.thread_id for node in device.node_stats] == [0, 1, 0]
    assert dict(device.thread_names) == {0: "waiter", 1: "waiter (2)"}


def test_times_of_operations():
    stats = protos.StepStats()
    device = stats.dev_stats.add(device=CPU)
    device.thread_names[0], device.thread_names[1] = "main", "worker"
    rows = [
        ("a", "a = Exp(x)", 0, 8),
        ("a", "a = Exp(x)", 1, 5),
        ("c", 'c = Mul+Neg(a) @@{"fuses": ["b", "c"], "shares": [0.25, 0.75]}', 1, 20),
        ("a (help)", 'a (help) = Exp() @@{"helps": "a"}', 1, 7),
    ]
    for name, label, thread, micros in rows:
        device.node_stats.add(
            node_name=name, timeline_label=label, thread_id=thread, all_end_rel_nanos=micros * 1000
        )
    found = operation_times(stats)
    assert {n: (t.micros, t.thread, t.calls) for n, t in found.items()} == {
        "a": (13, "worker", 2), "b": (5, "worker", 1), "c": (15, "worker", 1),
    }  # fmt: skip


class _Step:
    def __init__(self, operation):
        self.operation = operation
