"""How a run is told to stop: a token that kernels may ask and wait on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from graphflow.core.errors import DeadlineExceededError


class Cancellation:
    """A run's stop signal, with an optional deadline.

    Args:
      deadline: in seconds of `time.monotonic()`, None for no limit.
    """

    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self._lock = threading.Lock()
        self._reason: BaseException | None = None
        self._callbacks: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was told to stop."""
        return self._reason is not None

    def cancel(self, reason: BaseException) -> None:
        """Tell the run to stop; only the first reason counts."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def another(self) -> Cancellation:
        """Return a token of its own, for work that outlives the run."""
        return Cancellation()

    @contextlib.contextmanager
    def child(self) -> Iterator[Cancellation]:
        """Return a token for a part of the work: cancelled with this one, but not the other way."""
        child = Cancellation(self.deadline)

        def cancel() -> None:
            child.cancel(self._reason or deadline_error())

        self.on_cancel(cancel)
        try:
            yield child
        finally:
            self.remove_callback(cancel)

    def check(self) -> None:
        """Raise if the run was cancelled or its deadline has passed."""
        if self._reason is None and self.deadline is not None and self.remaining() == 0:
            self.cancel(deadline_error())
        if self._reason is not None:
            raise self._reason

    def remaining(self) -> float | None:
        """Return the seconds until the deadline, at least 0; None without a deadline."""
        if self.deadline is None:
            return None
        return max(0.0, self.deadline - time.monotonic())

    def wait_for(self, condition: threading.Condition, predicate: Callable[[], bool]) -> None:
        """Wait, holding `condition`, until `predicate()` is true.

        Raises:
          BaseException: the reason, when the run is cancelled meanwhile.
          DeadlineExceededError: its deadline passes.
        """
        if predicate():
            return

        def wake() -> None:
            with condition:
                condition.notify_all()

        self.on_cancel(wake)
        try:
            while True:
                self._check_here()  # first, so that a run that was given up does not act after all
                if predicate():
                    return
                condition.wait(self.remaining())
        finally:
            self.remove_callback(wake)

    def _check_here(self) -> None:
        """Raise as `check` does, but leave it to the run to cancel what else it waits for.

        The caller holds a lock, and the callbacks of `cancel` take others.
        """
        if self._reason is not None:
            raise self._reason
        if self.remaining() == 0:
            raise deadline_error()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the run is cancelled; at once if it is already."""
        with self._lock:
            if self._reason is None:
                self._callbacks.append(callback)
                return
        callback()

    def remove_callback(self, callback: Callable[[], None]) -> None:
        """Forget a callback, if it was not called."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


def deadline_error() -> DeadlineExceededError:
    """The error of a run that takes too long."""
    return DeadlineExceededError(None, None, "the run took longer than its timeout")
