"""Traces of runs in the format that `chrome://tracing` and Perfetto read.

The events, their order and their names are those of TensorFlow's `timeline` module.  Where the
threads are known, an operation is shown on its own; else on lanes where none overlap.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphflow.interop.run_metadata import read_label
from graphflow.viz.activities import assigned_lanes

Event = dict[str, Any]
OP_TIMES = ("schedule", "gpu", "all")
_RECEIVED = "RecvTensor"


class AllocationMaximum(NamedTuple):
    """The most memory that an allocator had given out at a time.

    Attributes:
      timestamp: when that was, in microseconds.
      num_bytes: how much it was.
      tensors: the tensors that had it.
    """

    timestamp: float
    num_bytes: int
    tensors: set[str]


@dataclass
class _Tensor:
    """The life of a tensor.

    Attributes:
      number: identifies it in the trace.
      process: of the tensors of its device.
      created: when the operation that makes it started.
      allocator: who gave it memory.
      size: in bytes.
      last_use: when the last operation that uses it ended.
      made: when, by which process and on which lane it was made.
    """

    number: int
    process: int
    created: float
    allocator: str
    size: int
    last_use: float
    made: tuple[float, int, int]


@dataclass
class ChromeTrace:
    """The events of a trace.

    Attributes:
      metadata: names of processes and threads.
      events: what happened.
      maximums: for each allocator when it had given out most memory; only if memory was asked for.
    """

    metadata: list[Event] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    maximums: dict[str, AllocationMaximum] = field(default_factory=dict)

    def as_dict(self) -> dict[str, list[Event]]:
        """Return the trace, to be written as JSON."""
        return {"traceEvents": self.metadata + self.events}

    def format_to_string(self, pretty: bool = False) -> str:
        """Return the trace as JSON.

        Args:
          pretty: whether it is indented, to be read by people.
        """
        if pretty:
            return json.dumps(self.as_dict(), indent=4, separators=(",", ": "))
        return json.dumps(self.as_dict(), separators=(",", ":"))


def chrome_trace(
    step_stats: Any,
    show_dataflow: bool = True,
    show_memory: bool = False,
    op_time: str = "schedule",
) -> ChromeTrace:
    """Return what a traced run did and when.

    Args:
      step_stats: the `StepStats` of a run's `RunMetadata`.
      show_dataflow: whether arrows lead from operations to those on other threads that use their
        results.
      show_memory: whether to show which tensors lived when, and the memory that they took.
      op_time: what of an operation is shown if kernels on a device outlast its launch: "schedule"
        the launch, "gpu" the kernels, "all" both.

    Raises:
      ValueError: `op_time` is something else.
    """
    if op_time not in OP_TIMES:
        raise ValueError(f"op_time is one of {', '.join(OP_TIMES)}, not {op_time!r}")
    if op_time != "schedule":
        step_stats = _with_kernels(step_stats, op_time)
    return _Writer(step_stats, show_dataflow, show_memory).trace


class _Writer:
    """Writes the events of a trace."""

    def __init__(self, step_stats: Any, show_dataflow: bool, show_memory: bool) -> None:
        self.trace = ChromeTrace()
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        # In a loop a tensor is made several times.
        self._tensors: dict[str, list[_Tensor]] = {}
        self._count = 0
        self._flows = 0
        self._name_process("Allocators", 0)
        devices = list(step_stats.dev_stats)
        lanes = [_lanes(device) for device in devices]
        spans = [_spans(device) for device in devices]
        for number, device in enumerate(devices):
            self._name_process(f"{device.device} Compute", 2 * number + 1)
            self._name_process(f"{device.device} Tensors", 2 * number + 2)
            for thread, name in sorted(device.thread_names.items()):
                self._name_thread(name, 2 * number + 1, thread)
        for number, device in enumerate(devices):
            nodes = zip(device.node_stats, spans[number], lanes[number], strict=True)
            for node, span, lane in nodes:
                self._add_tensors(node, span, 2 * number + 1, lane)
        for number, device in enumerate(devices):
            nodes = zip(device.node_stats, spans[number], lanes[number], strict=True)
            for node, span, lane in nodes:
                self._add_node(node, device.device, span, (2 * number + 1, lane))
        if show_memory:
            self._add_memory()

    def _name_process(self, name: str, process: int) -> None:
        self.trace.metadata.append(
            {"name": "process_name", "ph": "M", "pid": process, "args": {"name": name}}
        )

    def _name_thread(self, name: str, process: int, thread: int) -> None:
        self.trace.metadata.append(
            {"name": "thread_name", "ph": "M", "pid": process, "tid": thread,
             "args": {"name": name}}
        )  # fmt: skip

    def _add(
        self, kind: str, category: str, name: str, place: tuple[float, int, int], **more: Any
    ) -> None:
        time, process, thread = place
        event = {
            "ph": kind, "cat": category, "name": name, "pid": process, "tid": thread, "ts": time,
        }  # fmt: skip
        self.trace.events.append({**event, **more})

    def _add_tensors(self, node: Any, span: _Span, process: int, lane: int) -> None:
        start, end = span
        for index, output in enumerate(node.output):
            name = f"{node.node_name}:{index}" if index else node.node_name
            allocation = output.tensor_description.allocation_description
            number = self._count
            self._count += 1
            tensor = _Tensor(
                number, process + 1, start, allocation.allocator_name, allocation.requested_bytes,
                end, (end, process, lane),
            )  # fmt: skip
            self._tensors.setdefault(name, []).append(tensor)
            if self._show_memory:
                self._add("N", "Tensor", name, (start, process + 1, lane), id=number)
                text = str(output.tensor_description).replace('"', "")
                self._add(
                    "O", "Tensor", name, (max(start, end - 1), process + 1, lane), id=number,
                    args={"snapshot": {"tensor_description": text}},
                )  # fmt: skip

    def _add_node(self, node: Any, device: str, span: _Span, place: tuple[int, int]) -> None:
        start, end = span
        name, op, inputs = _described(node, device)
        arguments = {"name": name, "op": op}
        arguments.update((f"input{number}", text) for number, text in enumerate(inputs))
        arguments.update(_remarks(node))
        self._add("X", "Op", op, (start, *place), dur=end - start, args=arguments)
        for text in inputs:
            source = text if text in self._tensors else _without_suffix(text)
            tensor = self._made_before(source, start)
            if tensor is not None:
                tensor.last_use = max(tensor.last_use, end - 1)
                self._add_flow(source, tensor, (start, *place))

    def _made_before(self, name: str, time: float) -> _Tensor | None:
        """The tensor of a name that was made last at some time."""
        found = self._tensors.get(name)
        if found is None:
            return None
        return next((item for item in reversed(found) if item.made[0] <= time), found[-1])

    def _add_flow(self, name: str, tensor: _Tensor, target: tuple[float, int, int]) -> None:
        """Add an arrow, unless it would lie on one line."""
        if not self._show_dataflow or tensor.made[1:] == target[1:]:
            return
        self._add("s", "DataFlow", name, tensor.made, id=self._flows)
        self._add("t", "DataFlow", name, target, id=self._flows)
        self._flows += 1

    def _add_memory(self) -> None:
        """Add the ends of the tensors, and how much memory each allocator had given out when."""
        changes: dict[str, list[tuple[float, int, str]]] = {}
        for name, tensor in [(n, item) for n, found in self._tensors.items() for item in found]:
            self._add("D", "Tensor", name, (tensor.last_use, tensor.process, 0), id=tensor.number)
            changes.setdefault(tensor.allocator, []).extend(
                [(tensor.created, tensor.size, name), (tensor.last_use, -tensor.size, name)]
            )
        for allocator, found in changes.items():
            self._add_counter(allocator, sorted(found))

    def _add_counter(self, allocator: str, changes: Sequence[tuple[float, int, str]]) -> None:
        total, alive = 0, set[str]()
        most = AllocationMaximum(0, 0, set())
        for time, size, name in changes:
            total += size
            if size < 0:
                alive.discard(name)
            else:
                alive.add(name)
            if total > most.num_bytes:
                most = AllocationMaximum(time, total, set(alive))
            self._add("C", "Memory", allocator, (time, 0, 0), args={allocator: total})
        self.trace.maximums[allocator] = most


_Span = tuple[float, float]


def _spans(device: Any) -> list[_Span]:
    """When each node of a device started and ended, in microseconds."""
    if device.thread_names:  # a trace of graphflow's, good for nanoseconds
        return [
            (node.all_start_nanos / 1000, (node.all_start_nanos + node.all_end_rel_nanos) / 1000)
            for node in device.node_stats
        ]
    return [
        (node.all_start_micros, node.all_start_micros + node.all_end_rel_micros)
        for node in device.node_stats
    ]


def _lanes(device: Any) -> list[int]:
    """The lane of each node of a device: its thread, if threads are known."""
    if device.thread_names:
        return [node.thread_id for node in device.node_stats]
    return assigned_lanes(device.node_stats)


def _described(node: Any, device: str) -> tuple[str, str, tuple[str, ...]]:
    """The name, the type and the inputs of a node."""
    if _is_stream(device):
        return (*_kernel_name(node), ())
    if node.node_name == _RECEIVED:
        return node.node_name, _RECEIVED, ()
    label = read_label(node.timeline_label)
    return node.node_name, label.type, label.inputs


def _is_stream(device: str) -> bool:
    """Whether kernels of a graphics card are recorded there, not operations."""
    return "/stream:" in device or "/memcpy" in device


def _kernel_name(node: Any) -> tuple[str, str]:
    """The name and the type of the operation that a kernel is for: `... @@name:type#...`."""
    _, mark, rest = node.timeline_label.partition("@@")
    noted, end, _ = rest.partition("#")
    text = noted if mark and end and noted else node.node_name
    name, _, kind = text.partition(":")
    return name, kind.partition(":")[0] or "unknown"


def _remarks(node: Any) -> dict[str, Any]:
    """What graphflow knows of a node beyond its label, as arguments of an event."""
    said = read_label(node.timeline_label).remarks
    texts = {
        "fuses": ", ".join(said.fuses),
        "within": said.within,
        "helps": said.helps,
        "machine code": "yes" if said.is_compiled else "",
        "error": said.error,
    }
    return {key: text for key, text in texts.items() if text}


def _without_suffix(name: str) -> str:
    """The name without the number that TensorFlow adds where it sends a tensor to a device."""
    index = name.rfind("/_")
    return name[:index] if index > 0 else name


def _with_kernels(step_stats: Any, op_time: str) -> Any:
    """A copy in which operations last as long as their kernels on a graphics card."""
    result = copy.deepcopy(step_stats)
    spans: dict[str, tuple[int, int]] = {}
    for device in result.dev_stats:
        for node in device.node_stats if "/stream:all" in device.device else ():
            name, _ = _kernel_name(node)
            start, end = node.all_start_micros, node.all_start_micros + node.all_end_rel_micros
            before = spans.get(name, (start, end))
            spans[name] = (min(before[0], start), max(before[1], end))
    for device in result.dev_stats:
        if "/stream:all" in device.device or "/job" not in device.device:
            continue
        for node in device.node_stats:
            if node.node_name in spans:
                _stretch(node, spans[node.node_name], op_time == "gpu")
    return result


def _stretch(node: Any, span: tuple[int, int], moves_start: bool) -> None:
    end = max(span[1], node.all_start_micros + node.all_end_rel_micros)
    if moves_start:
        node.all_start_micros = span[0]
    node.all_end_rel_micros = end - node.all_start_micros
