"""Arenas between runs: kept so that the next run finds its memory mapped, but not without bound.

What works in arenas (the line of code for a run, a cluster, a compiled loop) has spare ones, one
for each run that was under way at the same time.  A session may have lines for many shapes of
feeds, so all of them together keep no more than `LIMIT_BYTES`, but for the owner that was the last
to need a new one.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

LIMIT_BYTES = 1 << 30
# Several runs at once have as many arenas; so many are kept for the next ones.
_MAX_SPARE = 8

_Arena = TypeVar("_Arena")

_lock = threading.Lock()
# How many bytes of arenas each owner has made since it was last emptied, the oldest first.
_made: dict[weakref.ref[SpareArenas[Any]], int] = {}


class SpareArenas(Generic[_Arena]):
    """The arenas of one owner.

    Args:
      make: returns a new arena.
      size: bytes of an arena.
    """

    def __init__(self, make: Callable[[], _Arena], size: int) -> None:
        self._make = make
        self._size = size
        self._spare: list[_Arena] = []

    def take(self) -> _Arena:
        """Return an arena that no run uses."""
        try:
            return self._spare.pop()
        except IndexError:
            _enter(self, self._size)
            return self._make()

    def give_back(self, arena: _Arena) -> None:
        """Keep an arena for another run.

        Args:
          arena: from `take`; its run has ended well.
        """
        if len(self._spare) < _MAX_SPARE:
            self._spare.append(arena)

    def clear(self) -> None:
        """Forget the spare arenas."""
        self._spare.clear()


def _enter(owner: SpareArenas[Any], size: int) -> None:
    """Count a new arena, and have others forget theirs if there are too many bytes."""
    with _lock:
        for dead in [other for other in _made if other() is None]:
            del _made[dead]
        key = weakref.ref(owner)
        _made[key] = _made.pop(key, 0) + size
        total = sum(_made.values())
        for other in list(_made):
            if total <= LIMIT_BYTES or other == key:
                return
            total -= _made.pop(other)
            line = other()
            if line is not None:
                line.clear()
