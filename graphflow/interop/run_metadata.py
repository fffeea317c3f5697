"""Traces as TensorFlow reports them: `RunMetadata` with the statistics of each node."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import Operation
from graphflow.interop.tensor_proto import shape_proto
from graphflow.runtime.devices import CPU
from graphflow.runtime.trace import StepRecord, Trace


def fill_run_metadata(run_metadata: Any, trace: Trace) -> None:
    """Replace the content of a `RunMetadata` by what a trace recorded.

    Every step is a `NodeExecStats`: its node, when it started and ended in microseconds and
    nanoseconds, the number of its thread (whose name is in `thread_names`), and the shape, dtype
    and size of each output that was used.

    Args:
      run_metadata: the `RunMetadata` message to fill.
      trace: the records of a run.
    """
    run_metadata.Clear()
    device = run_metadata.step_stats.dev_stats.add(device=CPU)
    threads: dict[str, int] = {}
    for record in sorted(trace.records, key=lambda record: record.start):
        number = threads.setdefault(record.thread, len(threads))
        _fill_node(device.node_stats.add(), record, number)
    for name, number in threads.items():
        device.thread_names[number] = name


def _fill_node(stats: Any, record: StepRecord, thread: int) -> None:
    operation = record.step.operation
    start = round(record.start * 1000)
    length = max(1, round((record.end - record.start) * 1000))
    stats.node_name = operation.name
    stats.timeline_label = _timeline_label(operation)
    stats.thread_id = thread
    stats.scheduled_nanos = stats.all_start_nanos = start
    stats.op_end_rel_nanos = stats.all_end_rel_nanos = length
    stats.scheduled_micros = stats.all_start_micros = start // 1000
    # A node that took any time at all is shown with at least a microsecond, as TensorFlow does.
    stats.op_end_rel_micros = stats.all_end_rel_micros = max(1, round(length / 1000))
    total = 0
    for slot, (tensor, output) in enumerate(zip(operation.outputs, record.outputs, strict=True)):
        if output is None:
            continue
        shape, size = output
        total += size
        description = stats.output.add(slot=slot).tensor_description
        description.dtype = tensor.dtype.base_dtype.as_datatype_enum
        description.shape.CopyFrom(shape_proto(shape))
        description.allocation_description.requested_bytes = size
        description.allocation_description.allocated_bytes = size
        description.allocation_description.allocator_name = "cpu"
    if total:
        stats.memory.add(allocator_name="cpu", total_bytes=total, peak_bytes=total)


def _timeline_label(operation: Operation) -> str:
    """Return `name = Type(inputs)`, the form from which timelines take the type."""
    inputs = ", ".join(tensor._as_node_def_input() for tensor in operation.inputs)
    return f"{operation.name} = {operation.type}({inputs})"
