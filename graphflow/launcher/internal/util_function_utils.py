"""`tensorflow.python.util.function_utils`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def fn_args(fn: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the arguments that can be given by position.

    Args:
      fn: a function, a bound method, a `functools.partial` or an object that can be called.

    >>> fn_args(lambda features, labels, *, mode: None)
    ('features', 'labels')
    """
    if isinstance(fn, functools.partial):
        rest = fn_args(fn.func)[len(fn.args) :]
        return tuple(name for name in rest if name not in fn.keywords)
    names = inspect.getfullargspec(_called(fn)).args
    return tuple(names[1:] if inspect.ismethod(_called(fn)) else names)


def has_kwargs(fn: Callable[..., Any]) -> bool:
    """Tell whether a function takes arguments of any name.

    Args:
      fn: as for `fn_args`.
    """
    if isinstance(fn, functools.partial):
        return has_kwargs(fn.func)
    return inspect.getfullargspec(_called(fn)).varkw is not None


def get_func_name(func: Callable[..., Any]) -> str:
    """Return what a function, partial or object that can be called is named.

    Args:
      func: as for `fn_args`.

    >>> get_func_name(functools.partial(get_func_name))
    'get_func_name'
    """
    if isinstance(func, functools.partial):
        return get_func_name(func.func)
    return str(getattr(func, "__name__", type(func)))


def _called(fn: Callable[..., Any]) -> Any:
    """The function behind an object that can be called."""
    has_code = inspect.isroutine(fn) or inspect.isclass(fn)
    return fn if has_code else fn.__call__  # type: ignore[operator]
