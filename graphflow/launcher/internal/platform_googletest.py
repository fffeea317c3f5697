"""`tensorflow.python.platform.googletest`."""

from __future__ import annotations

from graphflow.testing.test_case import get_temp_dir as GetTempDir

__all__ = ["GetTempDir"]
