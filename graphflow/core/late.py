"""Public names that are imported when somebody first asks for them.

All of graphflow takes a second to import, and each program uses a part of it.  A module of public
names says which of them come late::

    if TYPE_CHECKING:
        from graphflow.api import estimator as estimator
        from graphflow.queues.kinds import FIFOQueue as FIFOQueue
    else:
        __getattr__, __dir__, __all__ = late_names(
            __name__,
            modules={"estimator": "graphflow.api.estimator"},
            members={"graphflow.queues.kinds": ("FIFOQueue",)},
        )

Type checkers, editors and readers see the imports; `tests/unit/test_late_names.py` compares them
with the tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from graphflow.core.extensions import provided


def late_names(
    package: str,
    modules: Mapping[str, str],
    members: Mapping[str, Sequence[str]] | None = None,
    otherwise: Callable[[str], Any] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make a module's `__getattr__`, `__dir__` and `__all__`, the last statement of the module.

    Args:
      package: the name of the module.
      modules: names that stand for modules, and the full name of each.
      members: from the full name of a module to those of its members that come late.
      otherwise: is asked for all other names: returns a value, or raises AttributeError.

    Returns:
      The three values.

    >>> import types
    >>> module = sys.modules["shapes"] = types.ModuleType("shapes")
    >>> module.__getattr__, module.__dir__, names = late_names(
    ...     "shapes", {"text": "string"}, {"math": ["hypot"]})
    >>> module.hypot(3.0, 4.0), module.text.digits, names
    (5.0, '0123456789', ['hypot', 'text'])
    """
    home = {name: module for module, names in (members or {}).items() for name in names}
    fallback = otherwise or _no_attribute(package)
    public = [name for name in vars(sys.modules[package]) if not name.startswith("_")]
    names = sorted({*public, *modules, *home})

    def getattr_(name: str) -> Any:
        if name in modules:
            value = import_module(modules[name])
            provided("namespace_loaded")(package, name, value)
        elif name in home:
            value = getattr(import_module(home[name]), name)
        else:
            return fallback(name)
        setattr(sys.modules[package], name, value)
        return value

    def dir_() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return getattr_, dir_, names


def _no_attribute(package: str) -> Callable[[str], NoReturn]:
    def refuse(name: str) -> NoReturn:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return refuse
