"""`tf.contrib.tfprof.tfprof_logger`."""

from __future__ import annotations

from graphflow.profiler.profile import write_op_log as write_op_log
