"""Traces as TensorFlow reports them: `RunMetadata` with the statistics of each node.

What TensorFlow's messages have no fields for is at the end of a node's `timeline_label`, behind
`@@`, as JSON: `Remarks`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphflow.core.graph import Operation
from graphflow.interop.tensor_proto import shape_proto
from graphflow.runtime.devices import CPU
from graphflow.runtime.trace import HelpRecord, Origin, StepRecord, Trace, helped, origins

_SEPARATOR = " @@"
_SHOWN_TYPES = 3
# What takes a smaller part of the time does not give its name to what was executed at once.
_LEAST_SHARE = 0.04


@dataclass(frozen=True)
class Remarks:
    """What a node's label says beside its name, type and inputs.

    Attributes:
      after: operations that it waited for and that are not among its inputs.
      fuses: the operations that were executed at once, if they are several.
      shares: for each of them its part of the time, by what it took alone.
      within: the operation whose body it belongs to.
      helps: the operation whose work it took a part of, on another thread.
      is_compiled: whether it is a loop that ran as machine code.
      error: what went wrong.
    """

    after: Sequence[str] = ()
    fuses: Sequence[str] = ()
    shares: Sequence[float] = ()
    within: str = ""
    helps: str = ""
    is_compiled: bool = False
    error: str = ""


@dataclass(frozen=True)
class Label:
    """The parts of a node's `timeline_label`.

    Attributes:
      name: of the node.
      type: of its operation; of several, their types with `+` between them.
      inputs: the tensors that it takes, and with `^` what it waits for.
      remarks: what is behind that.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    remarks: Remarks = Remarks()

    def __str__(self) -> str:
        """Return `name = Type(inputs)`, the form from which timelines take the type."""
        text = f"{self.name} = {self.type}({', '.join(self.inputs)})"
        said = {key: value for key, value in vars(self.remarks).items() if value}
        return f"{text}{_SEPARATOR}{json.dumps(said)}" if said else text


def read_label(text: str, name: str = "") -> Label:
    """Return the parts of a `timeline_label`, also of one that TensorFlow wrote.

    Args:
      text: the label.
      name: the name of the node, for a label that does not say it.

    >>> read_label("y = MatMul(x, w/read, ^init)").inputs
    ('x', 'w/read', '^init')
    >>> read_label('y = Mul+Relu(x) @@{"fuses": ["m", "y"]}').remarks.fuses
    ['m', 'y']
    """
    head, _, tail = text.partition(_SEPARATOR)
    found, _, call = head.partition(" = ")
    kind, bracket, inputs = call.partition("(")
    if not bracket:
        return Label(name, "unknown", ())
    items = [item.strip() for item in inputs.rpartition(")")[0].split(",")]
    return Label(found or name, kind, tuple([i for i in items if i]), _read_remarks(tail))


def _read_remarks(text: str) -> Remarks:
    try:
        return Remarks(**json.loads(text)) if text else Remarks()
    except (ValueError, TypeError):  # what other programs write there
        return Remarks()


def fill_run_metadata(run_metadata: Any, trace: Trace) -> None:
    """Replace the content of a `RunMetadata` by what a trace recorded.

    Every step is a `NodeExecStats`: its node, when it became ready, started and ended in
    microseconds and nanoseconds, the number of its thread (whose name is in `thread_names`), and
    the shape, dtype and size of each output that was used. Steps that were executed at once are
    one node, with the name of the one that makes the result. Work that another thread did for a
    step is a node of its own, whose name is no operation's.

    Args:
      run_metadata: the `RunMetadata` message to fill.
      trace: the records of a run.
    """
    run_metadata.Clear()
    device = run_metadata.step_stats.dev_stats.add(device=CPU)
    threads, epoch = _Threads(), trace.epoch_nanos
    for record, origin in origins(trace).items():
        _fill_node(device.node_stats.add(), record, origin, threads.number(record), epoch)
    for help_, owner in sorted(helped(trace), key=lambda item: item[0].start):
        if owner is not None:
            _fill_help(device.node_stats.add(), help_, owner, threads.number(help_), epoch)
    for number, name in threads.names().items():
        device.thread_names[number] = name


@dataclass
class OperationTime:
    """How long an operation took in a run.

    Attributes:
      micros: microseconds; of what was executed with others at once, its share.
      thread: name of the thread that executed it last.
      calls: how often it was executed.
    """

    micros: float = 0.0
    thread: str = ""
    calls: int = 0


def operation_times(step_stats: Any) -> dict[str, OperationTime]:
    """Return how long each executed operation took, by name.

    Time of steps that were executed at once is shared by what they took alone. What other threads
    helped with does not count: it lies within the time of a step.

    Args:
      step_stats: the `StepStats` of a `RunMetadata`.
    """
    found: dict[str, OperationTime] = {}
    for device in step_stats.dev_stats:
        for node in device.node_stats:
            micros = node.all_end_rel_nanos / 1000 or float(node.all_end_rel_micros)
            thread = device.thread_names.get(node.thread_id, f"thread {node.thread_id}")
            for name, share in executed_operations(node):
                item = found.setdefault(name, OperationTime())
                item.micros += micros * share
                item.thread = thread
                item.calls += 1
    return found


def executed_operations(node: Any) -> list[tuple[str, float]]:
    """Return the operations that a node stands for, each with its share of the time.

    Args:
      node: a `NodeExecStats`; one for help with another's work stands for none.
    """
    remarks = read_label(node.timeline_label).remarks
    if remarks.helps:
        return []
    if not remarks.fuses:
        return [(node.node_name, 1.0)]
    return list(zip(remarks.fuses, remarks.shares, strict=True))


class _Threads:
    """Numbers the threads of a trace; those of equal names are told apart."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int], int] = {}

    def number(self, record: StepRecord | HelpRecord) -> int:
        return self._numbers.setdefault((record.thread, record.ident), len(self._numbers))

    def names(self) -> dict[int, str]:
        seen: dict[str, int] = {}
        found = {}
        for (name, _), number in self._numbers.items():
            seen[name] = seen.get(name, 0) + 1
            found[number] = name if seen[name] == 1 else f"{name} ({seen[name]})"
        return found


def _fill_node(stats: Any, record: StepRecord, origin: Origin, thread: int, epoch: int) -> None:
    operation = record.step.operation
    stats.node_name = operation.name
    stats.timeline_label = str(_label(record, origin))
    stats.thread_id = thread
    _fill_times(stats, epoch, origin.ready, record.start, record.end)
    total = 0
    for tensor, output in zip(record.tensors, record.outputs, strict=True):
        if output is None:
            continue
        shape, size = output
        total += size
        if tensor.op is not operation:
            continue  # of several steps at once: the node has a place for its own outputs only
        description = stats.output.add(slot=tensor.value_index).tensor_description
        description.dtype = tensor.dtype.base_dtype.as_datatype_enum
        description.shape.CopyFrom(shape_proto(shape))
        description.allocation_description.requested_bytes = size
        description.allocation_description.allocated_bytes = size
        description.allocation_description.allocator_name = "cpu"
    if total:
        stats.memory.add(allocator_name="cpu", total_bytes=total, peak_bytes=total)


def _fill_times(stats: Any, epoch: int, ready: float, start: float, end: float) -> None:
    nanos = epoch + round(start * 1000)
    length = max(1, round(end * 1000) - round(start * 1000))
    stats.scheduled_nanos = min(epoch + round(ready * 1000), nanos)
    stats.scheduled_micros = stats.scheduled_nanos // 1000
    stats.all_start_nanos, stats.all_start_micros = nanos, nanos // 1000
    stats.op_end_rel_nanos = stats.all_end_rel_nanos = length
    # A node that took any time at all is shown with at least a microsecond, as TensorFlow does.
    stats.op_end_rel_micros = stats.all_end_rel_micros = max(1, round(length / 1000))


def _fill_help(stats: Any, record: HelpRecord, owner: StepRecord, thread: int, epoch: int) -> None:
    name = owner.step.operation.name
    stats.node_name = f"{name} (help)"
    remarks = Remarks(helps=name)
    stats.timeline_label = str(Label(stats.node_name, _type(owner), (), remarks))
    stats.thread_id = thread
    _fill_times(stats, epoch, record.asked, record.start, record.end)


def _type(record: StepRecord) -> str:
    """The type of a record's operation; of several, those that take most time, with `+` between."""
    shares: dict[str, float] = {}
    for step, share in zip(record.steps, member_shares(record), strict=True):
        shares[step.operation.type] = shares.get(step.operation.type, 0.0) + share
    heavy = sorted(shares, key=lambda kind: -shares[kind])[:_SHOWN_TYPES]
    shown = [kind for kind in shares if kind in heavy and shares[kind] >= _LEAST_SHARE]
    left_out = sum(share >= _LEAST_SHARE for share in shares.values()) > len(shown)
    return "+".join([*shown, "..."] if left_out else shown)


def _label(record: StepRecord, origin: Origin) -> Label:
    operation = record.step.operation
    inputs = tuple(_inputs([step.operation for step in record.steps]))
    named = {text.lstrip("^").partition(":")[0] for text in inputs}
    fuses = [step.operation.name for step in record.members]
    remarks = Remarks(
        after=[
            item.step.operation.name
            for item in origin.after
            if item.step.operation.name not in named
        ],
        fuses=fuses,
        shares=member_shares(record) if fuses else (),
        within="" if origin.within is None else origin.within.step.operation.name,
        is_compiled=origin.is_compiled,
        error=record.error,
    )
    return Label(operation.name, _type(record), inputs, remarks)


def _inputs(operations: Sequence[Operation]) -> list[str]:
    """What operations take from others, and with `^` what they wait for; of several each once."""
    inner = set(operations)
    tensors = [tensor for operation in operations for tensor in operation.inputs]
    taken = [tensor._as_node_def_input() for tensor in tensors if tensor.op not in inner]
    waiting = [before for operation in operations for before in operation.control_inputs]
    taken += [f"^{before.name}" for before in waiting if before not in inner]
    return taken if len(operations) == 1 else list(dict.fromkeys(taken))


def member_shares(record: StepRecord) -> list[float]:
    """The part of the time of each member, by what it took alone; equal parts if none is known."""
    costs = record.frame.costs if record.frame is not None else ()
    known = [costs[step.index] if costs else 0 for step in record.steps]
    total = sum(known)
    if not total:
        return [round(1 / len(known), 4)] * len(known)
    return [round(cost / total, 4) for cost in known]
