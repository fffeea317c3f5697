"""`tf.contrib.tfprof`: the profiler by its old names."""

from __future__ import annotations

from graphflow.api.contrib.tfprof import (
    model_analyzer as model_analyzer,
    tfprof_logger as tfprof_logger,
)
