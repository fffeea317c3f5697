"""The order in which a session runs the steps for some fetches, as a table."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphflow.compiler.plan import Plan
from graphflow.fetches import Fetches
from graphflow.session import BaseSession
from graphflow.viz.diagram import fed_tensors, timing_of
from graphflow.viz.picture import duration_text, shortened
from graphflow.viz.plan_picture import Timing

_HEADINGS = ("step", "operation", "type", "waits for", "thread", "time")
_MAX_WAITED = 6
_MAX_NAME = 44


@dataclass(frozen=True)
class ScheduledStep:
    """One step.

    Attributes:
      number: its place in the order, from 1.
      name: the operation's name.
      type: the type of what is run.
      waits_for: the numbers of the steps that it waits for.
      thread: the thread that ran it, '' if that is not known.
      micros: how many microseconds it took, None if that is not known.
      is_known: whether it is not run, for the shapes alone determine its results.
    """

    number: int
    name: str
    type: str
    waits_for: tuple[int, ...]
    thread: str = ""
    micros: float | None = None
    is_known: bool = False


class Schedule:
    """Steps in the order of the plan; `print` shows a table, a notebook an HTML one.

    Attributes:
      steps: a `ScheduledStep` for each.
    """

    def __init__(self, steps: Sequence[ScheduledStep]) -> None:
        self.steps = list(steps)

    @property
    def depth(self) -> int:
        """How many steps the longest chain has in which each waits for the one before."""
        depths: dict[int, int] = {}
        for step in self.steps:
            depths[step.number] = 1 + max((depths[each] for each in step.waits_for), default=0)
        return max(depths.values(), default=0)

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for step in self.steps:
            listed = [str(number) for number in step.waits_for[:_MAX_WAITED]]
            more = ["..."] if len(step.waits_for) > _MAX_WAITED else []
            time = "" if step.micros is None else duration_text(step.micros)
            if step.is_known:
                time = "known from the shapes"
            yield (
                str(step.number),
                shortened(step.name, _MAX_NAME),
                step.type,
                ", ".join([*listed, *more]),
                step.thread,
                time,
            )

    def __str__(self) -> str:
        rows = [_HEADINGS, *self._rows()]
        kept = [i for i in range(len(_HEADINGS)) if i < 4 or any(row[i] for row in rows[1:])]
        widths = [max(len(row[i]) for row in rows) for i in kept]
        return "\n".join(
            "  ".join(row[i].ljust(width) for i, width in zip(kept, widths, strict=True)).rstrip()
            for row in rows
        )

    def __repr__(self) -> str:
        return f"<Schedule of {len(self.steps)} steps, the longest chain {self.depth}>"

    def _repr_html_(self) -> str:
        head = "".join(f'<th style="text-align:left">{name}</th>' for name in _HEADINGS)
        body = "".join(
            "<tr>"
            + "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in row)
            + "</tr>"
            for row in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def schedule(
    session: BaseSession, fetches: Any, feeds: Any = None, *, trace: Any = None
) -> Schedule:
    """List the steps that a session runs for some fetches, in order, with what each waits for.

    Args:
      session: a `Session`.
      fetches: what `session.run` would be given.
      feeds: the tensors that are fed (a list, or a dict such as `feed_dict`).
      trace: a `RunMetadata` filled by `session.run`, or a `Trace`: the threads and times are its;
        without one the times are those that the session measured in its first runs, if any.

    Returns:
      A `Schedule`.

    Raises:
      TypeError: `session` is no session, or `trace` no trace.
      ValueError: a fetch or feed is not in the graph.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [2, 2], name="x")
    >>> a, b = tf.matmul(x, x, name="a"), tf.exp(x, name="b")
    >>> c = tf.add(a, b, name="c")
    >>> with tf.Session() as sess:
    ...     print(tf.viz.schedule(sess, c, [x]))
    step  operation  type    waits for
    1     a          MatMul
    2     b          Exp
    3     c          Add     1, 2
    """
    if not isinstance(session, BaseSession):
        raise TypeError(f"a schedule is made by a session, not by {session!r}")
    flat = Fetches(session.graph, fetches)
    plan = session._plan(flat.tensors, flat.operations, fed_tensors(session.graph, feeds))
    return Schedule(_steps(plan, timing_of(plan, trace) or Timing({})))


def _steps(plan: Plan, timing: Timing) -> list[ScheduledStep]:
    lanes = timing.lanes
    waits: list[list[int]] = [[] for _ in plan.steps]
    for step in plan.steps:
        for after in step.successors:
            waits[after].append(step.index + 1)
    return [
        ScheduledStep(
            step.index + 1,
            step.operation.name,
            step.op.type,
            tuple(sorted(waits[step.index])),
            "" if step.operation.name in timing.skipped else lanes.get(step.operation.name, ""),
            timing.micros.get(step.operation.name),
            step.operation.name in timing.skipped,
        )
        for step in plan.steps
    ]
