"""`tf.app`: the frame of a program with flags."""

from __future__ import annotations

import sys as _sys
from collections.abc import Callable as _Callable, Sequence as _Sequence
from typing import Any as _Any, NoReturn as _NoReturn

from absl.flags import Error as _Error

from graphflow import flags as flags


def run(
    main: _Callable[[list[str]], _Any] | None = None, argv: _Sequence[str] | None = None
) -> _NoReturn:
    """Read the flags, call a function, and end the process.

    Args:
      main: takes the arguments that are no flags, the name of the program first; by default the
        function `main` of the program.
      argv: the command line, by default that of the process.

    Raises:
      SystemExit: always; with status 1 if a flag has a value that it cannot have.
    """
    arguments = list(_sys.argv if argv is None else argv)
    if main is None:
        main = _sys.modules["__main__"].main
    if any(item in ("--help", "-h", "--helpfull", "-helpfull") for item in arguments[1:]):
        _print_help(arguments[0])
        _sys.exit(1)
    try:
        rest = flags.FLAGS(arguments, known_only=True)
    except _Error as error:
        _sys.stderr.write(f"FATAL Flags parsing error: {error}\nPass --help to see the flags.\n")
        _sys.exit(1)
    _sys.exit(main(rest))


def _print_help(program: str) -> None:
    text = _sys.modules["__main__"].__doc__ or f"\nUSAGE: {program} [flags]\n"
    _sys.stdout.write(f"{text}\nflags:\n{flags.FLAGS.main_module_help()}\n")
