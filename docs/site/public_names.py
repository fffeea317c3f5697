"""Which names the reference documents, and which of several names of one thing is its own."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import graphflow
from graphflow.interop.coverage import symbols

# What graphflow has beside TensorFlow's namespaces.
OWN = ("viz", "debug", "testing", "custom_ops", "datasets.mnist")
# Modules that hold nothing but public names.
_NAMES_ONLY = ("graphflow.api.", "graphflow.custom_ops")
# Within these nothing has its own name: they repeat what stands elsewhere.
_REPEATING = ("tf.compat.", "tf.raw_ops.", "tf.initializers.", "tf.contrib.")


@dataclass
class Entry:
    """A public thing.

    Attributes:
      name: its own name, such as "tf.nn.relu".
      value: what the name stands for.
      aliases: its other names.
    """

    name: str
    value: Any
    aliases: list[str] = field(default_factory=list)

    @cached_property
    def kind(self) -> str:
        """Whether it is a "class", a "function" or "data"."""
        if inspect.isclass(self.value):
            return "class"
        return "function" if callable(self.value) else "data"


@dataclass
class Namespace:
    """A module of public names.

    Attributes:
      name: its name, such as "tf.nn".
      module: the module.
      members: what each of its names stands for; several names may have one entry.
    """

    name: str
    module: types.ModuleType
    members: dict[str, Entry] = field(default_factory=dict)


def namespaces() -> list[Namespace]:
    """Return all public namespaces with their members, the outermost first."""
    found = [Namespace(name, module) for name, module in _modules()]
    entries: dict[Any, Entry] = {}
    for space in sorted(found, key=_rank):
        for name in _names(space.name, space.module):
            value = getattr(space.module, name)
            entry = entries.setdefault(_identity(space.name, name, value), Entry("", value))
            full = f"{space.name}.{name}"
            if entry.name:
                entry.aliases.append(full)
            else:
                entry.name = full
            space.members[name] = entry
    return [space for space in found if space.members]


def _rank(space: Namespace) -> tuple[bool, int, str]:
    name = space.name + "."
    repeats = name.startswith(_REPEATING) or space.module.__name__ == "graphflow.custom_ops"
    return repeats, name.count("."), name


def _identity(space: str, name: str, value: Any) -> Any:
    """Return a key that is equal for names of one thing; a number is a thing of its own."""
    if callable(value) or isinstance(value, graphflow.DType):
        return id(value)
    return space, name


def _modules() -> Iterator[tuple[str, types.ModuleType]]:
    """Yield the modules that are public, each under one name."""
    listed = {symbol.namespace for symbol in symbols().values() if not symbol.is_of_a_class}
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("tf", graphflow)]
    while waiting:
        name, module = waiting.pop(0)
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield name, module
        for inner in sorted(dir(module)):
            value = None if inner.startswith("_") else getattr(module, inner)
            full = f"{name}.{inner}"
            if isinstance(value, types.ModuleType) and (
                full in listed or value.__name__.startswith("graphflow.api.")
            ):
                waiting.append((full, value))
    for own in OWN:
        yield f"graphflow.{own}", import_module(f"graphflow.{own}")


def _names(space: str, module: types.ModuleType) -> list[str]:
    """Return the public names of a module, without those of modules."""
    theirs = {symbol.name for symbol in symbols().values() if symbol.namespace == space}
    if module is graphflow or module.__name__.startswith(_NAMES_ONLY):
        names = dir(module)
    else:
        names = [*getattr(module, "__all__", ()), *(n.rpartition(".")[2] for n in theirs)]
    return sorted(
        (name for name in set(names) if hasattr(module, name) and _is_public(module, name)),
        key=lambda name: (name.lower(), name),
    )


def _is_public(module: types.ModuleType, name: str) -> bool:
    value = getattr(module, name)
    return not (
        name.startswith("_")
        or isinstance(value, types.ModuleType)
        or getattr(value, "__module__", "") == "__future__"
        or getattr(value, "__module__", "") in ("typing", "collections.abc")
    )
