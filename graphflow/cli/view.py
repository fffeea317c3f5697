"""`graphflow view`: show the graph in a file, or of a program, as an interactive page."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path
from typing import Any

from graphflow.interop.graph_files import GraphFileError, read_graph_file
from graphflow.launcher.built_graphs import watch_graphs
from graphflow.launcher.run import run_script
from graphflow.viz.graph_page import show

_PROGRAMS = (".py", ".ipynb")


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "view",
        help="show a graph as an interactive page",
        description="Write one HTML file that shows a graph: of a GraphDef, MetaGraphDef (.meta) or"
        " SavedModel, binary or text, with any types of operations; of the .meta file beside a"
        " checkpoint; or the graph that a Python program or notebook builds. That is run for it,"
        " as `graphflow run` does, with the arguments behind `--`.",
    )
    parser.add_argument("file", help="a graph, a checkpoint, the folder of a model, or a program")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the page to write (default: the file's name with .html, in the current folder)",
    )
    parser.add_argument("--title", help="what stands above the graph (default: the file's name)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.usage = "graphflow view [-h] [-o PAGE] [--title TITLE] [--open] FILE [-- arguments ...]"
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Write the page."""
    path = Path(options.file)
    output = options.output or Path(f"{path.stem or 'graph'}.html")
    if output.suffix.lower() not in (".html", ".htm"):
        return _complain(f"cannot write {output}: the page is an .html file")
    status = 0
    try:
        if path.suffix.lower() in _PROGRAMS:
            graph, status = _graph_of_program(options.file, options.program)
        elif options.program:
            return _complain(f"{path} is no program, so it takes no arguments")
        else:
            graph = read_graph_file(path)
        page = show(graph, title=options.title or path.name)
        page.save(output)
    except FileNotFoundError as error:
        return _complain(f"there is no {error.filename}")
    except (OSError, GraphFileError) as error:
        return _complain(str(error))
    count = len(page.data["graphs"][0]["nodes"])
    print(f"{output}: {count} operations")
    if options.open:
        webbrowser.open(output.resolve().as_uri())
    return status


def _complain(message: str) -> int:
    print(f"graphflow view: {message}", file=sys.stderr)
    return 2


def _graph_of_program(path: str, arguments: list[str]) -> tuple[Any, int]:
    """Run a program; return the largest graph that it has built, and its exit status."""
    with watch_graphs() as built:
        try:
            status = run_script(path, arguments)
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return built.largest(), status
