"""`graphflow cache`: the compiled code that is kept on disk."""

from __future__ import annotations

import argparse
from typing import Any

from graphflow.core import code_cache


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "cache",
        help="show or delete the compiled code that is kept on disk",
        description="Show where compiled code is kept from one process to the next, and how much."
        " It is bounded, and made again when it is missing: deleting it is always safe.",
    )
    parser.add_argument("--clear", action="store_true", help="delete it")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Tell how much there is, after deleting it if that was asked for."""
    if options.clear:
        deleted = code_cache.clear()
        print(f"deleted {deleted.modules} modules, {deleted.size / 1e6:.1f} MB")
    kept = code_cache.usage()
    print(f"{code_cache.folder()}: {kept.modules} modules, {kept.size / 1e6:.1f} MB")
    return 0
