"""`tf.contrib.tfprof.model_analyzer`: the profiler by its old names."""

from __future__ import annotations

from typing import Any

from graphflow.core.deprecation import warn_once
from graphflow.core.graph import Graph
from graphflow.profiler.options import ProfileOptionBuilder
from graphflow.profiler.profile import advise as _advise, profile

TRAINABLE_VARS_PARAMS_STAT_OPTIONS = ProfileOptionBuilder.trainable_variables_parameter()
FLOAT_OPS_OPTIONS = ProfileOptionBuilder.float_operation()
PRINT_ALL_TIMING_MEMORY = {**ProfileOptionBuilder.time_and_memory(), "order_by": "name"}


def print_model_analysis(
    graph: Graph | None,
    run_meta: Any = None,
    op_log: Any = None,
    tfprof_cmd: str = "scope",
    tfprof_options: Any = 0,
) -> Any:
    """Count what a graph costs, and report it; old form of `tf.profiler.profile`.

    Args:
      graph: as there, and so are the others.
      run_meta: as there.
      op_log: as there.
      tfprof_cmd: its `cmd`.
      tfprof_options: its `options`.

    Returns:
      A `GraphNodeProto` or `MultiGraphNodeProto`.
    """
    warn_once("tf.contrib.tfprof: use tf.profiler.profile(graph, run_meta, op_log, cmd, options)")
    return profile(graph, run_meta, op_log, tfprof_cmd, tfprof_options)


def advise(graph: Graph | None, run_meta: Any = None, tfprof_options: Any = 0) -> Any:
    """Report the operations that take most time; old form of `tf.profiler.advise`.

    Args:
      graph: as there, and so are the others.
      run_meta: as there.
      tfprof_options: its `options`.

    Returns:
      An `AdviceProto`.
    """
    warn_once("tf.contrib.tfprof: use tf.profiler.advise(graph, run_meta, options)")
    return _advise(graph, run_meta, tfprof_options)
