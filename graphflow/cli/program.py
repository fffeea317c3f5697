"""Command lines that contain the command line of a program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence


def split_program(
    arguments: Sequence[str], options_with_value: Collection[str]
) -> tuple[list[str], list[str]]:
    """Split a command line into what is ours and the program with its arguments.

    The program begins at the first argument that is no option of ours, or after `-m MODULE`, which
    is left to our part.

    Args:
      arguments: all that follows the command.
      options_with_value: those of our options that take the next argument as their value.

    Returns:
      Our arguments, and the program's.

    >>> split_program(["--top", "3", "train.py", "--top", "7"], ["--top"])
    (['--top', '3'], ['train.py', '--top', '7'])
    >>> split_program(["-m", "train", "--steps=2"], [])
    (['-m', 'train'], ['--steps=2'])
    """
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        argument = arguments[position]
        position += 2 if argument == "-m" or argument in options_with_value else 1
        if argument == "-m":
            break
    return list(arguments[:position]), list(arguments[position:])


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a command line at the first `--`.

    Args:
      arguments: a command line.

    Returns:
      What stands before it, and what stands behind it.

    >>> split_at_dashes(["view", "train.py", "-o", "a.html", "--", "--steps", "--"])
    (['view', 'train.py', '-o', 'a.html'], ['--steps', '--'])
    """
    if "--" not in arguments:
        return list(arguments), []
    position = list(arguments).index("--")
    return list(arguments[:position]), list(arguments[position + 1 :])


def status_of(program: Callable[[], int]) -> int:
    """Run a program; return its exit status also if it ends itself.

    Args:
      program: runs it and returns its status, or lets the `SystemExit` through.
    """
    try:
        return program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
