"""Name scopes as op functions open them: a wished name, a default one, and the right graph."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from graphflow.core.graph import Graph, get_default_graph, graph_of


class name_scope:
    """Context manager for the name scope of a function that makes several operations.

    It also makes the graph of `values` the default graph, and yields the scope's name with a final
    '/', which operations take as a name of their own.

    Args:
      name: the name that the caller asked for, or None.
      default_name: the name to use when `name` is None.
      values: the function's inputs; those that are graph elements must share one graph.

    Raises:
      TypeError: `name` is not a string.
      ValueError: both names are None although there are values, or the values belong to different
        graphs.

    >>> import graphflow as tf
    >>> with tf.name_scope(None, "double", [2.0]) as scope:
    ...     print(scope)
    double/
    """

    __slots__ = ("_blocks", "_name", "_values")

    def __init__(
        self,
        name: str | None,
        default_name: str | None = None,
        values: Sequence[Any] | None = None,
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a scope's name is a string, not {name!r}")
        if default_name is not None and not isinstance(default_name, str):
            raise TypeError(f"default_name is a string, not {default_name!r}")
        self._name = default_name if name is None else name
        self._values = values
        self._blocks: list[tuple[Graph, str, AbstractContextManager[Graph] | None]] = []

    @property
    def name(self) -> str | None:
        """The scope's wished name."""
        return self._name

    def __enter__(self) -> str:
        if self._name is None and self._values is not None:
            raise ValueError("a name scope with values needs a name or a default_name")
        default = get_default_graph()
        graph = default if not self._values else _graph_for(default, self._values)
        outer, full_name = graph._enter_scope(self._name)
        block = None
        if graph is not default:
            block = graph.as_default()
            block.__enter__()
        self._blocks.append((graph, outer, block))
        return full_name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        graph, outer, block = self._blocks.pop()
        try:
            if block is not None:
                block.__exit__(kind, value, trace)
        finally:
            graph._leave_scope(outer)


def _graph_for(default: Graph, values: Sequence[Any]) -> Graph:
    """The graph of the values; the body of a function captures values of outer graphs."""
    return default if default.building_function else graph_of(values)
