"""Interactive pages: one HTML file each, which needs no server and no network."""

from __future__ import annotations

import html
import importlib.resources
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ASSETS = "graphflow.viz"
_FOLDER = "pages"
_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{body}
<script type="application/json" id="data">{data}</script>
{scripts}
</body>
</html>
"""


class Page:
    """A page with all that it needs inside.

    In a notebook it shows itself, in a frame of its own.

    Args:
      title: what the browser's window is called.
      body: name of the asset with the content of the page's body.
      styles: names of the assets with its styles.
      scripts: names of the assets with its scripts; all of them together are one scope, so that a
        function of one can be used in another.
      libraries: names of the assets with scripts that stand for themselves and come first.
      data: what the scripts find, as JSON, in the element `data`.
      height: int, how high the frame in a notebook is, in pixels.
    """

    def __init__(
        self,
        title: str,
        *,
        body: str,
        styles: Sequence[str],
        scripts: Sequence[str],
        data: Any,
        libraries: Sequence[str] = (),
        height: int = 600,
    ) -> None:
        self.title = title
        self.data = data
        self._body = body
        self._styles = styles
        self._scripts = scripts
        self._libraries = libraries
        self._height = height

    def html(self) -> str:
        """Return the whole page."""
        own = "\n".join(map(_asset, self._scripts))
        scripts = [*map(_asset, self._libraries), f'(() => {{\n"use strict";\n{own}\n}})();']
        return _TEMPLATE.format(
            title=html.escape(self.title),
            style="\n".join(map(_asset, self._styles)),
            body=_asset(self._body),
            data=script_json(self.data),
            scripts="\n".join(f"<script>\n{script}\n</script>" for script in scripts),
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a file.

        Args:
          path: where to; the ending is `.html` or `.htm`.

        Returns:
          The path.

        Raises:
          ValueError: another ending.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"cannot save {path.name!r}: a page is saved as .html")
        path.write_text(self.html(), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        content = html.escape(self.html(), quote=True)
        return (
            f'<iframe srcdoc="{content}" title="{html.escape(self.title, quote=True)}"'
            f' style="width:100%;height:{self._height}px;border:1px solid #ccc"></iframe>'
        )


def script_json(data: Any) -> str:
    r"""Return data as JSON that can stand within a `script` element.

    >>> script_json({"name": "</script><é>"})
    '{"name":"\\u003c/script>\\u003c\\u00e9>"}'
    """
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _asset(name: str) -> str:
    file = importlib.resources.files(_ASSETS) / _FOLDER / name
    return file.read_text(encoding="utf-8").rstrip()
