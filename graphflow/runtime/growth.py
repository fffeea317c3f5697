"""Notices the classic mistake: a graph that grows with each step of a training loop."""

from __future__ import annotations

import threading
import warnings
from types import CodeType

from graphflow.core.graph import Graph, Operation
from graphflow.core.keys import GraphKeys
from graphflow.core.traceback import user_place

# So many times the same line may add operations between two runs, and once more for each variable:
# programs that give each variable a value read from a file do that.
_MANY = 20
# Of so many runs one may come after such an addition, as at the start of each epoch.
_RUNS_BETWEEN = 10
# Of many new operations the first ones tell enough.
_LOOKED_AT = 50


class GraphGrowthWarning(UserWarning):
    """A program adds operations to a graph again and again, and runs it in between."""


class _Once:
    """Says yes to the first that asks, also among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        return self._lock.acquire(blocking=False)


_is_first = _Once()


class _Line:
    """A line of the program that adds operations.

    Attributes:
      code: the code object it belongs to.
      number: the line's number.
      first_run: the number of the run after it first did so.
      times: between how many runs it did so.
    """

    def __init__(self, code: CodeType, number: int, first_run: int) -> None:
        self.code = code
        self.number = number
        self.first_run = first_run
        self.times = 0


class GraphGrowth:
    """Watches how a graph grows between the runs of a session.

    A line is a place in a code object, so that lines typed one after the other at a prompt, or the
    runs of a notebook's cell, which all have the same number, are different ones.

    Args:
      graph: the graph.

    Attributes:
      seen: how many operations it had at the last run.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lines: dict[tuple[int, int], _Line] = {}
        self.seen = graph.version

    def notice(self, run: int) -> None:
        """Look at the operations that are new since the last run; a program is warned once.

        The warning names the line of the program that adds operations.

        Args:
          run: the number of the run that begins.
        """
        start, self.seen = self.seen, self._graph.version
        new = self._graph.get_operations()[start : start + _LOOKED_AT]
        lines = {line for operation in new if (line := self._line(operation, run)) is not None}
        for line in lines:
            line.times += 1
        suspect = max(lines, key=lambda line: line.times, default=None)
        if suspect is not None and self._is_in_loop(suspect, run) and _is_first():
            self._warn(suspect)

    def _line(self, operation: Operation, run: int) -> _Line | None:
        """The line that made an operation; a node that only joins others does not count."""
        place = user_place(operation._stack)
        if place is None or operation.type == "NoOp":
            return None
        code, number = place
        # The identity stays with the code object, which the line keeps.
        return self._lines.setdefault((id(code), number), _Line(code, number, run))

    def _is_in_loop(self, line: _Line, run: int) -> bool:
        if line.times < _MANY or run - line.first_run > _RUNS_BETWEEN * line.times:
            return False
        keys = GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES
        variables = sum(len(self._graph.get_collection(key)) for key in keys)
        return line.times >= _MANY + variables

    def _warn(self, line: _Line) -> None:
        warnings.warn_explicit(
            f"the graph grows: {line.code.co_filename}:{line.number} in {line.code.co_name} has "
            f"added operations {line.times} times between runs ({self.seen} operations now). Each "
            "run is then prepared anew, and memory grows. Build the graph once, before the loop, "
            "and feed what changes; tf.Graph.finalize() shows where operations are added",
            GraphGrowthWarning,
            line.code.co_filename,
            line.number,
        )
