"""Arenas are kept between runs, within a bound for all lines together."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from graphflow.core.op import Array
from graphflow.runtime import spare_arenas
from graphflow.runtime.spare_arenas import SpareArenas

Log = list["weakref.ref[Array]"]


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_arenas, "LIMIT_BYTES", 250)
    monkeypatch.setattr(spare_arenas, "_made", {})


def _line(size: int, log: Log) -> SpareArenas:
    def make() -> list[Array]:
        array = np.empty(size, np.uint8)
        log.append(weakref.ref(array))
        return [array]

    return SpareArenas(make, size)


def _run(*lines: SpareArenas) -> None:
    """A run of each line, all at the same time."""
    taken = [line.take() for line in lines]
    for line, arena in zip(lines, taken, strict=True):
        line.give_back(arena)


def _alive(log: Log) -> int:
    gc.collect()
    return sum(reference() is not None for reference in log)


def test_an_arena_serves_one_run_after_the_other() -> None:
    log: Log = []
    line = _line(100, log)
    for _ in range(5):
        _run(line)
    assert len(log) == 1
    _run(line, line)
    assert len(log) == 2


def test_few_arenas_are_kept_however_many_runs_there_were_at_once() -> None:
    log: Log = []
    line = _line(1, log)
    _run(*[line] * 30)
    assert _alive(log) == 8


def test_the_oldest_lines_forget_theirs_first() -> None:
    logs: list[Log] = [[], [], []]
    lines = [_line(100, log) for log in logs]
    for line in lines:
        _run(line)
    assert [_alive(log) for log in logs] == [0, 1, 1]
    _run(lines[0])
    assert [_alive(log) for log in logs] == [1, 0, 1]


def test_a_line_that_needs_more_than_the_bound_keeps_its_arena() -> None:
    log: Log = []
    line = _line(1000, log)
    _run(line)
    _run(line)
    assert len(log) == _alive(log) == 1


def test_lines_that_are_gone_do_not_count() -> None:
    log: Log = []
    for _ in range(5):
        _run(_line(200, []))
    line = _line(100, log)
    _run(line)
    _run(_line(100, []))
    assert _alive(log) == 1
