"""Rectangles, lines and texts, drawn as SVG or PNG."""

from __future__ import annotations

import html
import importlib
import importlib.util
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FONT = "Helvetica, Arial, sans-serif"
# How wide letters are on average, as a part of their height.
_LETTER = 0.56


@dataclass(frozen=True)
class Rectangle:
    """A rectangle.

    Attributes:
      x: its left side, in pixels.
      y: its upper side.
      width: how wide it is.
      height: how high it is.
      fill: the colour inside.
      line: the colour of the outline, '' for none.
      line_width: of the outline.
      tooltip: what shows when the pointer rests on it.
    """

    x: float
    y: float
    width: float
    height: float
    fill: str
    line: str = ""
    line_width: float = 1.0
    tooltip: str = ""

    def svg(self) -> str:
        """Return the element."""
        outline = f' stroke="{self.line}" stroke-width="{_n(self.line_width)}"' if self.line else ""
        place = (
            f'x="{_n(self.x)}" y="{_n(self.y)}" width="{_n(self.width)}" height="{_n(self.height)}"'
        )
        head = f'<rect {place} fill="{self.fill}"{outline}'
        if not self.tooltip:
            return f"{head}/>"
        return f"{head}><title>{html.escape(self.tooltip, quote=False)}</title></rect>"

    def paint(self, brush: Any, scale: float) -> None:
        """Draw it by Pillow."""
        x, y = self.x * scale, self.y * scale
        box = (x, y, x + max(1.0, self.width * scale), y + self.height * scale)
        width = max(1, round(self.line_width * scale)) if self.line else 0
        brush.rectangle(box, fill=self.fill, outline=self.line or None, width=width)


@dataclass(frozen=True)
class Line:
    """A line through points.

    Attributes:
      points: pairs of x and y.
      color: its colour.
      width: its width.
      is_dashed: whether it is dashed.
    """

    points: Sequence[tuple[float, float]]
    color: str
    width: float = 1.0
    is_dashed: bool = False

    def svg(self) -> str:
        """Return the element."""
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in self.points)
        dashes = ' stroke-dasharray="4 3"' if self.is_dashed else ""
        return (
            f'<polyline points="{points}" fill="none" stroke="{self.color}"'
            f' stroke-width="{_n(self.width)}"{dashes}/>'
        )

    def paint(self, brush: Any, scale: float) -> None:
        """Draw it by Pillow."""
        points = [(x * scale, y * scale) for x, y in self.points]
        if self.is_dashed:
            for start, end in itertools.pairwise(points):
                _paint_dashes(brush, start, end, self.color, max(1, round(self.width * scale)))
            return
        brush.line(points, fill=self.color, width=max(1, round(self.width * scale)))


def _paint_dashes(
    brush: Any, start: tuple[float, float], end: tuple[float, float], color: str, width: int
) -> None:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    count = max(1, int(length / (7 * width)))
    for number in range(count):
        near, far = number / count, (number + 0.57) / count
        ends = [
            (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            for part in (near, far)
        ]
        brush.line(ends, fill=color, width=width)


@dataclass(frozen=True)
class Text:
    """A line of text.

    Attributes:
      x: where it starts, ends, or has its middle.
      y: its base line.
      text: what it says.
      size: the height of its letters.
      color: its colour.
      anchor: "start", "middle" or "end": what of it is at `x`.
      is_bold: whether it is bold.
    """

    x: float
    y: float
    text: str
    size: float = 12.0
    color: str = "#222222"
    anchor: str = "start"
    is_bold: bool = False

    def svg(self) -> str:
        """Return the element."""
        anchor = f' text-anchor="{self.anchor}"' if self.anchor != "start" else ""
        weight = ' font-weight="bold"' if self.is_bold else ""
        return (
            f'<text x="{_n(self.x)}" y="{_n(self.y)}" font-size="{_n(self.size)}"'
            f' fill="{self.color}"{anchor}{weight}>{html.escape(self.text, quote=False)}</text>'
        )

    def paint(self, brush: Any, scale: float) -> None:
        """Draw it by Pillow."""
        font, text = _written(self.text, self.size * scale)
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[self.anchor]
        stroke = 0.35 * scale if self.is_bold else 0
        brush.text(
            (self.x * scale, self.y * scale), text, fill=self.color, font=font,
            anchor=anchor, stroke_width=round(stroke), stroke_fill=self.color,
        )  # fmt: skip


# The font that comes with Pillow lacks these.
_PLAIN = str.maketrans({"µ": "u", "×": "x", "−": "-"})
_WIDE_FONT = "DejaVuSans.ttf"
# Its letters are wider than those of Helvetica.
_WIDE_SCALE = 0.92


def _written(text: str, size: float) -> tuple[Any, str]:
    """The font of a text, and the text as far as the font can show it."""
    fonts = importlib.import_module("PIL.ImageFont")
    path = _wide_font()
    if path is not None:
        return fonts.truetype(path, size * _WIDE_SCALE), text
    return fonts.load_default(size), text.translate(_PLAIN)


@cache
def _wide_font() -> str | None:
    """A font with many letters: the system's, or the one that comes with matplotlib."""
    fonts = importlib.import_module("PIL.ImageFont")
    spec = importlib.util.find_spec("matplotlib")
    places = [_WIDE_FONT]
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent
        places.append(str(folder / "mpl-data" / "fonts" / "ttf" / _WIDE_FONT))
    for place in places:
        try:
            fonts.truetype(place, 10)
        except OSError:
            continue
        return place
    return None


Shape = Rectangle | Line | Text


@dataclass(frozen=True)
class Drawing:
    """Shapes, the first below the others.

    Attributes:
      width: in pixels.
      height: in pixels.
      shapes: the shapes.
      title: what a screen reader says.
    """

    width: float
    height: float
    shapes: Sequence[Shape]
    title: str

    def svg(self) -> str:
        """Return the drawing as the text of an SVG file."""
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}"'
            f' height="{_n(self.height)}" viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
            f' font-family="{FONT}" role="img">',
            f"<title>{html.escape(self.title, quote=False)}</title>",
            f'<rect width="{_n(self.width)}" height="{_n(self.height)}" fill="#FFFFFF"/>',
            *[shape.svg() for shape in self.shapes],
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def png(self, scale: float = 2.0) -> bytes:
        """Return the drawing as the content of a PNG file.

        Args:
          scale: pixels of the file for each of the drawing.
        """
        image_module = importlib.import_module("PIL.Image")
        draw_module = importlib.import_module("PIL.ImageDraw")
        size = (round(self.width * scale), round(self.height * scale))
        image = image_module.new("RGB", size, "#FFFFFF")
        brush = draw_module.Draw(image)
        for shape in self.shapes:
            shape.paint(brush, scale)
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()


def _n(number: float) -> str:
    """A number with at most two digits behind the point."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is.

    Args:
      text: the text.
      size: the height of its letters.
    """
    return len(text) * size * _LETTER


def fitting(text: str, width: float, size: float) -> str:
    """Return a text, or its beginning, such that it fits; '' if hardly anything would.

    Args:
      text: the text.
      width: how much room there is, in pixels.
      size: the height of its letters.

    >>> fitting("MatMul", 100, 10), fitting("MatMul", 26, 10), fitting("MatMul", 9, 10)
    ('MatMul', 'Mat…', '')
    """
    letters = int(width / (size * _LETTER))
    if letters >= len(text):
        return text
    return f"{text[: letters - 1]}…" if letters > 2 else ""
