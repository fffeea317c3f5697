"""Decorators that let functions say that they, or arguments of theirs, are deprecated."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from graphflow.core.deprecation import warn_once as log_once

_P = ParamSpec("_P")
_R = TypeVar("_R")


def deprecated(
    date: str | None, instructions: str, warn_once: bool = True
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator for a function that should no longer be used.

    Args:
      date: when it goes, as YYYY-MM-DD; None if that is not known.
      instructions: what to do instead.
      warn_once: accepted; each line of a program that calls it is told once.

    Raises:
      ValueError: an argument is missing or malformed.

    >>> @deprecated("2030-01-31", "use plus")
    ... def add(a, b):
    ...     return a + b
    >>> add(2, 3)
    5
    """
    del warn_once
    _check(date, instructions)

    def decorate(func: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(func)
        def noted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            log_once(f"{_name(func)} is deprecated{_until(date)}: {instructions}")
            return func(*args, **kwargs)

        return noted

    return decorate


def deprecated_args(
    date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any, **kwargs: Any
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator for a function some arguments of which should no longer be given.

    Args:
      date: when they go, as YYYY-MM-DD; None if that is not known.
      instructions: what to do instead.
      *deprecated_arg_names_or_tuples: names of arguments, or tuples of a name and a value with
        which it may still be given.
      **kwargs: `warn_once`, accepted; each line of a program is told once.

    Raises:
      ValueError: an argument is missing or malformed, or the function has none of a name.

    >>> @deprecated_args(None, "leave it out", "seed")
    ... def draw(n, seed=None):
    ...     return n, seed
    >>> draw(4, seed=7)
    (4, 7)
    """
    _check(date, instructions)
    if not deprecated_arg_names_or_tuples:
        raise ValueError("name the arguments that are deprecated")
    if set(kwargs) - {"warn_once"}:
        raise ValueError(f"unknown arguments: {', '.join(sorted(kwargs))}")
    accepted: dict[str, tuple[Any, ...]] = {}
    for item in deprecated_arg_names_or_tuples:
        name, *values = item if isinstance(item, (list, tuple)) else (item,)
        accepted[name] = tuple(values)

    def is_deprecated(name: str, value: Any) -> bool:
        return name in accepted and not any(value == known for known in accepted[name])

    return _noting_arguments(date, instructions, set(accepted), is_deprecated)


def deprecated_arg_values(
    date: str | None, instructions: str, warn_once: bool = True, **deprecated_kwargs: Any
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator for a function some arguments of which should not have certain values.

    Args:
      date: when they go, as YYYY-MM-DD; None if that is not known.
      instructions: what to do instead.
      warn_once: accepted; each line of a program is told once.
      **deprecated_kwargs: the deprecated values, by the names of arguments.

    Raises:
      ValueError: an argument is missing or malformed, or the function has none of a name.

    >>> @deprecated_arg_values(None, "sort by name", order="size")
    ... def ordered(items, order="name"):
    ...     return order
    >>> ordered([], order="size")
    'size'
    """
    del warn_once
    _check(date, instructions)
    if not deprecated_kwargs:
        raise ValueError("name the values that are deprecated")

    def is_deprecated(name: str, value: Any) -> bool:
        return name in deprecated_kwargs and bool(value == deprecated_kwargs[name])

    return _noting_arguments(date, instructions, set(deprecated_kwargs), is_deprecated)


def _noting_arguments(
    date: str | None, instructions: str, names: set[str], is_deprecated: Callable[[str, Any], bool]
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    def decorate(func: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(func)
        unknown = names - set(signature.parameters)
        if unknown:
            raise ValueError(f"{_name(func)} has no arguments {', '.join(sorted(unknown))}")

        @functools.wraps(func)
        def noted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            given = signature.bind_partial(*args, **kwargs).arguments
            found = [name for name, value in given.items() if is_deprecated(name, value)]
            if found:
                log_once(
                    f"{', '.join(found)} of {_name(func)} is deprecated{_until(date)}: "
                    f"{instructions}"
                )
            return func(*args, **kwargs)

        return noted

    return decorate


def _check(date: str | None, instructions: str) -> None:
    parts = [] if date is None else date.split("-")
    if date is not None and [len(part) for part in parts if part.isdigit()] != [4, 2, 2]:
        raise ValueError(f"a date is written as YYYY-MM-DD, not {date!r}")
    if not instructions:
        raise ValueError("say in `instructions` what to do instead")


def _until(date: str | None) -> str:
    return "" if date is None else f" and goes after {date}"


def _name(func: Any) -> str:
    return f"{func.__module__}.{func.__qualname__}"
