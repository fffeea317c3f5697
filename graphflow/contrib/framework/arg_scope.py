"""Default arguments of functions, set for a block of code.

`add_arg_scope` prepares a function; within `with arg_scope([function], argument=value)` each of its
calls gets the argument unless it gives its own.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

# From the keys of functions to the arguments that are set for them.
Scope = dict[str, dict[str, Any]]


class _Scopes(threading.local):
    """The scopes that are open in each thread, the innermost last."""

    def __init__(self) -> None:
        self.open: list[Scope] = [{}]


_scopes = _Scopes()
# The names of the arguments with defaults, by the key of each prepared function.
_arguments: dict[str, tuple[str, ...]] = {}


def arg_scope_func_key(op: Any) -> str:
    """Return the key under which scopes keep the arguments of a function.

    Args:
      op: a function, usually one prepared by `add_arg_scope`.
    """
    return getattr(op, "_key_op", str(op))


def current_arg_scope() -> Scope:
    """Return the arguments that the open scopes set, by the keys of functions.

    >>> current_arg_scope()
    {}
    """
    return _scopes.open[-1]


def has_arg_scope(func: Any) -> bool:
    """Tell whether a function is prepared by `add_arg_scope`.

    Args:
      func: a function.

    >>> has_arg_scope(add_arg_scope(lambda x, scale=1: x * scale)), has_arg_scope(len)
    (True, False)
    """
    return arg_scope_func_key(func) in _arguments


def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """Return the names of the arguments of a prepared function that have defaults.

    Args:
      func: a function prepared by `add_arg_scope`.

    Raises:
      ValueError: it is not prepared.

    >>> arg_scoped_arguments(add_arg_scope(lambda x, scale=1, shift=0: x * scale + shift))
    ('scale', 'shift')
    """
    _check_prepared(func)
    return _arguments[arg_scope_func_key(func)]


def add_arg_scope(func: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return a function like another one that takes default arguments from `arg_scope`.

    Args:
      func: the function.

    >>> @add_arg_scope
    ... def line(x, slope=1, shift=0):
    ...     return slope * x + shift
    >>> with arg_scope([line], slope=3, shift=-2):
    ...     print(line(5), line(5, shift=4))
    13 19
    """

    @functools.wraps(func)
    def scoped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        defaults = current_arg_scope().get(key)
        if not defaults:
            return func(*args, **kwargs)
        merged: dict[str, Any] = {**defaults, **kwargs}
        return func(*args, **merged)

    key = arg_scope_func_key(func)
    _arguments[key] = _names_with_defaults(func)
    scoped._key_op = key  # type: ignore[attr-defined]
    return scoped


def _names_with_defaults(func: Any) -> tuple[str, ...]:
    """The names of a function's arguments that have defaults; only plain functions show them."""
    code = getattr(func, "__code__", None)
    if code is None:
        return ()
    count = len(func.__defaults__ or ())
    named: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return named[len(named) - count :]


def _check_prepared(func: Any) -> None:
    if not has_arg_scope(func):
        name = f"{getattr(func, '__module__', '')}.{getattr(func, '__name__', func)}"
        raise ValueError(f"{name} takes no arguments from scopes: decorate it with @add_arg_scope")


@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Scope]:
    """Open a scope that sets arguments of functions; yield what is then set.

    Args:
      list_ops_or_scope: a list or tuple of functions prepared by `add_arg_scope`; or what another
        scope yielded, to open that scope again whatever is open now.
      **kwargs: the arguments, by name; none with a scope.

    Raises:
      ValueError: a function is not prepared, or there are arguments beside a scope.
      TypeError: `list_ops_or_scope` is neither list nor scope.

    >>> @add_arg_scope
    ... def power(x, exponent=1):
    ...     return x**exponent
    >>> with arg_scope([power], exponent=3) as cubic:
    ...     pass
    >>> with arg_scope(cubic):
    ...     power(2)
    8
    """
    _scopes.open.append(_entered(list_ops_or_scope, kwargs))
    try:
        yield current_arg_scope()
    finally:
        _scopes.open.pop()


def _entered(functions: Any, arguments: Mapping[str, Any]) -> Scope:
    """The scope that `arg_scope` opens."""
    if isinstance(functions, dict):
        if arguments:
            names = ", ".join(sorted(arguments))
            raise ValueError(f"a scope that is opened again takes no further arguments: {names}")
        return dict(functions)
    if not isinstance(functions, (list, tuple)):
        raise TypeError(
            f"arg_scope takes a list of functions, or a scope to open again, not {functions!r}"
        )
    scope = dict(current_arg_scope())
    for function in functions:
        _check_prepared(function)
        key = arg_scope_func_key(function)
        scope[key] = {**scope.get(key, {}), **arguments}
    return scope
