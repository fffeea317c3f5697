"""`graphflow run`: run a program that was written for TensorFlow 1."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from graphflow.launcher.run import run_module, run_script


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "run",
        help="run a program that was written for TensorFlow 1",
        description="Run a Python program in which `import tensorflow`, and imports of all that is"
        " below it, give graphflow. It gets the arguments that follow, and ends with the status"
        " with which it would end otherwise.",
    )
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as python -m")
    parser.usage = "graphflow run [-h] (SCRIPT | NOTEBOOK | FOLDER | -m MODULE) [arguments ...]"
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Run the program that was named."""
    if options.module is None and not options.program:
        print("graphflow run: name a script, a notebook, or a module with -m", file=sys.stderr)
        return 2
    try:
        if options.module is not None:
            return run_module(options.module, options.program)
        return run_script(options.program[0], options.program[1:])
    except (OSError, ModuleNotFoundError) as error:
        print(f"graphflow run: {error}", file=sys.stderr)
        return 2
