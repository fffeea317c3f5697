"""`tensorflow.python.pywrap_tensorflow`."""

from __future__ import annotations

from graphflow.version import __version__ as __version__


def IsMklEnabled() -> bool:
    """Return False: the kernels are numpy's."""
    return False
