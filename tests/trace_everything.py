"""A pytest plugin that traces all runs, and looks whether each trace makes sense.

    pytest -p tests.trace_everything tests/unit tests/programs
    pytest -p tests.fuse_everything -p tests.trace_everything tests/unit/ops

The second way traces compiled functions too.  Tests that look at how sessions run fail under it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from graphflow.compiler.plan import Plan
from graphflow.interop import protos
from graphflow.interop.run_metadata import fill_run_metadata
from graphflow.runtime.trace import Frame, StepRecord, Trace
from graphflow.session import BaseSession
from graphflow.viz.activities import History
from graphflow.viz.chrome_trace import chrome_trace
from graphflow.viz.timeline_picture import TimelinePicture
from tests.unit.viz.trace_format import check_trace

_MAX_RECORDS = 500
_numbers = Counter[str]()
_execute = BaseSession._execute


def _traced(
    session: BaseSession,
    plan: Plan,
    arrays: list[Any],
    options: Any = None,
    trace: Trace | None = None,
) -> list[Any]:
    if trace is not None:
        return _execute(session, plan, arrays, options, trace)
    trace = Trace()
    try:
        values = _execute(session, plan, arrays, options, trace)
        failed = False
    except BaseException:
        failed = True
        raise
    finally:
        trace.close()
        _check(trace, plan, failed)
    return values


def _check(trace: Trace, plan: Plan, failed: bool) -> None:
    _numbers["runs"] += 1
    _numbers["records"] += len(trace.records)
    _numbers["compiled"] += sum(len(record.members) > 1 for record in trace.records)
    frames: dict[Frame | None, list[StepRecord]] = {}
    for record in trace.records:
        assert record.start <= record.end
        frames.setdefault(record.frame, []).append(record)
    for frame, records in frames.items():
        assert frame is not None
        _check_steps(frame.plan, records)
    if not failed and plan.steps:
        assert any(frame is not None and frame.plan is plan for frame in frames) or _is_known(plan)
    if len(trace.records) > _MAX_RECORDS:
        return
    metadata = protos.RunMetadata()
    fill_run_metadata(metadata, trace)
    check_trace(chrome_trace(metadata.step_stats, True, True).format_to_string())
    history = History(metadata.step_stats)
    if history.activities:
        assert TimelinePicture(history, "", 500).drawing().svg()
        path = history.critical_path()
        assert sum(item.duration for item in path) <= history.span + 1e-6


def _check_steps(plan: Plan, records: Sequence[StepRecord]) -> None:
    """No step may be recorded twice for one execution of its plan, but for sums cut in parts."""
    executed = Counter(step.index for record in records for step in record.steps)
    twice = [
        plan.steps[index]
        for index, count in executed.items()
        if count > 1 and plan.steps[index].op.type != "AddN"
    ]
    assert not twice, twice


def _is_known(plan: Plan) -> bool:
    """Whether the shapes alone determine all results."""
    variants = list(plan.variants.values())
    return any(len(variant.skipped) == len(plan.steps) for variant in variants)


@pytest.fixture(autouse=True)
def trace_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseSession, "_execute", _traced)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    numbers = ", ".join(f"{count} {name}" for name, count in _numbers.items())
    terminalreporter.write_line(f"traced: {numbers}")
