"""The versions of the project and of the interface that it has."""

from __future__ import annotations

__version__ = "0.1.0"  # read from here by the package, the build and the command line
TENSORFLOW_VERSION = "1.15.0"
