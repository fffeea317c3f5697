"""Copies of a source file with other constants, compiled.

A kernel whose innermost loops are unrolled is compiled anew for each size of its tiles.  Its source
is a file of this folder that is never imported itself: its constants are lines `NAME = number`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from graphflow.core import code_cache

# What the templates import: numba, which is slow to import, and each other.  They are imported on
# the thread that compiles.
_IMPORTED = tuple(
    f"graphflow.ops.kernels.{name}"
    for name in ("simd", "conv_tiles", "depthwise_tiles", "pool_tiles", "product_tiles")
)


def specialised(template: str, constants: Mapping[str, int]) -> ModuleType:
    """Return the module of a file of this folder with other constants.

    Args:
      template: name of the file, without `.py`.
      constants: the new values.

    Returns:
      The module; see `graphflow.core.code_cache`.

    Raises:
      ValueError: the file has no such constant.
    """
    return code_cache.load(_source(template, constants), template)


def is_kept(template: str, constants: Mapping[str, int]) -> bool:
    """Whether the module that `specialised` returns is on disk.

    Args:
      template: name of the file, without `.py`.
      constants: the new values.
    """
    return code_cache.is_kept(_source(template, constants), template)


def _source(template: str, constants: Mapping[str, int]) -> str:
    source = Path(__file__).with_name(f"{template}.py").read_text(encoding="utf-8")
    for name, value in constants.items():
        source, count = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"{template} has {count} lines that give {name} a number")
    return f"{source}\n{code_cache.fingerprint(*map(import_module, _IMPORTED))}\n"
