"""Copies of a source file with other constants, compiled.

A kernel whose innermost loops are unrolled is compiled anew for each size of its tiles.  Its source
is a file of this folder that is never imported itself: its constants are lines `NAME = number`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from graphflow.core import code_cache


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
    # Imported here, on the thread that compiles: numba is slow to import.
    from graphflow.ops.kernels import conv_tiles, pool_tiles, simd

    source = Path(__file__).with_name(f"{template}.py").read_text(encoding="utf-8")
    for name, value in constants.items():
        source, count = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"{template} has {count} lines that give {name} a number")
    source = f"{source}\n{code_cache.fingerprint(simd, conv_tiles, pool_tiles)}\n"
    return code_cache.load(source, template)
