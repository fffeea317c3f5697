"""`tensorflow.python.tools.strip_unused_lib`."""

from __future__ import annotations

from graphflow.tools.strip_unused import (
    strip_unused as strip_unused,
    strip_unused_from_files as strip_unused_from_files,
)
