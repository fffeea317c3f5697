"""Tables of what a recorded program did, as text."""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from graphflow.profiler.recording import OpKey, OpTotal, Recording, RunKind
from graphflow.viz.activities import Activity, history_of
from graphflow.viz.timeline_picture import byte_size, duration

WIDTH = 96
_INDENT = 18  # of the text of a line
# By what tables can be sorted; names ascend, numbers descend.
SORTS: dict[str, Callable[[str, OpTotal], float | str]] = {
    "time": lambda _name, total: -total.micros,
    "calls": lambda _name, total: -total.calls,
    "mean": lambda _name, total: -total.micros / max(total.calls, 1e-9),
    "bytes": lambda _name, total: -total.size,
    "name": lambda name, _total: name,
}


@dataclass
class _LineTotal:
    forward: float = 0.0
    backward: float = 0.0
    names: set[str] = field(default_factory=set)

    @property
    def micros(self) -> float:
        return self.forward + self.backward


def program_report(
    recording: Recording, wall_nanos: int, program: str, sort: str = "time", top: int = 15
) -> str:
    """Return what a program did, in tables of at most `WIDTH` columns.

    Args:
      recording: what its sessions did.
      wall_nanos: how long it took, the recording included.
      program: what it is called.
      sort: by what the tables of operations are sorted, one of `SORTS`.
      top: how many rows a table has at most.

    Raises:
      ValueError: there is no such order, or `top` is less than 1.
    """
    if sort not in SORTS:
        raise ValueError(f"tables are sorted by {', '.join(SORTS)}, not {sort!r}")
    if top < 1:
        raise ValueError(f"a table has at least one row, not {top}")
    totals: dict[OpKey, OpTotal] = {}
    for kind in recording.kinds.values():
        for key, total in kind.estimated().items():
            totals.setdefault(key, OpTotal()).add(total)
    parts = [_overview(recording, wall_nanos, program)]
    if totals:
        parts += [
            _runs(recording, top),
            _operations(totals, sort, top),
            _types(totals, sort, top),
            _critical_path(recording, top),
            _lines(totals, top),
        ]
    return "\n".join("\n".join(line.rstrip() for line in part) + "\n" for part in parts)


def _overview(recording: Recording, wall_nanos: int, program: str) -> Iterator[str]:
    own = recording.own_nanos / 1000
    wall = wall_nanos / 1000 - own
    inside = max(0.0, recording.inside_nanos / 1000 - own)
    compiling = min(recording.compile_nanos / 1000, inside)
    kinds = [kind for kind in recording.kinds.values() if kind.runs]
    runs, traced = sum(kind.runs for kind in kinds), sum(kind.traced for kind in kinds)
    failed = sum(kind.failed for kind in kinds)
    yield f"graphflow profile: {_cut(program, 50)}, {duration(wall)}"
    yield ""
    notes = f"{_count(runs, 'run')}, {traced:,} of them traced"
    notes += f", {failed:,} failed" if failed else ""
    for name, micros, note in (
        ("inside session.run", inside, notes),
        ("  of it preparing plans", compiling, _count(recording.plans, "plan")),
        ("outside", max(0.0, wall - inside), "Python, input, output"),
    ):
        yield f"  {name:24s}{duration(micros):>9s} {_share(micros, wall)}  {note}"
    if own:
        yield f"  The recording itself took {duration(own)} more, which is counted nowhere."
    if not runs:
        yield "  The program ran no session in this process."
    elif any(kind.runs > kind.traced for kind in kinds):
        yield "  Times and calls below are those of all runs, estimated by the traced ones."


def _runs(recording: Recording, top: int) -> Iterator[str]:
    kinds = sorted((k for k in recording.kinds.values() if k.runs), key=lambda k: -k.nanos)
    total = sum(kind.nanos for kind in kinds)
    yield _heading("Runs by what they fetch", len(kinds), top)
    yield _row("time", "share", "runs", "mean", "traced", "fetches")
    for kind in kinds[:top]:
        yield _row(
            duration(kind.nanos / 1000),
            _share(kind.nanos, total),
            f"{kind.runs:,}",
            duration(kind.nanos / 1000 / kind.runs),
            f"{kind.traced:,}",
            fetches_of(kind),
        )


def fetches_of(kind: RunKind) -> str:
    """Return the names of what runs fetched."""
    return ", ".join(name.removesuffix(":0") for name in kind.fetches) or "nothing"


def _operations(totals: dict[OpKey, OpTotal], sort: str, top: int) -> Iterator[str]:
    named = {f"{key.name} ({key.type})": OpTotal() for key in totals}
    for key, total in totals.items():
        named[f"{key.name} ({key.type})"].add(total)
    return _table(f"Operations by {sort}", "operation", named, sort, top)


def _types(totals: dict[OpKey, OpTotal], sort: str, top: int) -> Iterator[str]:
    types: dict[str, OpTotal] = {}
    for key, total in totals.items():
        types.setdefault(key.type, OpTotal()).add(total)
    return _table(f"Types of operations by {sort}", "type", types, sort, top)


def _table(title: str, what: str, totals: dict[str, OpTotal], sort: str, top: int) -> Iterator[str]:
    all_micros = sum(total.micros for total in totals.values())
    order = SORTS[sort]
    ordered = sorted(totals.items(), key=lambda item: order(*item))
    yield _heading(title, len(ordered), top)
    yield _row("time", "share", "calls", "mean", "bytes", what)
    for name, total in ordered[:top]:
        yield _row(
            duration(total.micros),
            _share(total.micros, all_micros),
            f"{total.calls:,.0f}",
            duration(total.micros / max(total.calls, 1e-9)),
            byte_size(total.size),
            name,
        )


def _critical_path(recording: Recording, top: int) -> Iterator[str]:
    kind = heaviest(recording)
    trace = kind.typical if kind is not None else None
    if kind is None or trace is None or not trace.records:
        return
    history = history_of(trace)
    path = history.critical_path()
    critical = sum(activity.duration for activity in path)
    yield f"A typical run of {_cut(fetches_of(kind), WIDTH - 17)}"
    yield (
        f"  {duration(history.span)} on {_count(len(history.lanes), 'thread')},"
        f" {history.parallelism:.2f} of them at work on average,"
        f" idle {duration(sum(history.idle()))} in sum"
    )
    yield (
        f"  critical path: {duration(critical)} ({critical / max(history.span, 1e-9):.0%}),"
        f" {_count(len(path), 'step')}{'; the longest of them, in order' * (len(path) > top)}"
    )
    yield _row("time", "share", "start", "step")
    for activity in _longest(path, top):
        yield _row(
            duration(activity.duration),
            _share(activity.duration, critical),
            duration(activity.start) if activity.start else "0",
            f"{activity.name} ({activity.type})",
        )


def _longest(path: Sequence[Activity], top: int) -> list[Activity]:
    longest = set(sorted(path, key=lambda activity: -activity.duration)[:top])
    return [activity for activity in path if activity in longest]


def heaviest(recording: Recording) -> RunKind | None:
    """Return the kind of runs that took most time, of those with a trace; None without any."""
    traced = [kind for kind in recording.kinds.values() if kind.latest]
    return max(traced, key=lambda kind: kind.nanos, default=None)


def _lines(totals: dict[OpKey, OpTotal], top: int) -> Iterator[str]:
    lines: dict[str, _LineTotal] = {}
    for key, total in totals.items():
        found = lines.setdefault(_place(key.line), _LineTotal())
        found.names.add(key.name)
        if key.is_gradient:
            found.backward += total.micros
        else:
            found.forward += total.micros
    ordered = sorted(lines.items(), key=lambda item: -item[1].micros)
    all_micros = sum(line.micros for line in lines.values())
    yield _heading("Lines of the program by time", len(ordered), top)
    yield _row("time", "share", "forward", "gradient", "ops", "line")
    for place, line in ordered[:top]:
        yield _row(
            duration(line.micros),
            _share(line.micros, all_micros),
            duration(line.forward) if line.forward else "",
            duration(line.backward) if line.backward else "",
            f"{len(line.names):,}",
            _short_place(place) if place else "not known",
        )
        text = _source_of(place)
        if text:
            yield f"{'':{_INDENT}}{_cut(text, WIDTH - _INDENT)}"


def _place(user_line: str) -> str:
    """The file and the number of `file:number in function`."""
    return user_line.rpartition(" in ")[0]


def _short_place(place: str) -> str:
    """The place without the folders of the file."""
    return place.replace(os.sep, "/").rsplit("/", 1)[-1]


def _source_of(place: str) -> str:
    file, _, number = place.rpartition(":")
    return linecache.getline(file, int(number)).strip() if number.isdecimal() else ""


# -- form -----------------------------------------------------------------------------------------

_COLUMNS = (9, 6, 9, 9, 9)


def _row(*cells: str) -> str:
    """A row: right-aligned columns, and a name."""
    *numbers, name = cells
    text = " ".join(f"{cell:>{width}s}" for cell, width in zip(numbers, _COLUMNS, strict=False))
    return f"{text}  {_cut(name, WIDTH - len(text) - 2)}"


def _heading(title: str, count: int, top: int) -> str:
    return f"{title} ({top} of {count:,})" if count > top else title


def _share(part: float, whole: float) -> str:
    share = part / whole if whole else 0.0
    return f"{share:6.1%}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _cut(text: str, length: int) -> str:
    """A text with its middle left out if it is long."""
    if len(text) <= length:
        return text
    head = (length - 3) // 2
    return f"{text[:head]}...{text[head + 3 - length :]}"
