"""Reports with headings, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from graphflow.viz.diagram import Diagram

Section = tuple[str, Sequence[str]]

_CELL = "text-align:left;vertical-align:top"


def text_report(title: str, sections: Sequence[Section]) -> str:
    """Return a report as text.

    Args:
      title: its first line.
      sections: for each part a heading and lines.

    >>> print(text_report("one", [("two", ["three", "four"])]))
    one
      two:
        three
        four
    """
    lines = [title]
    for heading, texts in sections:
        lines += [f"  {heading}:", *(f"    {text}" for text in texts)]
    return "\n".join(lines)


def html_report(
    title: str, sections: Sequence[Section], draw: Callable[[], Diagram] | None = None
) -> str:
    """Return a report as a piece of HTML, with a diagram below it.

    Args:
      title: its first line.
      sections: for each part a heading and lines.
      draw: returns the diagram; None for none.
    """
    rows = "".join(
        f'<tr><th style="{_CELL};white-space:nowrap;padding-right:1em">{html.escape(heading)}</th>'
        f'<td style="{_CELL};white-space:pre-wrap">{html.escape(chr(10).join(texts))}</td></tr>'
        for heading, texts in sections
    )
    try:
        picture = "" if draw is None else draw().html()
    except (ImportError, RuntimeError):  # nothing to draw with: the text says it all
        picture = ""
    return f"<div><b>{html.escape(title)}</b><table>{rows}</table>{picture}</div>"
