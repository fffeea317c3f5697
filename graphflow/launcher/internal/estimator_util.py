"""`tensorflow.python.estimator.util`."""

from __future__ import annotations

from graphflow.launcher.internal.util_function_utils import fn_args as fn_args
