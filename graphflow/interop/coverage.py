"""How much of TensorFlow 1.15's public interface exists: by name, and by the names of arguments.

`api_v1.txt` beside this file lists that interface, one symbol in each line::

    tf.matmul function(a, b, transpose_a=, name=)
"""

from __future__ import annotations

import ast
import importlib.resources
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

_SYMBOL = re.compile(r"(?P<name>\S+) (?P<kind>\w+)(?:\((?P<arguments>.*)\))?$")
_MISSING = object()


@dataclass(frozen=True)
class Symbol:
    """A public symbol of TensorFlow 1.15.

    Attributes:
      name: its name, such as "tf.nn.relu".
      kind: "function", "class", "method", "property", "member" or "module".
      arguments: the names of the arguments, with "=" behind those that have a default, "*" and
        "**" before those that collect; None if it takes none or they are not listed.
    """

    name: str
    kind: str
    arguments: tuple[str, ...] | None = None

    @property
    def namespace(self) -> str:
        """The name up to the last dot."""
        return self.name.rpartition(".")[0]

    @property
    def is_of_a_class(self) -> bool:
        """Whether it is a method or property."""
        return self.kind in ("method", "property")


@cache
def symbols() -> dict[str, Symbol]:
    """Return all public symbols of TensorFlow 1.15, by name.

    >>> symbols()["tf.expand_dims"].arguments
    ('input', 'axis=', 'name=', 'dim=')
    """
    text = importlib.resources.files("graphflow.interop").joinpath("api_v1.txt").read_text("utf-8")
    found = (_parse(line) for line in text.splitlines() if not line.startswith("#"))
    return {symbol.name: symbol for symbol in found}


def _parse(line: str) -> Symbol:
    match = _SYMBOL.match(line)
    if match is None:
        raise ValueError(f"no symbol: {line!r}")
    listed = match["arguments"]
    if listed is None:
        return Symbol(match["name"], match["kind"])
    names = tuple(name.strip() for name in listed.split(",") if name.strip())
    return Symbol(match["name"], match["kind"], names)


def find(package: ModuleType, name: str) -> Any:
    """Return the object of a public name.

    Args:
      package: what `tf` stands for.
      name: such as "tf.nn.relu".

    Raises:
      LookupError: there is none.
    """
    found: Any = package
    for part in name.split(".")[1:]:
        found = getattr(found, part, _MISSING)
        if found is _MISSING:
            raise LookupError(f"{package.__name__} has no {name}")
    return found


def argument_names(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the names of a function's arguments, written as `Symbol` has them.

    Args:
      function: a function, method or class; `self` and `cls` are left out.

    Returns:
      The names, or None if Python cannot tell.

    >>> argument_names(lambda a, *rest, axis=0, **options: a)
    ('a', '*rest', 'axis=', '**options')
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    stars: dict[Any, str] = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    return tuple(
        stars.get(item.kind, "") + item.name + ("" if item.default is item.empty else "=")
        for item in parameters
        if item.name not in ("self", "cls")
    )


@dataclass(frozen=True)
class Coverage:
    """What exists of a symbol.

    Attributes:
      symbol: the symbol.
      status: "full", "partial" or "missing".
      notes: what is missing of a partial one.
    """

    symbol: Symbol
    status: str
    notes: tuple[str, ...] = ()


def coverage(package: ModuleType, symbol: Symbol) -> Coverage:
    """Look how much of a symbol exists.

    A function is partial if it lacks an argument, or refuses one with `NotImplementedError`; a
    class if it lacks an argument, a method or a property.

    Args:
      package: what `tf` stands for.
      symbol: the symbol.
    """
    try:
        found = find(package, symbol.name)
    except LookupError:
        return Coverage(symbol, "missing")
    notes = [f"no argument `{name}`" for name in lacking_arguments(symbol, found)]
    if inspect.isclass(found):
        notes.extend(f"no `{name}`" for name in _lacking_members(symbol, found))
    elif inspect.isfunction(found):
        notes.extend(refusals(found))
    return Coverage(symbol, "partial" if notes else "full", tuple(notes))


def lacking_arguments(symbol: Symbol, found: Any) -> list[str]:
    """Return the arguments of a symbol that an object does not take.

    Args:
      symbol: the symbol, with its arguments.
      found: the function or class that stands for it.
    """
    if not symbol.arguments or not callable(found):
        return []
    names = argument_names(found)
    if names is None:
        return []
    mine = {name.strip("*=") for name in names}
    takes_any = any(name.startswith("**") for name in names)
    wanted = (name.strip("=") for name in symbol.arguments if not name.startswith("*"))
    return [name for name in wanted if name not in mine and not takes_any]


def _lacking_members(symbol: Symbol, found: type) -> list[str]:
    prefix = f"{symbol.name}."
    return [
        member.name.removeprefix(prefix)
        for name, member in symbols().items()
        if name.startswith(prefix) and member.is_of_a_class and not _has_path(found, name, prefix)
    ]


def _has_path(found: type, name: str, prefix: str) -> bool:
    """Whether a class has a member, if only one that its objects get when they are made."""
    part = name.removeprefix(prefix)
    return hasattr(found, part) or any(part in _assigned(cls) for cls in found.__mro__)


@cache
def _assigned(cls: type) -> frozenset[str]:
    """The attributes that the methods of a class assign to `self`."""
    try:
        return frozenset(re.findall(r"\bself\.(\w+)\b[^=\n]*=", inspect.getsource(cls)))
    except (OSError, TypeError):
        return frozenset()


def refusals(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the texts with which a function says that it does not support an argument.

    They are read from its source: the literal parts of each `raise NotImplementedError(...)` in it
    and in the functions of its module that it calls.

    Args:
      function: a function written in Python.
    """
    try:
        module = inspect.getmodule(function)
        names = {function.__name__, *_called(_syntax(function))}
    except (OSError, TypeError):
        return ()
    texts: dict[str, None] = {}
    for name in sorted(names):
        found = function if name == function.__name__ else getattr(module, name, None)
        if inspect.isfunction(found) and found.__module__ == function.__module__:
            texts.update(dict.fromkeys(_refusals_in(_syntax(found))))
    return tuple(texts)


def _syntax(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _refusals_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        kind = node.exc.func
        if isinstance(kind, ast.Name) and kind.id == "NotImplementedError":
            yield " ".join(_literal(argument) for argument in node.exc.args)


def _literal(node: ast.expr) -> str:
    """The text of a string literal, with "…" where it is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "…"
