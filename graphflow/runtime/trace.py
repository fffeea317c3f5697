"""Record what a run did: each step, when, on which thread, with what results.

A traced run does what an untraced one would, on the same threads and with the same compiled
functions; it only looks at the clock between the steps.  What follows from that, such as when a
step became ready or which loop a step of a body belongs to, is worked out afterwards, from the
plans, the times and the threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.plan import NO_SLOT, Plan, Step
from graphflow.core.graph import Tensor
from graphflow.core.parallel import Team

Size = tuple[tuple[int, ...], int]
# A helper that came when there was nothing left to do is not worth a record.
_LEAST_MICROS = 2.0


@dataclass(frozen=True, eq=False)
class Frame:
    """One execution of a plan: the run itself, or a body of a function within it.

    Attributes:
      plan: the plan.
      begin: when it began, in microseconds of the monotonic clock.
      ident: the thread that asked for it.
      costs: for each step the nanoseconds that it took alone, as far as that was measured.
    """

    plan: Plan
    begin: float
    ident: int
    costs: Sequence[int] = ()


@dataclass(frozen=True, eq=False)
class StepRecord:
    """One executed step, or several that were compiled to one function.

    Attributes:
      step: the step; of several the one that makes the last result.
      start: when it started, in microseconds of the monotonic clock.
      end: when it ended.
      thread: name of the thread.
      outputs: shape and size in bytes of each output that somebody uses, None for others.
      ident: identifies the thread, for several may have the same name.
      frame: the execution that the step belongs to.
      members: the steps that it stands for, if they are several.
      made: the tensors whose sizes are in `outputs`, if they are not those of the operation.
      error: what went wrong, '' if nothing did.
    """

    step: Step
    start: float
    end: float
    thread: str
    outputs: tuple[Size | None, ...]
    ident: int = 0
    frame: Frame | None = None
    members: tuple[Step, ...] = ()
    made: tuple[Tensor, ...] = ()
    error: str = ""

    @property
    def tensors(self) -> Sequence[Tensor]:
        """The tensors whose sizes are in `outputs`."""
        return self.made if self.members else self.step.operation.outputs

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it stands for."""
        return self.members or (self.step,)


@dataclass(frozen=True, eq=False)
class HelpRecord:
    """A part of a step's work that another thread did.

    Attributes:
      start: when it started, in microseconds of the monotonic clock.
      end: when it ended.
      thread: name of the thread that helped.
      ident: identifies it.
      asked: when it was asked for.
      owner: the thread that executes the step.
    """

    start: float
    end: float
    thread: str
    ident: int
    asked: float
    owner: int


@dataclass(frozen=True)
class UnitNote:
    """What is known beforehand of something that a run executes at once.

    Attributes:
      step: the step; of several the one that makes the last result.
      members: all of them, if they are several.
      made: the tensors that are made, if several steps make them.
      sizes: shape and size of each result, as far as the shapes determine it.
      slots: where a result is that has no such size.
    """

    step: Step
    members: tuple[Step, ...]
    made: tuple[Tensor, ...]
    sizes: tuple[Size | None, ...]
    slots: tuple[int, ...]


def _size(value: Any) -> Size:
    array = np.asarray(value)
    return array.shape, int(array.nbytes)


class Trace:
    """The records of a run, in the order in which the steps ended.

    Attributes:
      records: of steps.
      help: of the work that other threads did for steps.
      compiled: for loops that ran as machine code: thread and time.
      epoch_nanos: what to add to the monotonic clock to get nanoseconds since the epoch.
    """

    def __init__(self) -> None:
        self.records: list[StepRecord] = []
        self.help: list[HelpRecord] = []
        self.compiled: list[tuple[int, float]] = []
        # Microseconds since the epoch, as floats, would be good for a quarter of one only.
        self.epoch_nanos = time.time_ns() - time.perf_counter_ns()
        self._is_open = True

    def close(self) -> None:
        """Take no more records: what goes on after its run belongs to no run.

        Functions of datasets live on, and so do blocking steps of a run that has failed.
        """
        self._is_open = False

    def now(self) -> float:
        """Return the time in microseconds of the monotonic clock."""
        return time.perf_counter_ns() / 1000

    def frame(self, plan: Plan, costs: Sequence[int] = ()) -> Frame:
        """Begin an execution of a plan, on this thread."""
        return Frame(plan, self.now(), threading.get_ident(), costs)

    @contextmanager
    def step(self, step: Step, slots: Sequence[Any], frame: Frame | None = None) -> Iterator[None]:
        """Record the step that runs within the `with` block, also one that fails.

        Args:
          step: the step.
          slots: the run's slots, from which the outputs are taken afterwards.
          frame: the execution that it belongs to.
        """
        start = self.now()
        try:
            yield
        except BaseException as error:
            self.enter_failure(step, start, error, frame)
            raise
        end = self.now()
        outputs = tuple(None if slot == NO_SLOT else _size(slots[slot]) for slot in step.outputs)
        self._add(StepRecord(step, start, end, *self._thread(outputs), frame))

    def enter(self, note: UnitNote, start: float, slots: Sequence[Any], frame: Frame) -> None:
        """Record what ended just now.

        Args:
          note: what it is.
          start: when it started.
          slots: the run's slots.
          frame: the execution that it belongs to.
        """
        end = self.now()
        outputs = note.sizes
        if note.slots:
            places = iter(note.slots)
            outputs = tuple([size or _found(slots, next(places)) for size in outputs])
        name, outputs, ident = self._thread(outputs)
        record = StepRecord(
            note.step, start, end, name, outputs, ident, frame, note.members, note.made
        )
        self._add(record)

    def enter_failure(
        self, step: Step, start: float, error: BaseException, frame: Frame | None
    ) -> None:
        """Record a step that failed just now."""
        nothing: tuple[Size | None, ...] = (None,) * len(step.operation.outputs)
        name, outputs, ident = self._thread(nothing)
        text = f"{type(error).__name__}: {error}"
        self._add(StepRecord(step, start, self.now(), name, outputs, ident, frame, error=text))

    def has_failed(self, step: Step) -> bool:
        """Whether the step that was recorded last is this one, and it failed."""
        last = self.records[-1] if self.records else None
        return last is not None and last.step is step and bool(last.error)

    def last_end(self) -> float:
        """Return when the step that was recorded last ended; now, if there is none."""
        return self.records[-1].end if self.records else self.now()

    def enter_compiled(self) -> None:
        """Record that the step which runs on this thread is a loop in machine code."""
        self.compiled.append((threading.get_ident(), self.now()))

    def team(self, team: Team) -> Team:
        """Return a team that records what it helps with."""
        return _WatchedTeam(self, team)

    def enter_help(self, start: float, asked: float, owner: int) -> None:
        """Record that this thread has helped until now.

        Args:
          start: since when.
          asked: when it was asked for.
          owner: the thread that it helped.
        """
        end = self.now()
        if not self._is_open or end - start < _LEAST_MICROS:
            return
        thread = threading.current_thread()
        self.help.append(HelpRecord(start, end, thread.name, threading.get_ident(), asked, owner))

    def _thread(self, outputs: tuple[Size | None, ...]) -> tuple[str, tuple[Size | None, ...], int]:
        return threading.current_thread().name, outputs, threading.get_ident()

    def _add(self, record: StepRecord) -> None:
        if self._is_open:
            self.records.append(record)


def _found(slots: Sequence[Any], slot: int) -> Size | None:
    """The size of what is in a slot, None if there is none."""
    return None if slot == NO_SLOT or slots[slot] is None else _size(slots[slot])


class _WatchedTeam:
    """Threads that help, and say so in a trace."""

    def __init__(self, trace: Trace, team: Team) -> None:
        self.size = team.size
        self._trace = trace
        self._team = team

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job on one of the threads."""
        owner, asked = threading.get_ident(), self._trace.now()

        def help() -> None:
            start = self._trace.now()
            job()
            self._trace.enter_help(start, asked, owner)

        self._team.submit(help)


@dataclass(frozen=True)
class Origin:
    """What a record has to do with others.

    Attributes:
      ready: when all that it waited for had ended.
      after: the records that it waited for, those of its own execution.
      within: the record of the step whose body it belongs to, None for the run's own steps.
      is_compiled: whether it is a loop that ran as machine code.
    """

    ready: float
    after: tuple[StepRecord, ...]
    within: StepRecord | None
    is_compiled: bool


def origins(trace: Trace) -> dict[StepRecord, Origin]:
    """Return for each record of a trace, by start, what it has to do with others."""
    records = sorted(trace.records, key=lambda record: record.start)
    frames: dict[Frame, list[StepRecord]] = {}
    for record in records:
        if record.frame is not None:
            frames.setdefault(record.frame, []).append(record)
    after: dict[StepRecord, tuple[StepRecord, ...]] = {}
    for frame, members in frames.items():
        after.update(_waited_for(frame.plan, members))
    order = list(frames)
    within = dict(zip(order, owners(records, [(f.ident, f.begin) for f in order]), strict=True))
    compiled = set(owners(records, trace.compiled))
    found = {}
    for record in records:
        before = after.get(record, ())
        begin = record.start if record.frame is None else record.frame.begin
        ready = max((item.end for item in before), default=begin)
        parent = None if record.frame is None else within[record.frame]
        found[record] = Origin(min(ready, record.start), before, parent, record in compiled)
    return found


def helped(trace: Trace) -> list[tuple[HelpRecord, StepRecord | None]]:
    """Return each help of a trace with the step that it was for, None if it came too late."""
    records = sorted(trace.records, key=lambda record: record.start)
    found = owners(records, [(item.owner, item.asked) for item in trace.help])
    return [
        (item, record if record is not None and item.start < record.end else None)
        for item, record in zip(trace.help, found, strict=True)
    ]


def owners(
    records: Iterable[StepRecord], places: Sequence[tuple[int, float]]
) -> list[StepRecord | None]:
    """Return for each pair of thread and time the innermost step that was executed there then.

    Args:
      records: by start.
      places: threads, by their identifiers, and times.
    """
    events: list[tuple[int, float, int, int]] = []  # thread, time, kind, number
    numbered = list(records)
    events += [(record.ident, record.start, 0, i) for i, record in enumerate(numbered)]
    events += [(ident, at, 1, i) for i, (ident, at) in enumerate(places)]
    found: list[StepRecord | None] = [None] * len(places)
    open_steps: list[StepRecord] = []
    for ident, at, kind, number in sorted(events):
        while open_steps and (open_steps[-1].ident != ident or open_steps[-1].end < at):
            open_steps.pop()
        if kind == 0:
            open_steps.append(numbered[number])
        elif open_steps:
            found[number] = open_steps[-1]
    return found


def _waited_for(
    plan: Plan, records: Sequence[StepRecord]
) -> Mapping[StepRecord, tuple[StepRecord, ...]]:
    """For each record the others that it waited for, through steps that were not executed too."""
    executed = {step.index: record for record in records for step in record.steps}
    reached: list[dict[StepRecord, None]] = [{} for _ in plan.steps]
    found: dict[StepRecord, dict[StepRecord, None]] = {record: {} for record in records}
    for step in plan.steps:
        record = executed.get(step.index)
        before = reached[step.index]
        if record is not None:
            found[record].update((item, None) for item in before if item is not record)
        for successor in step.successors:
            reached[successor].update(before if record is None else {record: None})
        reached[step.index] = {}
    return {record: tuple(before) for record, before in found.items()}
