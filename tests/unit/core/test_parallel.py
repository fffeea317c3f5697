from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from graphflow.core.parallel import granted, helpers, parallel_for
from graphflow.runtime.threads import ThreadPool


@pytest.fixture
def pool():
    pool = ThreadPool(3)
    yield pool
    pool.close()


class LateTeam:
    """Threads that are busy until `start` is called."""

    size = 2

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def submit(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)


def test_without_a_grant_one_thread_does_all_in_order():
    seen = []
    parallel_for(lambda chunk: seen.append((chunk, threading.current_thread())), 3)
    assert seen == [(chunk, threading.main_thread()) for chunk in range(3)]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 100])
def test_each_chunk_is_computed_once(pool, count: int):
    times = np.zeros(count, int)

    def compute(chunk: int) -> None:
        times[chunk] += 1

    for _ in range(20):
        with granted(pool):
            parallel_for(compute, count)
    assert (times == 20).all()


def test_helpers_do_help(pool):
    barrier = threading.Barrier(4, timeout=10)
    with granted(pool):
        assert helpers() == 3
        parallel_for(lambda _: barrier.wait(), 4)
    assert helpers() == 0


def test_nobody_waits_for_a_helper_that_comes_late():
    team, seen = LateTeam(), []
    with granted(team):
        parallel_for(seen.append, 3)
    assert seen == [0, 1, 2]
    assert len(team.jobs) == 2
    for job in team.jobs:
        job()
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("failing", [0, 3, 5])
def test_errors_are_raised_here(pool, failing: int):
    def compute(chunk: int) -> None:
        if chunk == failing:
            raise ValueError(f"chunk {chunk}")

    with granted(pool), pytest.raises(ValueError, match=f"chunk {failing}"):
        parallel_for(compute, 6)
    assert helpers() == 0


def test_after_an_error_nothing_is_still_running(pool):
    running = threading.Semaphore(0)
    entered = threading.Barrier(2, timeout=10)
    finished = []

    def compute(chunk: int) -> None:
        entered.wait()
        if chunk == 0:
            running.release()
            raise ValueError("first")
        running.acquire()
        finished.append(chunk)

    with granted(pool), pytest.raises(ValueError, match="first"):
        parallel_for(compute, 2)
    assert finished == [1]


def test_helpers_ignore_division_by_zero_as_runs_do(pool):
    barrier = threading.Barrier(2, timeout=10)

    def compute(chunk: int) -> None:
        barrier.wait()
        np.float64(1) / np.zeros(2)

    with granted(pool), np.errstate(all="ignore"):
        parallel_for(compute, 2)
