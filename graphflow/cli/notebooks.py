"""`graphflow notebooks`: run the course's notebooks and save them as a gallery of pages."""

from __future__ import annotations

import argparse
import html
import importlib
import importlib.resources
import os
import string
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphflow.cli import notebook_runner
from graphflow.cli.notebook_runner import Notebook


@dataclass(frozen=True)
class Entry:
    """A notebook in the gallery.

    Attributes:
      name: its file's name, without the ending.
      title: its title.
      summary: the paragraph below the title, in Markdown.
      has_picture: whether there is a file `pictures/<name>.png`.
    """

    name: str
    title: str
    summary: str
    has_picture: bool


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "notebooks",
        help="run the notebooks of the course, and save them as a gallery of pages",
        description="Run the notebooks of the course, one after the other, each in a Jupyter kernel"
        " of its own. Each is saved with its outputs as an HTML page, and `index.html` shows a"
        " picture from each. The exit status is 1 if one of them fails.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="which: a name, or how it begins (default: all)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("notebook-gallery"),
        help="folder for the pages (default: ./notebook-gallery)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer steps and less data: shows that all works"
    )
    parser.add_argument("--list", action="store_true", help="only list them, with their titles")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Run the notebooks that were asked for."""
    try:
        names = chosen(notebook_runner.names(), options.names)
    except ValueError as error:
        return _complain(str(error))
    if options.list:
        for name in names:
            print(f"{name:32s} {notebook_runner.heading(notebook_runner.read(name))[0]}")
        return 0
    missing = notebook_runner.missing_packages()
    if missing:
        return _complain(
            f"notebooks need {', '.join(missing)}: install graphflow with its extra 'notebook'"
            " (in a checkout: pip install '.[notebook]')"
        )
    os.environ["GRAPHFLOW_QUICK"] = "1" if options.quick else "0"
    return _run_all(names, options.output.resolve())


def chosen(names: Sequence[str], wishes: Sequence[str]) -> list[str]:
    """Return the names that were asked for.

    Args:
      names: all names.
      wishes: names, or beginnings of names; none means all.

    Raises:
      ValueError: no name begins so.

    >>> chosen(["01_graph", "02_regression", "mnist"], ["mnist", "01"])
    ['01_graph', 'mnist']
    """
    for wish in wishes:
        if not any(name.startswith(wish) for name in names):
            raise ValueError(f"no notebook is called {wish!r}; there are {', '.join(names)}")
    return [name for name in names if not wishes or name.startswith(tuple(wishes))]


def _complain(message: str) -> int:
    print(f"graphflow notebooks: {message}", file=sys.stderr)
    return 2


def _run_all(names: Iterable[str], output: Path) -> int:
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    entries, failed = [], 0
    for name in names:
        print(f"{name:32s} ", end="", flush=True)
        notebook = notebook_runner.read(name)
        start = time.perf_counter()
        has_picture, problem = _run_one(name, notebook, output)
        failed += bool(problem)
        print(f"{time.perf_counter() - start:5.0f} s  {problem or 'done'}")
        entries.append(Entry(name, *notebook_runner.heading(notebook), has_picture))
    (output / "index.html").write_text(gallery_page(entries), encoding="utf-8")
    print(f"The gallery is {output / 'index.html'}")
    return int(failed > 0)


def _run_one(name: str, notebook: Notebook, output: Path) -> tuple[bool, str]:
    """Run a notebook and save its page; return whether it made a picture, and what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        node, problem = notebook_runner.run(notebook, Path(folder))
    notebook_runner.save_page(node, output / f"{name}.html")
    picture = notebook_runner.gallery_picture(node)
    if picture is not None:
        (output / "pictures" / f"{name}.png").write_bytes(picture)
    return picture is not None, problem


def gallery_page(entries: Iterable[Entry]) -> str:
    """Return a page that leads to the pages of notebooks."""
    template = importlib.resources.files("graphflow.cli").joinpath("gallery.html")
    page = string.Template(template.read_text(encoding="utf-8"))
    return page.substitute(cards="\n".join(map(_card, entries)))


def _card(entry: Entry) -> str:
    to_html = importlib.import_module("nbconvert.filters").markdown2html
    name = html.escape(entry.name, quote=True)
    picture = f'<img src="pictures/{name}.png" alt="">' if entry.has_picture else ""
    return (
        f'<article><a href="{name}.html">{picture}<h2>{html.escape(entry.title)}</h2></a>'
        f"{to_html(entry.summary)}</article>"
    )
