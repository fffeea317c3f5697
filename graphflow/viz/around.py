"""Draw the part of a graph around one operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphflow.core.graph import Operation
from graphflow.viz.diagram import Diagram
from graphflow.viz.dot import Layout, dot_source
from graphflow.viz.folding import fold
from graphflow.viz.graph_picture import Choice, graph_picture

_MAX_OPERATIONS = 40
_LEVELS = 2


def around(operation: Operation, way: Sequence[Operation] = (), mark: str = "") -> Diagram:
    """Draw an operation, marked, with what it needs directly and what follows from it.

    Args:
      operation: the operation.
      way: operations behind it that are of interest, the nearest first.
      mark: what the mark means, for the legend.
    """
    chosen = dict.fromkeys([operation, *way[: _MAX_OPERATIONS // 2]])
    level: Iterable[Operation] = [operation]
    for _ in range(_LEVELS):
        level = [tensor.op for each in level for tensor in each.inputs]
        for each in level:
            if len(chosen) < _MAX_OPERATIONS:
                chosen.setdefault(each)
    if not way:
        for tensor in operation.outputs:
            for user in tensor.consumers()[:4]:
                chosen.setdefault(user)
    listed = sorted(chosen, key=lambda each: each.id)
    choice = Choice(listed, marked=frozenset([operation]))
    folded = fold(graph_picture(choice), None)
    return Diagram(dot_source(folded, Layout(mark=mark)), folded.root.size)
