"""Advice on names that graphflow does not have: does TensorFlow have them, and which are near?"""

from __future__ import annotations

import difflib
import importlib.resources
import sys
from functools import cache

from graphflow.core.extensions import provide
from graphflow.interop.coverage import find, symbols

_NEAREST = 2
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


@provide("explain_missing_name")
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
