"""Mutexes that runs hold from their beginning to their end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from graphflow.core.handles import ResourceHandle
from graphflow.runtime.cancellation import Cancellation
from graphflow.runtime.resources import ResourceManager


class _Mutex:
    """Held by one run at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_held = False

    @contextlib.contextmanager
    def held(self, cancellation: Cancellation) -> Iterator[None]:
        with self._changed:
            cancellation.wait_for(self._changed, lambda: not self._is_held)
            self._is_held = True
        try:
            yield
        finally:
            with self._changed:
                self._is_held = False
                self._changed.notify()


@contextlib.contextmanager
def hold(
    mutexes: Sequence[ResourceHandle], resources: ResourceManager, cancellation: Cancellation
) -> Iterator[None]:
    """Hold mutexes during a block; all who hold several take them in the same order.

    Raises:
      DeadlineExceededError: the run's deadline passes while it waits.
    """
    with contextlib.ExitStack() as stack:
        for key in mutexes:
            mutex = resources.lookup_or_create(key, _Mutex)
            stack.enter_context(mutex.held(cancellation))
        yield
