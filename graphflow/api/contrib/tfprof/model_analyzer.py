"""`tf.contrib.tfprof.model_analyzer`."""

from __future__ import annotations

from graphflow.contrib.tfprof import (
    FLOAT_OPS_OPTIONS as FLOAT_OPS_OPTIONS,
    PRINT_ALL_TIMING_MEMORY as PRINT_ALL_TIMING_MEMORY,
    TRAINABLE_VARS_PARAMS_STAT_OPTIONS as TRAINABLE_VARS_PARAMS_STAT_OPTIONS,
    advise as advise,
    print_model_analysis as print_model_analysis,
)
from graphflow.profiler.profile import Profiler as Profiler
