"""Sphinx extension: run the pages whose code says what it prints, and show what it draws.

Links from pages to folders and texts outside of docs/, which are no part of the site, become text.
"""

from __future__ import annotations

import re
from pathlib import Path

from run_pages import is_executed, run_apart
from sphinx.application import Sphinx
from sphinx.util import logging

_logger = logging.getLogger(__name__)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(((?:\.\./)+[^)#\s]*)[^)]*\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("source-read", run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def run(app: Sphinx, name: str, source: list[str]) -> None:
    """Run a page as it is read; a page that prints something else is a warning."""
    path = Path(app.env.doc2path(name))
    if path.suffix != ".md":
        return
    source[0] = _LINK.sub(lambda link: _inside(link, path, Path(app.srcdir)), source[0])
    if not is_executed(path):
        return
    if wrong := run_apart(path, Path(app.srcdir) / "pictures"):
        _logger.warning(
            "what the page prints or draws is not what it says: %s", wrong, location=name
        )
        return
    for folder in ("../images/pages/", "images/pages/"):
        source[0] = source[0].replace(f"]({folder}", "](/pictures/")


def _inside(link: re.Match[str], page: Path, docs: Path) -> str:
    """Return a link, or its text where it leads to what is no part of the site."""
    target = (page.parent / link[2]).resolve()
    return link[0] if target.is_relative_to(docs) or target.suffix == ".py" else link[1]
