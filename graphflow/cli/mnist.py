"""`graphflow mnist`: train three networks to read handwritten digits.

It runs the notebook `graphflow/notebooks/mnist.ipynb`: in a Jupyter kernel, and then saves it with
its outputs as HTML; or, with `--no-notebook`, its code alone in this process. Cells are left out by
their tags: those of models that were not asked for, and, where there is no notebook to keep them,
those with pictures.
"""

from __future__ import annotations

import argparse
import json
import linecache
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphflow.cli import notebook_runner
from graphflow.cli.notebook_runner import Notebook
from graphflow.datasets import mnist

MODELS = ("softmax", "mlp", "convnet")
_PICTURE = "picture"


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "mnist",
        help="train three networks to read handwritten digits",
        description="Train three networks to read the handwritten digits of MNIST: a softmax layer,"
        " five layers, and a convolutional network. The exit status is 0 only if they read 92, 98"
        " and 99 % of 10,000 unseen digits correctly.",
    )
    parser.add_argument(
        "--folder", help="folder with MNIST's four IDX files; by default they are searched for"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("mnist-results"),
        help="folder for the notebook, the diagrams and the numbers (default: ./mnist-results)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few training steps only, and lower targets"
    )
    parser.add_argument("--only", choices=MODELS, help="train only this network")
    parser.add_argument(
        "--no-notebook", action="store_true", help="do without Jupyter, and without the notebook"
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Train the networks that were asked for."""
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
    missing = () if options.no_notebook else notebook_runner.missing_packages()
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


def _run(options: argparse.Namespace, output: Path) -> str:
    """Run the notebook as asked for; return what went wrong, an empty string if nothing did."""
    skipped = set(MODELS) - {options.only} if options.only else set()
    notebook = notebook_runner.read("mnist")
    if options.no_notebook:
        return _run_code(_without(notebook, {*skipped, _PICTURE}))
    node, problem = notebook_runner.run(_without(notebook, skipped), echo=True)
    notebook_runner.save_page(node, output / "mnist.html")
    return problem


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


def _without(notebook: Notebook, tags: set[str]) -> Notebook:
    """Return a notebook without the cells that bear one of some tags."""
    cells = [cell for cell in notebook["cells"] if not tags & notebook_runner.tags(cell)]
    return {**notebook, "cells": cells}


def _run_code(notebook: Notebook) -> str:
    """Run the code of a notebook in this process; return what went wrong, if anything did."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        for name, source in _code(notebook):
            # Tracebacks, graphflow's own among them, can then show the line.
            lines = source.splitlines(keepends=True)
            linecache.cache[name] = (len(source), None, lines, name)
            exec(compile(source, name, "exec"), namespace)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _code(notebook: Notebook) -> Iterator[tuple[str, str]]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield f"<notebook cell {cell['id']}>", "".join(cell["source"])
