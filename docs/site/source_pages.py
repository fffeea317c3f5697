"""Sphinx extension: pages with the sources of what the reference describes, and links to lines.

The role `source` takes a file and a line, as in "graphflow/session.py:88".
"""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

ROOT = Path(__file__).resolve().parents[2]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_role("source", SourceRole())
    app.connect("build-finished", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def source_of(value: Any) -> str:
    """Return file and line of a function or class, "" for what has none in this project."""
    value = inspect.unwrap(value.func if isinstance(value, functools.partial) else value)
    try:
        path = Path(inspect.getsourcefile(value) or "").resolve()
        line = inspect.getsourcelines(value)[1]
    except (OSError, TypeError):
        return ""
    return f"{path.relative_to(ROOT)}:{line}" if path.is_relative_to(ROOT) else ""


class SourceRole(SphinxRole):
    """A link to a line of a source file."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        path, _, line = self.text.partition(":")
        if not (ROOT / path).is_file():
            message = self.inliner.reporter.error(f"there is no {path}", line=self.lineno)
            return [], [message]
        up = "../" * self.env.docname.count("/")
        target = f"{up}{page_name(path)}.html" + (f"#line-{line}" if line else "")
        self.env.metadata.setdefault(self.env.docname, {}).setdefault("sources", set()).add(path)
        link = nodes.reference(self.text, self.text, refuri=target, classes=["source"])
        return [link], []


def page_name(path: str) -> str:
    """Return the name of the page that shows a file."""
    return "sources/" + path.removesuffix(".py")


def write_pages(app: Sphinx, error: Exception | None) -> None:
    """Write the pages of all files that something links to."""
    if error is not None or app.builder.format != "html":
        return
    found = {path for data in app.env.metadata.values() for path in data.get("sources", ())}
    lexer = PythonLexer()
    formatter = HtmlFormatter(linenos="inline", lineanchors="line", wrapcode=True)
    template = (Path(__file__).parent / "source.html").read_text("utf-8")
    for path in sorted(found):
        source = (ROOT / path).read_text("utf-8")
        target = Path(app.outdir) / (page_name(path) + ".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * page_name(path).count("/")
        code = highlight(source, lexer, formatter)
        target.write_text(template.format(title=path, code=code, up=up), "utf-8")
