"""`tensorflow.python.framework.function`."""

from __future__ import annotations

from graphflow.ops.defun import Defun as Defun
