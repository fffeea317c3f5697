"""What a namespace says of a name that it does not have.

A program learns by an `AttributeError` what graphflow lacks.  Its text says whether TensorFlow 1.15
has the name, and which names are near.  It is composed when somebody reads it: `hasattr`, and
`getattr` with a default, only ask, and libraries ask often.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import ModuleType

from graphflow.core.extensions import provide, provided

# Rooms that are namespaces themselves; all others have theirs in the room `api`.
_ROOMS = frozenset(
    [
        "graphflow.app", "graphflow.core.errors", "graphflow.core.nest", "graphflow.flags",
        "graphflow.logging", "graphflow.sysconfig", "graphflow.train.experimental",
    ]
)  # fmt: skip
# What a module is called in TensorFlow, by its own name.
_symbol_of: dict[str, str] = {}


class _Explanation:
    """The text of an error, composed when it is read."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol

    def __str__(self) -> str:
        return str(provided("explain_missing_name")(self._symbol))

    def __repr__(self) -> str:
        return repr(str(self))


class _Namespace(ModuleType):
    """A module that says by its TensorFlow name what it lacks."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        # With a name and no object Python adds no guesses of its own to the text.
        raise AttributeError(_Explanation(f"{_symbol_of[self.__name__]}.{name}"), name=name)


def watch(module: ModuleType, symbol: str) -> None:
    """Let a namespace, and all that are below it, say in TensorFlow's terms what they lack.

    Args:
      module: a namespace.
      symbol: its name in TensorFlow, such as "tf.nn".
    """
    waiting = deque([(module, symbol)])
    while waiting:
        module, symbol = waiting.popleft()
        if module.__name__ in _symbol_of:
            continue
        _symbol_of[module.__name__] = symbol
        module.__class__ = _Namespace
        # Version 2 has namespaces of its own beside those of version 1.
        start = "graphflow.api." + ("compat_v2" if symbol.startswith("tf.compat.v2") else "")
        waiting.extend((below, f"{symbol}.{name}") for name, below in _namespaces_in(module, start))


@provide("namespace_loaded")
def namespace_loaded(package: str, name: str, module: ModuleType) -> None:
    """Watch what came late into a namespace that is watched.

    Args:
      package: the name of the namespace's module.
      name: what the new one is called in it.
      module: the new one.
    """
    symbol = _symbol_of.get(package)
    if symbol is not None and _is_namespace(module, "graphflow.api."):
        watch(module, f"{symbol}.{name}")


def _namespaces_in(module: ModuleType, start: str) -> Iterator[tuple[str, ModuleType]]:
    """Yield the modules in a module that are namespaces: rooms, and those whose names so start."""
    for name, member in vars(module).items():
        if not isinstance(member, ModuleType) or name.startswith("_"):
            continue
        if _is_namespace(member, start):
            yield name, member


def _is_namespace(module: ModuleType, start: str) -> bool:
    return module.__name__.startswith(start) or module.__name__ in _ROOMS


def symbol_of(module_name: str) -> str | None:
    """Return what a module is called in TensorFlow, None if it is no namespace.

    Args:
      module_name: its name in Python.

    >>> symbol_of("graphflow.api.nn"), symbol_of("graphflow.core.graph")
    ('tf.nn', None)
    """
    return _symbol_of.get(module_name)
