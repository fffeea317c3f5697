"""The interactive page of a timeline: one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.viz.activities import Activity, History
from graphflow.viz.page import Page
from graphflow.viz.timeline_picture import OTHER_COLOR, colors_of, duration, summary_of, tooltip

_NOTHING = 1e-3
_HEIGHT = 460  # of the frame in a notebook, in pixels


def timeline_page(history: History, path: Sequence[Activity], title: str) -> Page:
    """Return the page.

    Args:
      history: what happened.
      path: the critical path.
      title: the heading; 'Timeline' if it is empty.
    """
    title = title or "Timeline"
    return Page(
        title,
        body="timeline.html",
        styles=["timeline.css"],
        scripts=["timeline.js"],
        data={"title": title, "summary": summary_of(history, path), **_data(history, path)},
        height=_HEIGHT,
    )


def _data(history: History, path: Sequence[Activity]) -> dict[str, Any]:
    times = history.by_type()
    colors = colors_of(history)
    number = {kind: place for place, kind in enumerate(times)}
    total = sum(times.values()) or 1.0
    levels = [0] * len(history.lanes)
    for activity in history.activities:
        levels[activity.lane] = max(levels[activity.lane], activity.level)
    span = max(history.span, _NOTHING)
    return {
        "span": span,
        "lanes": [
            {"name": name, "levels": level, "idle": f"idle {duration(idle)} ({idle / span:.0%})"}
            for name, level, idle in zip(history.lanes, levels, history.idle(), strict=True)
        ],
        "types": [
            {
                "name": kind,
                "color": colors[kind],
                "share": f"{micros / total:.0%}",
                "isNamed": colors[kind] != OTHER_COLOR,
            }
            for kind, micros in times.items()
        ],
        "critical": [activity.index for activity in path],
        "boxes": [
            {
                "name": activity.name,
                "type": number[activity.type],
                "lane": activity.lane,
                "level": activity.level,
                "start": round(activity.start, 3),
                "end": round(activity.end, 3),
                "after": [before.index for before in activity.after],
                "facts": tooltip(activity),
                "fuses": " ".join(activity.remarks.fuses),
            }
            for activity in history.activities
        ],
    }
