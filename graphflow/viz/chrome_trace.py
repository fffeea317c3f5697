"""Traces of runs for the viewer in Chrome (`chrome://tracing`)."""

from __future__ import annotations

from typing import Any


def chrome_trace(step_stats: Any, show_dataflow: bool = True) -> dict[str, Any]:
    """Return what a traced run did and when.

    Args:
      step_stats: the `StepStats` of a run's `RunMetadata`.
      show_dataflow: whether arrows lead from operations to those that use their results.

    Returns:
      The trace, to be written as JSON.
    """
    events: list[dict[str, Any]] = []
    for process, device in enumerate(step_stats.dev_stats):
        events.append({
            "name": "process_name", "ph": "M", "pid": process, "args": {"name": device.device}
        })  # fmt: skip
        events.extend(_step(process, node) for node in device.node_stats)
    if show_dataflow:
        events.extend(_arrows(events))
    return {"traceEvents": events}


def _step(process: int, node: Any) -> dict[str, Any]:
    """The event of one operation; times are in microseconds."""
    name, _, call = node.timeline_label.partition(" = ")
    op, _, inputs = call.partition("(")
    return {
        "name": op or node.node_name,
        "cat": "Op",
        "ph": "X",
        "pid": process,
        "tid": node.thread_id,
        "ts": node.all_start_micros,
        "dur": max(node.all_end_rel_micros, node.op_end_rel_micros),
        "args": {
            "name": name or node.node_name,
            "op": op,
            **{f"input{i}": item.strip() for i, item in enumerate(inputs.rstrip(")").split(","))
               if item.strip()},
        },
    }  # fmt: skip


def _arrows(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Arrows from the end of each operation to the start of those that take its results."""
    steps = {event["args"]["name"]: event for event in events if event["ph"] == "X"}
    arrows: list[dict[str, Any]] = []
    for event in list(steps.values()):
        for key, item in event["args"].items():
            source = steps.get(item.lstrip("^").partition(":")[0]) if key[:5] == "input" else None
            if source is None:
                continue
            arrow = {"name": item, "cat": "DataFlow", "id": len(arrows) // 2}
            arrows.append({**arrow, "ph": "s", "pid": source["pid"], "tid": source["tid"],
                           "ts": source["ts"] + source["dur"]})  # fmt: skip
            arrows.append({**arrow, "ph": "t", "pid": event["pid"], "tid": event["tid"],
                           "ts": event["ts"]})  # fmt: skip
    return arrows
