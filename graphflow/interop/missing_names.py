"""What a namespace says of a name that it does not have.

A program learns by an `AttributeError` what graphflow lacks.  Its text says whether TensorFlow 1.15
has the name, and which names are near.  It is composed when somebody reads it: `hasattr`, and
`getattr` with a default, only ask, and libraries ask often.
"""

from __future__ import annotations

import difflib
import importlib.resources
import sys
from collections import deque
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from graphflow.interop.coverage import find, symbols

_NEAREST = 2
# Rooms that are namespaces themselves; all others have theirs in the room `api`.
_ROOMS = frozenset(
    [
        "graphflow.app", "graphflow.core.errors", "graphflow.core.nest", "graphflow.flags",
        "graphflow.logging", "graphflow.sysconfig", "graphflow.train",
        "graphflow.train.experimental",
    ]
)  # fmt: skip
# What is left out on purpose, and what takes its place.  The first that a symbol begins with
# counts.
_LEFT_OUT = {
    "tf.keras.backend.": "only functions that need no model are there; use those of tf",
    "tf.keras.layers.": "only layers that need no model are there; see tf.layers, and "
    "tf.nn.rnn_cell for recurrent ones",
    "tf.keras.": "models and training loops of Keras are out of scope; write the graph with "
    "tf.layers, tf.losses and tf.train",
    "tf.contrib.eager.": "eager execution is out of scope; build a graph and run it",
}
# What a module is called in TensorFlow, by its own name.
_symbol_of: dict[str, str] = {}


class _Explanation:
    """The text of an error, composed when it is read."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol

    def __str__(self) -> str:
        return explain(self._symbol)

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


def _namespaces_in(module: ModuleType, start: str) -> Iterator[tuple[str, ModuleType]]:
    """Yield the modules in a module that are namespaces: rooms, and those whose names so start."""
    for name, member in vars(module).items():
        if not isinstance(member, ModuleType) or name.startswith("_"):
            continue
        if member.__name__.startswith(start) or member.__name__ in _ROOMS:
            yield name, member


def symbol_of(module_name: str) -> str | None:
    """Return what a module is called in TensorFlow, None if it is no namespace.

    Args:
      module_name: its name in Python.

    >>> symbol_of("graphflow.api.nn"), symbol_of("graphflow.core.graph")
    ('tf.nn', None)
    """
    return _symbol_of.get(module_name)


def explain(symbol: str) -> str:
    """Say of a symbol that graphflow does not have whether TensorFlow 1.15 has it.

    Args:
      symbol: its full name.

    >>> explain("tf.nn.rellu")
    'there is no tf.nn.rellu, nor has TensorFlow 1.15 one; did you mean tf.nn.relu, tf.nn.relu6?'
    """
    why = next((why for start, why in _LEFT_OUT.items() if symbol.startswith(start)), None)
    if why is not None:
        return f"graphflow has no {symbol}: {why}"
    if is_in_tensorflow(symbol):
        return (
            f"graphflow does not have {symbol} yet, TensorFlow 1.15 does; `graphflow check` lists "
            "what a program uses and what there is"
        )
    near = nearest(symbol)
    question = f"; did you mean {', '.join(near)}?" if near else ""
    return f"there is no {symbol}, nor has TensorFlow 1.15 one{question}"


def is_in_tensorflow(symbol: str) -> bool:
    """Return whether TensorFlow 1.15 has a public symbol of this name.

    Args:
      symbol: such as "tf.contrib.layers.conv2d".

    >>> [is_in_tensorflow(f"tf.{name}") for name in ("lite", "contrib.timeseries", "nn.deconv2d")]
    [True, True, False]
    """
    return symbol in symbols() or symbol in _other_symbols()


@cache
def _other_symbols() -> frozenset[str]:
    """The symbols of `tf.contrib` and `tf.compat.v2`."""
    file = importlib.resources.files("graphflow.interop").joinpath("namespaces_v1.txt")
    found: list[str] = []
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            namespace, _, names = line.partition(":")
            found += [namespace, *(f"{namespace}.{name}" for name in names.split())]
    return frozenset(found)


def nearest(symbol: str) -> list[str]:
    """Return names of graphflow that a program may have meant, the likeliest first.

    Args:
      symbol: a name that does not exist.

    >>> nearest("tf.contrib.matmul")
    ['tf.matmul', 'tf.linalg.matmul']
    """
    namespace, _, name = symbol.rpartition(".")
    elsewhere = [
        other.name
        for other in symbols().values()
        if other.name.endswith(f".{name}")
        and not other.is_of_a_class
        and other.namespace != "tf.raw_ops"
        and _exists(other.name)
    ]
    near = [f"{namespace}.{found}" for found in _similar(namespace, name)]
    return [*sorted(elsewhere, key=len), *near][:_NEAREST]


def _exists(symbol: str) -> bool:
    try:
        find(sys.modules["graphflow"], symbol)
    except LookupError:
        return False
    return True


def _similar(namespace: str, name: str) -> list[str]:
    try:
        module = find(sys.modules["graphflow"], namespace)
    except LookupError:
        return []
    public = {key.lower(): key for key in dir(module) if not key.startswith("_")}
    return [public[key] for key in difflib.get_close_matches(name.lower(), public, n=_NEAREST)]
