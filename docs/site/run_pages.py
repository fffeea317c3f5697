"""Run the Python blocks of pages: what they print stands below them, what they draw goes to files.

A page is Markdown. Its blocks of ``python`` run one after the other, in one namespace; a block of
``text`` that follows a block is what it prints. Where an image of `images/pages/` comes next, the
value of the block's last line is a drawing, and the image shows it.

`python docs/site/run_pages.py docs/tutorial/*.md` runs pages and tells where they are wrong,
`--write` writes what is printed and drawn into the pages and beside them.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1]
IMAGES = DOCS / "images" / "pages"
_EXCERPTS = ("visualization.md",)  # pages whose blocks are parts of programs

_FOLLOWING = (
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<text>.*?)^```\n)?"
    r"(?:\n!\[[^\]]*\]\((?:\.\./)?images/pages/(?P<picture>[\w-]+\.svg)\)\n)?"
)
_BLOCK = re.compile(_FOLLOWING, re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """A block that was run.

    Attributes:
      match: where it stands in the page.
      printed: what it printed.
      drawing: the text of the SVG file that it drew, None if it drew nothing.
    """

    match: re.Match[str]
    printed: str
    drawing: str | None

    @property
    def is_right(self) -> bool:
        """Whether it printed and drew what the page says."""
        draws = self.match["picture"] is not None
        return self.printed == (self.match["text"] or "") and draws == (self.drawing is not None)


def run_page(path: Path) -> list[Block]:
    """Run the blocks of a page.

    Args:
      path: the file.

    Returns:
      The blocks in order.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    return [
        _run(match, namespace, f"<{path.name}, block {index}>")
        for index, match in enumerate(_BLOCK.finditer(path.read_text("utf-8")), 1)
    ]


def is_executed(path: Path) -> bool:
    """Whether the blocks of a page are to be run: one of them says what is printed or drawn."""
    if path.name in _EXCERPTS:
        return False
    matches = _BLOCK.finditer(path.read_text("utf-8"))
    return any(match["text"] or match["picture"] for match in matches)


def _run(match: re.Match[str], namespace: dict[str, Any], name: str) -> Block:
    tree = ast.parse(match["code"], name)
    last = None
    if match["picture"] and tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, name, "exec"), namespace)
        if last is not None:
            value = eval(compile(last, name, "eval"), namespace)
    drawing = value.svg() if hasattr(value, "svg") else None
    return Block(match, printed.getvalue(), drawing)


def save_drawings(blocks: list[Block], folder: Path) -> None:
    """Write the drawings of a page's blocks to files.

    Args:
      blocks: the blocks.
      folder: where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for block in blocks:
        if block.drawing is not None and block.match["picture"]:
            (folder / block.match["picture"]).write_text(block.drawing, "utf-8")


def rewritten(text: str, blocks: list[Block]) -> str:
    """Return a page with what its blocks printed.

    Args:
      text: the page.
      blocks: its blocks.
    """
    for block in reversed(blocks):
        if block.match["text"] is not None:
            start, end = block.match.span("text")
            text = text[:start] + block.printed + text[end:]
    return text


def run_apart(path: Path, pictures: Path) -> str:
    """Run a page in a process of its own.

    Args:
      path: the file.
      pictures: the folder for its drawings.

    Returns:
      What is wrong, "" if nothing is.
    """
    command = [sys.executable, __file__, str(path), "--pictures", str(pictures)]
    with tempfile.TemporaryDirectory() as folder:  # for the files that a page writes
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=_environment(), check=False
        )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _environment() -> dict[str, str]:
    """Return the environment in which the checkout can be imported from any folder."""
    paths = [str(DOCS.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def main() -> int:
    """Run the pages that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--pictures", type=Path, help="the folder for drawings")
    parser.add_argument("--write", action="store_true", help="change the pages and docs/images")
    options = parser.parse_args()
    if options.write and len(options.pages) > 1:
        command = [sys.executable, __file__, "--write"]
        return max(subprocess.call([*command, page]) for page in options.pages)
    wrong = 0
    for path in options.pages:
        blocks = run_page(path)
        if options.write:
            path.write_text(rewritten(path.read_text("utf-8"), blocks), "utf-8")
            save_drawings(blocks, IMAGES)
            continue
        if options.pictures is not None:
            save_drawings(blocks, options.pictures)
        for block in blocks:
            if not block.is_right:
                wrong += 1
                sys.stdout.write(f"{path}: {block.match['code']}\nprinted\n{block.printed}")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
