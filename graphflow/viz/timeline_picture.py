"""The static picture of a timeline: lanes for threads, boxes for what they did."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphflow.viz.activities import Activity, History
from graphflow.viz.shapes import Drawing, Line, Rectangle, Shape, Text, fitting, text_width
from graphflow.viz.style import FAINT_INK, INK

# Light fills that differ also for colour-blind readers (Paul Tol's light scheme), for the types
# that take most time; the others share the last one.
COLORS = (
    "#77AADD", "#EE8866", "#EEDD88", "#44BB99", "#FFAABB", "#BBCC33", "#99DDFF", "#C3A5D6",
)  # fmt: skip
OTHER_COLOR = "#DDDDDD"
CRITICAL = "#B2182B"
_LANE_FILL = "#F4F5F7"
_GRID = "#D9DCE1"
_ROW = 26.0
_INNER_ROW = 15.0
_GAP = 14.0
_MARGIN = 16.0
_LEFT = 150.0
_RIGHT = 118.0
_MAX_LEVELS = 4
# Narrower boxes next to one another become one.
_LEAST_WIDTH = 0.6


def duration(micros: float) -> str:
    """Return a duration with a unit that suits it.

    Args:
      micros: microseconds.

    >>> duration(0.25), duration(31), duration(4725.6), duration(2.5e6)
    ('0.25 µs', '31 µs', '4.73 ms', '2.5 s')
    """
    for unit, factor in (("s", 1e6), ("ms", 1e3)):
        if micros >= 0.9995 * factor:
            return f"{_digits(micros / factor)} {unit}"
    return f"{_digits(micros)} µs"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 999.5 else f"{value:.3g}"


def colors_of(history: History) -> dict[str, str]:
    """Return the colour of each type of operations."""
    types = list(history.by_type())
    named = dict(zip(types, COLORS, strict=False))
    return {kind: named.get(kind, OTHER_COLOR) for kind in types}


def summary_of(history: History, path: Sequence[Activity]) -> str:
    """Return what a timeline shows, in numbers.

    Args:
      history: what happened.
      path: the critical path.
    """
    count = len(history.steps())
    critical = sum(activity.duration for activity in path)
    share = critical / history.span if history.span else 0.0
    threads = len(history.lanes)
    return (
        f"{count} step{'s' * (count != 1)} in {duration(history.span)} on {threads}"
        f" thread{'s' * (threads != 1)} · {history.parallelism:.2f} at work on average · idle"
        f" {duration(sum(history.idle()))} · critical path {duration(critical)} ({share:.0%})"
    )


def ticks(span: float, most: int) -> list[float]:
    """Return round times from 0 to the end, in microseconds.

    Args:
      span: the end.
      most: how many there may be, about.

    >>> ticks(4700.0, 6)
    [0.0, 1000.0, 2000.0, 3000.0, 4000.0]
    """
    if span <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * most >= span)
    return [number * step for number in range(int(span / step + 1e-9) + 1)]


@dataclass(frozen=True)
class _Bar:
    """What is drawn as one box: an activity, or several narrow ones, shown as their longest."""

    activity: Activity
    start: float
    end: float
    busy: float
    count: int = 1

    def with_next(self, other: _Bar) -> _Bar:
        longer = max(self.activity, other.activity, key=lambda item: item.duration)
        busy, count = self.busy + other.busy, self.count + other.count
        return _Bar(longer, self.start, other.end, busy, count)

    @property
    def density(self) -> float:
        """The part of its time in which something happened."""
        return min(1.0, self.busy / (self.end - self.start)) if self.end > self.start else 1.0

    @property
    def text(self) -> str:
        span = duration(self.end - self.start)
        return f"{self.count} small steps, {duration(self.busy)} of {span}"


def mixed(color: str, ground: str, part: float) -> str:
    """Return a colour that stands for something that fills a part of its place.

    Args:
      color: its colour, as `#RRGGBB`.
      ground: the colour around it.
      part: how much it fills, from 0 to 1; at least a quarter of the colour is left.

    >>> mixed("#FF0000", "#FFFFFF", 0.5), mixed("#FF0000", "#FFFFFF", 0.0)
    ('#FF6060', '#FFBFBF')
    """
    weight = 0.25 + 0.75 * part
    pairs = [(int(color[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * weight + b * (1 - weight)):02X}" for a, b in pairs)


class TimelinePicture:
    """Lays a timeline out.

    Args:
      history: what happened.
      title: above the picture.
      width: of the picture, in pixels.
    """

    def __init__(self, history: History, title: str, width: float) -> None:
        self._history = history
        self._title = title
        self._width = max(width, _LEFT + _RIGHT + 100)
        self._colors = colors_of(history)
        self._path = history.critical_path()
        self._scale = (self._width - _LEFT - _RIGHT) / max(history.span, 1e-3)
        self._levels = [0] * len(history.lanes)
        for activity in history.activities:
            level = min(activity.level, _MAX_LEVELS)
            self._levels[activity.lane] = max(self._levels[activity.lane], level)
        self._top: list[float] = []

    def drawing(self) -> Drawing:
        """Return the drawing."""
        shapes: list[Shape] = []
        y = _MARGIN + 16
        if self._title:
            shapes.append(Text(_MARGIN, y, self._title, 16, INK, is_bold=True))
            y += 20
        summary = summary_of(self._history, self._path)
        shapes.append(Text(_MARGIN, y, summary, 11.5, FAINT_INK))
        y += 30
        axis = y
        for height in self._heights():
            self._top.append(y)
            y += height + _GAP
        bottom = y - _GAP + 6
        shapes += self._grid(axis, bottom)
        shapes += self._lanes()
        shapes += self._boxes()
        shapes += self._critical_line()
        legend, y = self._legend(bottom + 24)
        shapes += legend
        return Drawing(self._width, y + _MARGIN, shapes, self._title or "Timeline")

    def _heights(self) -> list[float]:
        return [_ROW + levels * _INNER_ROW for levels in self._levels]

    def _x(self, micros: float) -> float:
        return _LEFT + micros * self._scale

    def _grid(self, top: float, bottom: float) -> Iterator[Shape]:
        most = max(2, int((self._width - _LEFT - _RIGHT) / 90))
        for tick in ticks(self._history.span, most):
            x = self._x(tick)
            yield Line([(x, top - 6), (x, bottom)], _GRID)
            yield Text(x, top - 10, duration(tick) if tick else "0", 10.5, FAINT_INK, "middle")

    def _lanes(self) -> Iterator[Shape]:
        span = self._history.span
        rows = zip(
            self._history.lanes, self._heights(), self._top, self._history.idle(), strict=True
        )
        for name, height, top, idle in rows:
            yield Rectangle(_LEFT, top, span * self._scale, height, _LANE_FILL)
            shown = fitting(name, _LEFT - _MARGIN - 10, 11.5)
            yield Text(_LEFT - 10, top + 17, shown, 11.5, INK, "end")
            share = idle / span if span else 0.0
            text = f"idle {duration(idle)} ({share:.0%})"
            yield Text(self._x(span) + 10, top + 17, text, 11, FAINT_INK)

    def _boxes(self) -> Iterator[Shape]:
        critical = set(self._path)
        for bar in self._bars():
            activity = bar.activity
            x, y = self._x(bar.start), self._top[activity.lane]
            height = _ROW
            if activity.level:
                y += _ROW + (min(activity.level, _MAX_LEVELS) - 1) * _INNER_ROW
                height = _INNER_ROW
            width = max((bar.end - bar.start) * self._scale, 0.4)
            is_single = bar.count == 1
            text = tooltip(activity) if is_single else bar.text
            is_critical = is_single and activity in critical
            inset = 1.0 if width > 6 else 0.0
            fill = mixed(self._colors[activity.type], _LANE_FILL, bar.density)
            yield Rectangle(
                x + inset / 2, y + 2, width - inset, height - 4, fill,
                CRITICAL if is_critical else "", 1.6, text,
            )  # fmt: skip
            size = 10.5 if not activity.level else 9
            label = _label(activity, width - 8, size) if is_single else ""
            if label:
                base = y + height / 2 + size * 0.36
                yield Text(x + width / 2, base, label, size, INK, "middle")

    def _bars(self) -> Iterator[_Bar]:
        """Yield what is drawn: activities, and narrow neighbours as one."""
        kept: dict[tuple[int, int], _Bar] = {}
        critical = set(self._path)
        for activity in self._history.activities:
            if activity.level > _MAX_LEVELS:
                continue
            row = (activity.lane, activity.level)
            bar = _Bar(activity, activity.start, activity.end, activity.duration)
            if bar.busy * self._scale >= _LEAST_WIDTH or activity in critical:
                yield bar
                continue
            last = kept.pop(row, None)
            if last is not None and (bar.start - last.end) * self._scale < _LEAST_WIDTH:
                kept[row] = last.with_next(bar)
                continue
            if last is not None:
                yield last
            kept[row] = bar
        yield from kept.values()

    def _critical_line(self) -> Iterator[Shape]:
        """Connect the boxes of the critical path."""
        for before, after in itertools.pairwise(self._path):
            x, to = self._x(before.end), self._x(after.start)
            y, end = self._top[before.lane] + _ROW / 2, self._top[after.lane] + _ROW / 2
            if before.lane != after.lane:
                yield Line([(x, y), (to, end)], CRITICAL, 1.4)
            elif to - x > 2:  # below the boxes between, whose names are to be read
                low = self._top[before.lane] + _ROW - 1.5
                yield Line([(x - 0.8, low), (to + 0.8, low)], CRITICAL, 1.4)

    def _legend(self, y: float) -> tuple[list[Shape], float]:
        shapes: list[Shape] = []
        x = _LEFT
        total = sum(self._history.by_type().values()) or 1.0
        entries = [
            (self._colors[kind], "", f"{kind} {micros / total:.0%}")
            for kind, micros in self._history.by_type().items()
            if self._colors[kind] != OTHER_COLOR
        ]
        others = [k for k, color in self._colors.items() if color == OTHER_COLOR]
        if others:
            entries.append((OTHER_COLOR, "", f"{len(others)} other types"))
        entries.append(("#FFFFFF", CRITICAL, "critical path"))
        for fill, line, text in entries:
            width = 18 + text_width(text, 11) + 16
            if x + width > self._width - _MARGIN and x > _LEFT:
                x, y = _LEFT, y + 20
            shapes.append(Rectangle(x, y - 10, 12, 12, fill, line, 1.6))
            shapes.append(Text(x + 18, y, text, 11, INK))
            x += width
        return shapes, y


def _label(activity: Activity, width: float, size: float) -> str:
    """What is written in a box: as much as fits."""
    name = activity.name.rpartition("/")[2]
    is_said = activity.type.lower() in name.lower().replace("_", "")
    forms = [activity.name if is_said else f"{activity.name} ({activity.type})", activity.name]
    for form in forms:
        if text_width(form, size) <= width:
            return form
    return fitting(name, width, size)


def tooltip(activity: Activity) -> str:
    """Return all that is known of an activity, one fact a line."""
    said = activity.remarks
    lines = [f"{activity.name} ({activity.type})"]
    if said.helps:
        lines = [f"a part of {said.helps} ({activity.type})"]
    lines.append(f"{duration(activity.start)} + {duration(activity.duration)}")
    waited = activity.start - activity.ready
    if waited >= 0.05 * activity.duration and waited >= 1:
        lines.append(f"was ready {duration(waited)} before")
    lines += [
        f"{result.dtype} {'×'.join(map(str, result.shape)) or 'scalar'}, {byte_size(result.size)}"
        for result in activity.results
    ]
    if said.fuses:
        lines.append(f"compiled to one function: {_several(said.fuses)}")
    if said.is_compiled:
        lines.append("the loop ran as machine code")
    if said.error:
        lines.append(f"failed: {said.error.splitlines()[0]}")
    if activity.line:
        lines.append(f"made at {short_line(activity.line)}")
    return "\n".join(lines)


def short_line(user_line: str) -> str:
    """Return a user's line without the folders of the file."""
    return user_line.replace("\\", "/").rsplit("/", 1)[-1]


def _several(names: Sequence[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown}, and {len(names) - 6} more" if len(names) > 6 else shown


def byte_size(size: float) -> str:
    """Return a number of bytes with a unit that suits it.

    Args:
      size: bytes.

    >>> byte_size(640), byte_size(1_920_000)
    ('640 B', '1.92 MB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} B"
