"""Notices the classic mistake: a graph that grows with each step of a training loop."""

from __future__ import annotations

import warnings
import weakref
from collections import Counter

from graphflow.core.graph import Graph

# So many times the same line may add operations between two runs.
_MANY = 20
# Of many new operations the first ones tell enough.
_LOOKED_AT = 50
_warned: weakref.WeakSet[Graph] = weakref.WeakSet()


class GraphGrowthWarning(UserWarning):
    """A program adds operations to a graph again and again, and runs it in between."""


class GraphGrowth:
    """Watches how a graph grows between the runs of a session.

    Args:
      graph: the graph.

    Attributes:
      seen: how many operations it had at the last run.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._times: Counter[str] = Counter()
        self.seen = graph.version

    def notice(self) -> None:
        """Look at the operations that are new since the last run; warn once for a graph.

        The warning names the line of the program that adds operations.
        """
        start, self.seen = self.seen, self._graph.version
        if self._graph in _warned:
            return
        new = self._graph.get_operations()[start : start + _LOOKED_AT]
        lines = list(dict.fromkeys(operation.user_line for operation in new))
        self._times.update(lines)
        repeated = [line for line in lines if line and self._times[line] >= _MANY]
        if not repeated:
            return
        _warned.add(self._graph)
        line = repeated[0]
        file, _, rest = line.rpartition(" in ")[0].rpartition(":")
        warnings.warn_explicit(
            f"the graph grows: {line} has added operations {self._times[line]} times between runs "
            f"({self.seen} operations now). Each run is then prepared anew, and memory grows. "
            "Build the graph once, before the loop, and feed what changes; tf.Graph.finalize() "
            "shows where operations are added",
            GraphGrowthWarning,
            file or "<unknown>",
            int(rest) if rest.isdigit() else 0,
        )
