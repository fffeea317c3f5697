"""`tensorflow.python.util.deprecation`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from graphflow.core.deprecation import (
    deprecated_argument_lookup as deprecated_argument_lookup,
    set_silent,
    silence as silence,
    warn_once as _log_once,
)


def set_attribute(name: str, value: Any) -> None:
    """Heed what a program sets in the module.

    Args:
      name: `_PRINT_DEPRECATION_WARNINGS` is the only name that counts.
      value: its value.
    """
    if name == "_PRINT_DEPRECATION_WARNINGS":
        set_silent(not value)


def deprecated_alias(
    deprecated_name: str, name: str, func_or_class: Callable[..., Any], warn_once: bool = True
) -> Callable[..., Any]:
    """Return a function that is another one's former name, and says so.

    Args:
      deprecated_name: the former name.
      name: the name.
      func_or_class: what it names.
      warn_once: accepted; each line of a program is told once.
    """
    del warn_once

    @functools.wraps(func_or_class, updated=())
    def alias(*args: Any, **kwargs: Any) -> Any:
        _log_once(f"{deprecated_name} is deprecated: use {name}")
        return func_or_class(*args, **kwargs)

    return alias


def deprecated_endpoints(*args: str) -> Callable[[Any], Any]:
    """Return a decorator for what has former names; it changes nothing.

    Args:
      *args: the names.
    """
    del args
    return lambda function: function
