"""`tensorflow.python.util.lazy_loader`."""

from __future__ import annotations

import importlib
import types
from typing import Any

from graphflow import logging


class LazyLoader(types.ModuleType):
    """A module that is imported when something of it is used.

    Args:
      local_name: the name that stands for it where it is used.
      parent_module_globals: the `globals()` of that place, which get the module in its turn.
      name: the module's full name.
      warning: what to log when it is imported.

    >>> lazy = LazyLoader("fractions", globals(), "fractions")
    >>> lazy.Fraction(3, 6)
    Fraction(1, 2)
    """

    def __init__(
        self,
        local_name: str,
        parent_module_globals: dict[str, Any],
        name: str,
        warning: str | None = None,
    ) -> None:
        super().__init__(name)
        self._local_name = local_name
        self._parent_module_globals = parent_module_globals
        self._warning = warning

    def _load(self) -> types.ModuleType:
        module = importlib.import_module(self.__name__)
        self._parent_module_globals[self._local_name] = module
        if self._warning:
            logging.warning(self._warning)
            self._warning = None
        # What is found here needs no loading again.
        self.__dict__.update(module.__dict__)
        return module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._load(), name)

    def __dir__(self) -> list[str]:
        return dir(self._load())
