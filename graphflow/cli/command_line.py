"""From the command line to a command.

Each module in `COMMANDS` is one command: its `add` declares the command's arguments and names, by
`set_defaults(execute=...)`, the function that gets them and returns the exit status.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import graphflow  # noqa: F401  the programs that are run get it
from graphflow.cli import cache, check, mnist, notebooks, profile, run, view
from graphflow.cli.program import split_at_dashes, split_program
from graphflow.version import __version__

COMMANDS = (run, check, view, profile, notebooks, mnist, cache)
# Commands that run a program, and those of their own options that take a value. What follows the
# program's name is for the program.
_OF_PROGRAMS: dict[str, tuple[str, ...]] = {"run": (), "profile": profile.OPTIONS_WITH_VALUE}
# Commands whose file may be a program; its arguments stand behind `--`.
_OF_FILES = ("view",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
      arguments: the command line without the program's name; by default the process's own.

    Returns:
      The exit status: 0 if all went well, 1 if training missed a target, a program failed or uses
      what is missing, 2 if it could not begin, 130 if it was interrupted.
    """
    parser = command_parser()
    mine = list(sys.argv[1:] if arguments is None else arguments)
    program: list[str] = []
    if mine and mine[0] in _OF_PROGRAMS:
        rest, program = split_program(mine[1:], _OF_PROGRAMS[mine[0]])
        mine = [mine[0], *rest]
    elif mine and mine[0] in _OF_FILES:
        mine, program = split_at_dashes(mine)
    options = parser.parse_args(mine)
    if options.command is None:
        parser.print_help()
        return 2
    options.program = program
    try:
        return int(options.execute(options))
    except KeyboardInterrupt:
        print(f"graphflow {options.command}: interrupted", file=sys.stderr)
        return 130


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with all commands."""
    parser = argparse.ArgumentParser(prog="graphflow", description="Lazy dataflow graphs.")
    parser.add_argument("--version", action="version", version=f"graphflow {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return parser
