"""Splitting one kernel's work over the threads that its run was granted.

A kernel cuts its work into chunks, always the same ones, and calls `parallel_for`.  The executor
grants the session's threads to the thread that runs the kernel; without a grant, as in a kernel
called by hand, the chunks run one after the other.  Which thread takes which chunk is left to
chance, so what a chunk computes must not depend on that: each writes to a place of its own.

No chunk waits for a thread: the calling thread works through the chunks too, and a helper that
comes late finds none left.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

import numpy as np


class Team(Protocol):
    """Threads that help.

    Attributes:
      size: how many there are.
    """

    size: int

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job, which does not raise, on one of the threads."""


class _Grant(threading.local):
    team: Team | None = None


_grant = _Grant()


@contextmanager
def granted(team: Team | None) -> Iterator[None]:
    """Let the kernels that this thread runs meanwhile split their work over a team.

    Args:
      team: the threads, None for this thread alone.

    >>> with granted(None):
    ...     helpers()
    0
    """
    previous = grant(team)
    try:
        yield
    finally:
        _grant.team = previous


def grant(team: Team | None) -> Team | None:
    """Like `granted`, until the next call; return what was granted before.

    Args:
      team: the threads, None for this thread alone.
    """
    previous = _grant.team
    _grant.team = team
    return previous


def helpers() -> int:
    """How many threads would help this one."""
    team = _grant.team
    return 0 if team is None else team.size


def parallel_for(function: Callable[[int], object], count: int) -> None:
    """Call a function with 0, 1, ... count - 1, on several threads if they were granted.

    Handing work over takes 10 microseconds: split what takes 100 or more, into 4 to 8 chunks for
    each two threads, as cores are not equally quick.

    Args:
      function: computes a chunk, with the interpreter's lock released most of the time.
      count: how many chunks there are.

    Raises:
      Exception: the first that the function raises; chunks not yet begun are then left out.

    >>> squares = [0] * 3
    >>> parallel_for(lambda chunk: squares.__setitem__(chunk, chunk * chunk), 3)
    >>> squares
    [0, 1, 4]
    """
    team = _grant.team
    if team is None or team.size < 1 or count < 2:
        for chunk in range(count):
            function(chunk)
        return
    _Split(function, count).run(team)


class _Split:
    """Chunks that several threads take one by one.

    Attributes:
      chunks: those that nobody has taken.
      reports: from each helper that took some, how many, and what went wrong.
    """

    def __init__(self, function: Callable[[int], object], count: int) -> None:
        self.function = function
        self.chunks = deque(range(count))
        self.reports: SimpleQueue[tuple[int, BaseException | None]] = SimpleQueue()

    def run(self, team: Team) -> None:
        count = len(self.chunks)
        for _ in range(min(team.size, count - 1)):
            team.submit(self.help)
        done, error = self.work()
        while done < count:
            others, failure = self.reports.get()
            done += others
            error = error or failure
        if error is not None:
            raise error

    def help(self) -> None:
        """Take part, on a thread of the team."""
        with np.errstate(all="ignore"):  # as on the thread of a run
            done, error = self.work()
        if done:
            self.reports.put((done, error))

    def work(self) -> tuple[int, BaseException | None]:
        """Compute chunks until none is left; return how many were dealt with, and what failed."""
        done = 0
        while True:
            try:
                chunk = self.chunks.popleft()
            except IndexError:
                return done, None
            done += 1
            try:
                self.function(chunk)
            except BaseException as error:  # also Ctrl-C: others may still be writing
                return done + self._skip(), error

    def _skip(self) -> int:
        """Take all chunks that are left, and compute none."""
        skipped = 0
        while True:
            try:
                self.chunks.popleft()
            except IndexError:
                return skipped
            skipped += 1
