"""`graphflow check`: list what a program uses of TensorFlow."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from graphflow.launcher.check import check, report


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "check",
        help="list what a program uses of TensorFlow, and whether graphflow has it",
        description="List, without running anything, each symbol of TensorFlow that programs use"
        " and whether graphflow has it: in full, in part (with what is missing), or not at all."
        " The exit status is 1 if something is missing, and 2 if a file cannot be read.",
    )
    parser.add_argument("paths", nargs="+", help="Python files, and folders of them")
    parser.add_argument("--missing", action="store_true", help="list only what is not full")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """List what the programs use."""
    refused: list[SyntaxError] = []
    try:
        uses = check(options.paths, refused)
    except OSError as error:
        print(f"graphflow check: {error}", file=sys.stderr)
        return 2
    shown = [use for use in uses if use.status != "full"] if options.missing else uses
    for line in report(shown):
        print(line)
    for problem in refused:
        place = f"{problem.filename}:{problem.lineno}"
        print(f"graphflow check: {place}: {problem.msg}", file=sys.stderr)
    if refused:
        return 2
    return int(any(use.status == "missing" for use in uses))
