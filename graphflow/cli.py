"""The command `graphflow`.

`graphflow run` runs a program that was written for TensorFlow 1, `graphflow check` lists what such
a program uses (see `graphflow/launcher/`).

`graphflow cache` tells how much compiled code is kept on disk, and deletes it.

`graphflow mnist` runs the notebook `graphflow/notebooks/mnist.ipynb`: in a Jupyter kernel, and then
saves it with its outputs as HTML; or, with `--no-notebook`, its code alone in this process.  Cells
are left out by their tags: those of models that were not asked for, and, where there is no notebook
to keep them, those with pictures.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.resources
import importlib.util
import json
import linecache
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import graphflow  # noqa: F401  the programs that are run get it
from graphflow.core import code_cache
from graphflow.datasets import mnist
from graphflow.launcher.check import check, report
from graphflow.launcher.run import run_module, run_script
from graphflow.version import __version__

Notebook: TypeAlias = dict[str, Any]

MODELS = ("softmax", "mlp", "convnet")
_PICTURE = "picture"
_NOTEBOOK_PACKAGES = ("ipykernel", "matplotlib", "nbclient", "nbconvert", "nbformat")
_CELL_TIMEOUT = 3600  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
      arguments: the command line without the program's name; by default the process's own.

    Returns:
      The exit status: 0 if all went well, 1 if training missed a target, a program failed or uses
      what is missing, 2 if it could not begin, 130 if it was interrupted.
    """
    parser = _parser()
    mine, program = _split(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(mine)
    if options.command is None:
        parser.print_help()
        return 2
    if options.command == "run":
        return _run_program(options.module, program)
    if options.command == "check":
        return _check(options)
    if options.command == "cache":
        return _cache(options)
    try:
        return _mnist(options)
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="graphflow", description="Lazy dataflow graphs.")
    parser.add_argument("--version", action="version", version=f"graphflow {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    _add_run(commands)
    _add_check(commands)
    _add_cache(commands)
    mnist_parser = commands.add_parser(
        "mnist",
        help="train three networks to read handwritten digits",
        description="Train three networks to read the handwritten digits of MNIST: a softmax layer,"
        " five layers, and a convolutional network. The exit status is 0 only if they read 92, 98"
        " and 99 % of 10,000 unseen digits correctly.",
    )
    mnist_parser.add_argument(
        "--folder", help="folder with MNIST's four IDX files; by default they are searched for"
    )
    mnist_parser.add_argument(
        "--output",
        type=Path,
        default=Path("mnist-results"),
        help="folder for the notebook, the diagrams and the numbers (default: ./mnist-results)",
    )
    mnist_parser.add_argument(
        "--quick", action="store_true", help="a few training steps only, and lower targets"
    )
    mnist_parser.add_argument("--only", choices=MODELS, help="train only this network")
    mnist_parser.add_argument(
        "--no-notebook", action="store_true", help="do without Jupyter, and without the notebook"
    )
    return parser


# --- graphflow run, graphflow check


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a program that was written for TensorFlow 1",
        description="Run a Python program in which `import tensorflow`, and imports of all that is"
        " below it, give graphflow. It gets the arguments that follow, and ends with the status"
        " with which it would end otherwise.",
    )
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as python -m")
    parser.usage = "graphflow run [-h] (SCRIPT | NOTEBOOK | FOLDER | -m MODULE) [arguments ...]"


def _add_check(commands: Any) -> None:
    parser = commands.add_parser(
        "check",
        help="list what a program uses of TensorFlow, and whether graphflow has it",
        description="List, without running anything, each symbol of TensorFlow that programs use"
        " and whether graphflow has it: in full, in part (with what is missing), or not at all."
        " The exit status is 1 if something is missing.",
    )
    parser.add_argument("paths", nargs="+", help="Python files, and folders of them")
    parser.add_argument("--missing", action="store_true", help="list only what is not full")


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a command line: what is ours, and the program that `run` runs with its arguments."""
    if arguments[:1] != ["run"]:
        return list(arguments), []
    end = 3 if arguments[1:2] == ["-m"] else 1
    if arguments[1:2] in (["-h"], ["--help"]):
        end = 2
    return list(arguments[:end]), list(arguments[end:])


def _run_program(module: str | None, arguments: list[str]) -> int:
    if module is None and not arguments:
        print("graphflow run: name a script, a notebook, or a module with -m", file=sys.stderr)
        return 2
    try:
        if module is not None:
            return run_module(module, arguments)
        return run_script(arguments[0], arguments[1:])
    except (OSError, ModuleNotFoundError) as error:
        print(f"graphflow run: {error}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    try:
        uses = check(options.paths)
    except (OSError, SyntaxError) as error:
        print(f"graphflow check: {error}", file=sys.stderr)
        return 2
    shown = [use for use in uses if use.status != "full"] if options.missing else uses
    for line in report(shown):
        print(line)
    return int(any(use.status == "missing" for use in uses))


# --- graphflow cache


def _add_cache(commands: Any) -> None:
    parser = commands.add_parser(
        "cache",
        help="show or delete the compiled code that is kept on disk",
        description="Show where compiled code is kept from one process to the next, and how much."
        " It is bounded, and made again when it is missing: deleting it is always safe.",
    )
    parser.add_argument("--clear", action="store_true", help="delete it")


def _cache(options: argparse.Namespace) -> int:
    if options.clear:
        deleted = code_cache.clear()
        print(f"deleted {deleted.modules} modules, {deleted.size / 1e6:.1f} MB")
    kept = code_cache.usage()
    print(f"{code_cache.folder()}: {kept.modules} modules, {kept.size / 1e6:.1f} MB")
    return 0


# --- graphflow mnist


def _mnist(options: argparse.Namespace) -> int:
    reason = _why_not(options)
    if reason:
        _complain(reason)
        return 2
    output: Path = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    numbers = output / "results.json"
    numbers.unlink(missing_ok=True)
    _set_environment(options, output)
    problem = _run(options, output)
    if problem:
        _complain(problem)
    if not numbers.exists():
        return 1
    results = json.loads(numbers.read_text(encoding="utf-8"))
    print(_table(results))
    print(f"The files are in {output}")
    return 1 if problem or not all(map(_is_reached, results.values())) else 0


def _why_not(options: argparse.Namespace) -> str | None:
    """Return why training cannot begin, None if it can."""
    missing = () if options.no_notebook else _missing(_NOTEBOOK_PACKAGES)
    if missing:
        return (
            f"the notebook needs {', '.join(missing)}: install graphflow with its extra 'notebook'"
            " (in a checkout: pip install '.[notebook]'), or run with --no-notebook"
        )
    try:
        mnist.load(options.folder)
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _run(options: argparse.Namespace, output: Path) -> str | None:
    """Run the notebook as asked for; return what went wrong, None if nothing did."""
    skipped = set(MODELS) - {options.only} if options.only else set()
    notebook = _read_notebook()
    if options.no_notebook:
        return _run_code(_without(notebook, {*skipped, _PICTURE}))
    return _run_notebook(_without(notebook, skipped), output / "mnist.html")


def _missing(packages: Sequence[str]) -> list[str]:
    return [package for package in packages if importlib.util.find_spec(package) is None]


def _complain(message: str) -> None:
    print(f"graphflow mnist: {message}", file=sys.stderr)


def _set_environment(options: argparse.Namespace, output: Path) -> None:
    """Tell the notebook, in this process or in a kernel, what was asked for."""
    os.environ["GRAPHFLOW_RESULTS"] = str(output)
    os.environ["GRAPHFLOW_QUICK"] = "1" if options.quick else "0"
    if options.folder:
        os.environ["GRAPHFLOW_MNIST_DIR"] = str(Path(options.folder).resolve())


def _is_reached(result: Mapping[str, Any]) -> bool:
    return bool(result["accuracy"] >= result["target"])


def _table(results: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"{'model':10s} {'test accuracy':>13s} {'target':>8s} {'time':>7s}"]
    for name, result in results.items():
        verdict = "reached" if _is_reached(result) else "MISSED"
        numbers = f"{result['accuracy']:13.2%} {result['target']:8.0%} {result['seconds']:5.0f} s"
        lines.append(f"{name:10s} {numbers}   {verdict}")
    return "\n".join(lines)


# --- running a notebook


def _read_notebook() -> Notebook:
    source = importlib.resources.files("graphflow.notebooks").joinpath("mnist.ipynb")
    notebook: Notebook = json.loads(source.read_text(encoding="utf-8"))
    return notebook


def _without(notebook: Notebook, tags: set[str]) -> Notebook:
    """Return a notebook without the cells that bear one of some tags."""
    cells = [cell for cell in notebook["cells"] if not tags & set(cell["metadata"].get("tags", ()))]
    return {**notebook, "cells": cells}


def _run_code(notebook: Notebook) -> str | None:
    """Run the code of a notebook in this process; return what went wrong, None if nothing did."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        for name, source in _code(notebook):
            # Tracebacks, graphflow's own among them, can then show the line.
            lines = source.splitlines(keepends=True)
            linecache.cache[name] = (len(source), None, lines, name)
            exec(compile(source, name, "exec"), namespace)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def _code(notebook: Notebook) -> Iterator[tuple[str, str]]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield f"<notebook cell {cell['id']}>", "".join(cell["source"])


def _run_notebook(notebook: Notebook, page: Path) -> str | None:
    """Run a notebook in a kernel and save it as HTML; return what went wrong, None if nothing did.

    What it prints, progress bars above all, appears at once.
    """
    nbclient, nbconvert, nbformat = map(
        importlib.import_module, ("nbclient", "nbconvert", "nbformat")
    )

    class Client(nbclient.NotebookClient):  # type: ignore[misc, name-defined]
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] == "stream":
                sys.stdout.write(msg["content"]["text"])
                sys.stdout.flush()
            return super().process_message(msg, cell, cell_index)

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    client = Client(
        node,
        timeout=_CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
    )
    problem = None
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        problem = f"{error.ename}: {error.evalue}"
    except nbclient.exceptions.DeadKernelError as error:
        problem = f"the notebook's kernel ended: {error}"
    exporter = nbconvert.HTMLExporter()
    text, _ = exporter.from_notebook_node(node, {"metadata": {"name": "mnist"}})
    page.write_text(text, encoding="utf-8")
    return problem
