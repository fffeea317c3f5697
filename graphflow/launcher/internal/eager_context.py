"""`tensorflow.python.eager.context`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from graphflow.core.version2 import executing_eagerly as executing_eagerly

GRAPH_MODE = 0
EAGER_MODE = 1


class _Context:
    """The mode that everything runs in: building a graph."""

    def executing_eagerly(self) -> bool:
        """Return False: operations go into a graph."""
        return executing_eagerly()

    def in_eager_mode(self) -> bool:
        """Return False: operations go into a graph."""
        return executing_eagerly()

    def num_gpus(self) -> int:
        """Return 0: there is the processor alone."""
        return 0


_context = _Context()


def context() -> _Context:
    """Return the mode that everything runs in."""
    return _context


def in_eager_mode() -> bool:
    """Return False: operations go into a graph."""
    return executing_eagerly()


def in_graph_mode() -> bool:
    """Return True: operations go into a graph."""
    return not executing_eagerly()


@contextlib.contextmanager
def graph_mode() -> Iterator[None]:
    """Open a block in which operations go into a graph, as they do anyway."""
    yield
