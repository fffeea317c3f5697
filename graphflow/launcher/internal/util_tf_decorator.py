"""`tensorflow.python.util.tf_decorator`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def make_decorator(
    target: Callable[..., Any],
    decorator_func: Callable[..., Any],
    decorator_name: str | None = None,
    decorator_doc: str = "",
    decorator_argspec: Any = None,
) -> Callable[..., Any]:
    """Let a function that wraps another one look like that.

    Args:
      target: the wrapped function.
      decorator_func: the function around it.
      decorator_name: what the decoration is called; recorded nowhere.
      decorator_doc: a text on it; recorded nowhere.
      decorator_argspec: the arguments of the result; those of `target` count.
    """
    del decorator_name, decorator_doc, decorator_argspec
    return functools.wraps(target)(decorator_func)


def unwrap(maybe_decorator: Any) -> tuple[list[Any], Any]:
    """Return the functions around a function, and the innermost one.

    Args:
      maybe_decorator: a function.
    """
    around: list[Any] = []
    target = maybe_decorator
    while hasattr(target, "__wrapped__"):
        around.append(target)
        target = target.__wrapped__
    return around, target
