"""`graphflow view`: show the graph in a file, or of a program, as an interactive page."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from graphflow.cli.program import status_of
from graphflow.interop import protos
from graphflow.interop.graph_files import GraphFileError, read_graph_file
from graphflow.interop.run_metadata import fill_run_metadata
from graphflow.launcher.built_graphs import watch_graphs
from graphflow.launcher.run import run_script
from graphflow.profiler.program_report import heaviest
from graphflow.profiler.recording import Recording
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
    parser.add_argument(
        "--trace",
        action="store_true",
        help="trace runs of the program: the page can then colour by time and memory",
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.usage = (
        "graphflow view [-h] [-o PAGE] [--title TITLE] [--trace] [--open] FILE [-- arguments ...]"
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Write the page."""
    path = Path(options.file)
    output = options.output or Path(f"{path.stem or 'graph'}.html")
    if output.suffix.lower() not in (".html", ".htm"):
        return _complain(f"cannot write {output}: the page is an .html file")
    trace, status = None, 0
    try:
        if path.suffix.lower() in _PROGRAMS:
            graph, trace, status = _run_program(options)
        elif options.program or options.trace:
            return _complain(f"{path} is no program, so it has neither arguments nor runs to trace")
        else:
            graph = read_graph_file(path)
        page = show(graph, trace=trace, title=options.title or path.name)
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


def _run_program(options: argparse.Namespace) -> tuple[Any, Any, int]:
    """Run a program; return its graph, the trace of a typical run if wanted, and its exit status.

    The graph is the one of the traced run, else the largest that was built.
    """
    recording = Recording()
    with watch_graphs() as built, recording.on() if options.trace else nullcontext():
        status = status_of(lambda: run_script(options.file, options.program))
    kind = heaviest(recording)
    trace = kind.typical if kind is not None else None
    if trace is None or not trace.records:
        return built.largest(), None, status
    metadata = protos.RunMetadata()
    fill_run_metadata(metadata, trace)
    return trace.records[0].step.operation.graph, metadata, status
