"""`tensorflow.python.client.timeline`."""

from __future__ import annotations

import json
from typing import Any


class Timeline:
    """What a traced run did and when, for the viewer of traces in Chrome (`chrome://tracing`).

    Args:
      step_stats: the `StepStats` of a run's `RunMetadata`.
      graph: not needed: the trace has all names.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        del graph
        self._step_stats = step_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """Return the trace as JSON.

        Args:
          show_dataflow: whether arrows lead from an operation to those that use its results.
          show_memory: whether to show the memory that operations allocate, which is not recorded.

        Raises:
          NotImplementedError: `show_memory` is set.
        """
        if show_memory:
            raise NotImplementedError("show_memory: allocations are not recorded")
        events: list[dict[str, Any]] = []
        for process, device in enumerate(self._step_stats.dev_stats):
            events.append({
                "name": "process_name", "ph": "M", "pid": process, "args": {"name": device.device}
            })  # fmt: skip
            events.extend(_step(process, node) for node in device.node_stats)
        if show_dataflow:
            events.extend(_arrows(events))
        return json.dumps({"traceEvents": events}, indent=1)


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
