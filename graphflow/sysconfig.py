"""`tf.sysconfig`: where a program that compiles operations in C++ looks for what it needs.

The functions are there for programs that ask. Operations in C++ cannot be loaded here:
docs/adding_an_op.md tells how to write them in Python.
"""

from __future__ import annotations

from pathlib import Path

CXX11_ABI_FLAG = 0
MONOLITHIC_BUILD = 0


def get_include() -> str:
    """Return where headers would lie; there are none.

    >>> from pathlib import Path
    >>> Path(get_include()).name
    'include'
    """
    return str(Path(get_lib()) / "include")


def get_lib() -> str:
    """Return the folder of this package; there is no library in it."""
    return str(Path(__file__).parent)


def get_compile_flags() -> list[str]:
    """Return the flags for a compiler.

    >>> get_compile_flags()[1]
    '-D_GLIBCXX_USE_CXX11_ABI=0'
    """
    return [f"-I{get_include()}", f"-D_GLIBCXX_USE_CXX11_ABI={CXX11_ABI_FLAG}"]


def get_link_flags() -> list[str]:
    """Return the flags for a linker; no library is among them, for there is none."""
    return [f"-L{get_lib()}"]
