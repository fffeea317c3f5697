"""Functions of outer rooms that methods of core classes, and kernels of ops, call.

`Graph.as_graph_def` needs the wire format, `Tensor.eval` a session, `Tensor.__add__` an op: all of
them live outside core, which imports none of them.  An outer room provides such a function under a
name when it is imported, and the method asks for it here.  So does the kernel of an op that needs
a message of TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
_PROVIDED: dict[str, Callable[..., Any]] = {}


def provide(name: str) -> Callable[[_F], _F]:
    """Return a decorator that provides a function to core under `name`."""

    def decorate(function: _F) -> _F:
        _PROVIDED[name] = function
        return function

    return decorate


def provided(name: str) -> Callable[..., Any]:
    """Return the function provided under `name`.

    Raises:
      NotImplementedError: no room that provides it was imported.
    """
    try:
        return _PROVIDED[name]
    except KeyError:
        raise NotImplementedError(f"nothing provides {name!r}: import graphflow first") from None
