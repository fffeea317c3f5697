"""The interactive page of a timeline: one HTML file that needs no network."""

from __future__ import annotations

import html
import importlib.resources
import json
import string
from collections.abc import Sequence
from typing import Any

from graphflow.viz.activities import Activity, History
from graphflow.viz.timeline_picture import (
    OTHER_COLOR,
    colors_of,
    duration,
    summary_of,
    tooltip,
)

_NOTHING = 1e-3


def timeline_page(history: History, path: Sequence[Activity], title: str) -> str:
    """Return the page.

    Args:
      history: what happened.
      path: the critical path.
      title: the heading; 'Timeline' if it is empty.
    """
    folder = importlib.resources.files("graphflow.viz")
    page, style, script = (
        folder.joinpath(f"timeline.{ending}").read_text(encoding="utf-8")
        for ending in ("html", "css", "js")
    )
    return string.Template(page).substitute(
        title=html.escape(title or "Timeline"),
        summary=html.escape(summary_of(history, path)),
        style=style,
        script=script,
        data=_script_text(_data(history, path)),
    )


def _script_text(data: Any) -> str:
    """JSON that may stand within an element of HTML, whatever names contain."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


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
