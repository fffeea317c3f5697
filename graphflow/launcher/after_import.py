"""Changes to a library that are made when a program imports it.

Large libraries take long to import, so nothing may import them before the program itself does.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any


def after_import(name: str, change: Callable[[ModuleType], None]) -> None:
    """Have a module changed: now if it has been imported, else when it is.

    Args:
      name: the module's full name.
      change: gets the module. It may be called again.

    Examples:
      >>> after_import("colorsys", lambda module: setattr(module, "GREY", (0, 0, 0.5)))
      >>> import colorsys
      >>> colorsys.GREY
      (0, 0, 0.5)
    """
    if name in sys.modules:
        change(sys.modules[name])
    elif not any(isinstance(each, _Finder) and each.is_for(name, change) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder(name, change))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module once, as the other finders do, and has it changed after loading."""

    def __init__(self, name: str, change: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._change = change

    def is_for(self, name: str, change: Callable[[ModuleType], None]) -> bool:
        return (self._name, self._change) == (name, change)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            _call_afterwards(spec.loader, self._change)
        return spec


def _call_afterwards(loader: Any, change: Callable[[ModuleType], None]) -> None:
    load = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        load(module)
        change(module)

    loader.exec_module = exec_module


def renamed(function: Callable[..., Any], old: str, new: str) -> Callable[..., Any]:
    """Return a function with an argument that may have its old name as well.

    Args:
      function: the function.
      old: a name by which the argument may be given.
      new: the argument's name.

    Examples:
      >>> renamed(sorted, "backwards", "reverse")([3, 5], backwards=True)
      [5, 3]
    """

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if old in kwargs:
            kwargs[new] = kwargs.pop(old)
        return function(*args, **kwargs)

    return call
