"""Deprecated names of arguments: they work, and say so once for each place that uses them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from graphflow.core import traceback as tb

_logger = logging.getLogger("graphflow")
_warned: set[tuple[str, str]] = set()
_is_silent = False


def renamed_argument(
    new_name: str, new_value: Any, old_name: str, old_value: Any, default: Any = None
) -> Any:
    """Return the value of an argument that has two names, both in good standing.

    Args:
      new_name: its newer name.
      new_value: the value given under that name, None if absent.
      old_name: its older name, often the first positional argument.
      old_value: the value given under the older name, None if absent.
      default: the value if it is given under neither name; None if it must be given.

    Raises:
      ValueError: both are given, or neither is and there is no default.
    """
    if old_value is not None and new_value is not None:
        raise ValueError(f"{new_name!r} and {old_name!r} are the same argument: give only one")
    if old_value is None and new_value is None:
        if default is not None:
            return default
        raise ValueError(f"the argument {new_name!r} is missing")
    return new_value if old_value is None else old_value


def warn_once(message: str) -> None:
    """Log a warning, once for each line of the user's code that causes it.

    Args:
      message: what is deprecated and what to use instead.
    """
    if _is_silent:
        return
    line = tb.user_line(tb.capture())
    if (message, line) in _warned:
        return
    _warned.add((message, line))
    _logger.warning("%s (%s)", message, line or "unknown line")


def set_silent(is_silent: bool) -> None:
    """Choose whether `warn_once` is silent.

    Args:
      is_silent: whether it is.
    """
    global _is_silent
    _is_silent = is_silent


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Let `warn_once` be silent in a `with` block."""
    before = _is_silent
    set_silent(True)
    try:
        yield
    finally:
        set_silent(before)


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """Return the value of an argument that may be given under a deprecated name.

    Args:
      new_name: its name.
      new_value: its value, None if it was not given.
      old_name: its deprecated name.
      old_value: the value given under the deprecated name, or None.

    Returns:
      The value that was given, or None.

    Raises:
      ValueError: both were given.

    >>> deprecated_argument_lookup("axis", 1, "dim", None)
    1
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"give {new_name!r} or its deprecated name {old_name!r}, not both")
    warn_once(f"the argument {old_name!r} is deprecated: use {new_name!r}")
    return old_value
