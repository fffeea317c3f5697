"""Threads that help a run: a fixed number for computing, as many as needed for waiting."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

# An idle thread for blocking work ends after this many seconds.
_IDLE_SECONDS = 5.0

Job = Callable[[], None]


class ThreadPool:
    """Daemon threads that run jobs; jobs must not raise.

    Args:
      size: the number of threads that compute, started at first need.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # The garbage collector may close the pool on a thread that holds the lock.
        self._lock = threading.RLock()
        self._workers: list[threading.Thread] = []
        self._waiting_jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._idle_waiters = 0
        self._waiters: set[threading.Thread] = set()
        self._closed = False

    def submit(self, job: Job) -> None:
        """Run `job` on a computing thread."""
        if len(self._workers) < self.size:
            self._start_worker()
        self._jobs.put(job)

    def _start_worker(self) -> None:
        with self._lock:
            if self._closed or len(self._workers) >= self.size:
                return
            name = f"graphflow-worker-{len(self._workers)}"
            worker = threading.Thread(target=self._work, name=name, daemon=True)
            worker.start()  # first: `close` joins those listed, which must have started
            self._workers.append(worker)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            job()
            del job  # or an idle thread would keep the last run's arrays alive

    def submit_blocking(self, job: Job) -> None:
        """Run `job`, which may wait long, on a thread of its own.

        Not at the end of the program, when objects that are dropped wish for it: no thread starts.
        """
        if sys.is_finalizing():
            return
        with self._lock:
            self._waiting_jobs.put(job)
            if self._idle_waiters > 0:
                self._idle_waiters -= 1
                return
            # Not with the job as an argument, which the thread would keep as long as it lives.
            waiter = threading.Thread(
                target=self._wait_and_work, name="graphflow-blocking", daemon=True
            )
            waiter.start()
            self._waiters.add(waiter)

    def _wait_and_work(self) -> None:
        job = self._waiting_jobs.get()
        while job is not None:
            job()
            job = None  # or an idle thread would keep the last run's arrays alive
            job = self._next_blocking_job()
        with self._lock:
            self._waiters.discard(threading.current_thread())

    def _next_blocking_job(self) -> Job | None:
        with self._lock:
            if self._closed:
                return None
            self._idle_waiters += 1
        try:
            return self._waiting_jobs.get(timeout=_IDLE_SECONDS)
        except Empty:
            with self._lock:
                if self._idle_waiters > 0:
                    self._idle_waiters -= 1
                    return None
            # Somebody counted on this thread just now: its job is on the way.
            return self._waiting_jobs.get()

    def close(self, timeout: float = 1.0) -> None:
        """End the threads; those that hang in a kernel are left to end by themselves."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            workers, waiters = list(self._workers), list(self._waiters)
            for _ in range(self._idle_waiters):
                self._waiting_jobs.put(None)
            self._idle_waiters = 0
        for _ in workers:
            self._jobs.put(None)
        current = threading.current_thread()
        for thread in (*workers, *waiters):
            if thread is not current:
                thread.join(timeout)
