"""`tensorflow.python.util.all_util`: which names a module shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from types import ModuleType

_MENTIONED = re.compile(r"@@(\w+)")
# Names that were to be shown although no text mentions them.
_REVEALED: dict[str, set[str]] = {}


def make_all(module_name: str, doc_string_modules: Iterable[ModuleType] | None = None) -> list[str]:
    """Return the names that docstrings mention as `@@name`.

    Args:
      module_name: the module that has the names.
      doc_string_modules: modules whose docstrings count, by default this one.
    """
    modules = doc_string_modules or [sys.modules[module_name]]
    return sorted({name for one in modules for name in _MENTIONED.findall(one.__doc__ or "")})


def reveal_undocumented(symbol_name: str, target_module: ModuleType | None = None) -> None:
    """Let `remove_undocumented` keep a name.

    Args:
      symbol_name: the full name, "module.name".
      target_module: the module that is to have it, by default the one in the name.
    """
    module_name, _, name = symbol_name.rpartition(".")
    source = sys.modules[module_name]
    target = target_module or source
    setattr(target, name, getattr(source, name))
    _REVEALED.setdefault(target.__name__, set()).add(name)


def remove_undocumented(
    module_name: str,
    allowed_exception_list: Iterable[str] | None = None,
    doc_string_modules: Iterable[ModuleType] | None = None,
) -> None:
    """Take from a module the public names that no docstring mentions.

    Args:
      module_name: the module.
      allowed_exception_list: names that stay nevertheless.
      doc_string_modules: modules whose docstrings count, by default this one.
    """
    module = sys.modules[module_name]
    kept = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    kept |= _REVEALED.get(module_name, set())
    for name in [name for name in vars(module) if not name.startswith("_")]:
        if name not in kept:
            delattr(module, name)
