"""Which graphs a program built, once it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from graphflow.core.graph import Graph, get_default_graph
from graphflow.session import BaseSession


class BuiltGraphs:
    """The graphs that sessions of a program had, in the order of the sessions."""

    def __init__(self) -> None:
        self._of_sessions: dict[Graph, None] = {}

    def add(self, graph: Graph) -> None:
        """Remember a graph that a session has."""
        self._of_sessions[graph] = None

    def largest(self) -> Graph:
        """Return the graph with most operations, of the default graph and those of sessions."""
        candidates = [get_default_graph(), *self._of_sessions]
        return max(candidates, key=lambda graph: graph.version)


@contextmanager
def watch_graphs() -> Iterator[BuiltGraphs]:
    """Remember the graphs of all sessions that are made within the `with` block."""
    built = BuiltGraphs()
    original = BaseSession.__init__

    @wraps(original)
    def init(self: BaseSession, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        built.add(self.graph)

    BaseSession.__init__ = init  # type: ignore[method-assign]
    try:
        yield built
    finally:
        BaseSession.__init__ = original  # type: ignore[method-assign]
