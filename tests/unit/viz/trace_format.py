"""The rules of the trace event format, as far as our traces use it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

_WITH_TIME = set("XstfNODC")
_METADATA = {"process_name", "thread_name"}


def check_trace(text: str) -> list[dict[str, Any]]:
    """Assert that a text is a trace; return its events."""
    trace = json.loads(text)
    events = trace["traceEvents"]
    for event in events:
        _check_event(event)
    _check_nesting(events)
    _check_flows(events)
    _check_objects(events)
    _check_names(events)
    return events


def _check_event(event: dict[str, Any]) -> None:
    kind = event["ph"]
    assert kind in _WITH_TIME | {"M"}, event
    assert isinstance(event["name"], str), event
    assert event["name"], event
    assert isinstance(event["pid"], int), event
    if kind == "M":
        assert event["name"] in _METADATA, event
        assert isinstance(event["args"]["name"], str), event
        return
    assert isinstance(event["tid"], int), event
    assert isinstance(event["ts"], (int, float)), event
    assert event["ts"] >= 0, event
    assert isinstance(event["cat"], str), event
    if kind == "X":
        assert isinstance(event["dur"], (int, float)), event
        assert event["dur"] >= 0, event
    if kind in "stfNOD":
        assert isinstance(event["id"], int), event
    if kind == "C":
        assert all(isinstance(value, (int, float)) for value in event["args"].values()), event
    if kind == "O":
        assert "snapshot" in event["args"], event


def _check_nesting(events: list[dict[str, Any]]) -> None:
    """Of two complete events on a thread one contains the other, or they do not overlap."""
    threads = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            start = event["ts"]
            threads[event["pid"], event["tid"]].append((start, start + event["dur"]))
    for spans in threads.values():
        open_ends: list[float] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1], (start, end)
            open_ends.append(end)


def _check_flows(events: list[dict[str, Any]]) -> None:
    """Each arrow has one start and one end, of one name, not before the start."""
    starts = {event["id"]: event for event in events if event["ph"] == "s"}
    ends = {event["id"]: event for event in events if event["ph"] in "tf"}
    assert starts.keys() == ends.keys()
    assert len(starts) == sum(event["ph"] == "s" for event in events)
    for number, start in starts.items():
        assert (start["name"], start["cat"]) == (ends[number]["name"], ends[number]["cat"])
        assert start["ts"] <= ends[number]["ts"]


def _check_objects(events: list[dict[str, Any]]) -> None:
    """Each object is made once and ended once, and seen in between."""
    made = {event["id"]: event for event in events if event["ph"] == "N"}
    ended = {event["id"]: event for event in events if event["ph"] == "D"}
    assert made.keys() == ended.keys()
    assert len(made) == sum(event["ph"] == "N" for event in events)
    for event in events:
        if event["ph"] == "O":
            assert made[event["id"]]["ts"] <= event["ts"]
    for number, event in ended.items():
        assert made[number]["ts"] <= event["ts"]


def _check_names(events: list[dict[str, Any]]) -> None:
    """Each process in which something happens has a name."""
    named = {event["pid"] for event in events if event["name"] == "process_name"}
    assert {event["pid"] for event in events} <= named
