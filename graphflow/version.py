"""The version of the project: read from here by the package, the build and the command line."""

from __future__ import annotations

__version__ = "0.1.0"
