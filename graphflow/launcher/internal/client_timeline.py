"""`tensorflow.python.client.timeline`."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphflow.viz.chrome_trace import AllocationMaximum, ChromeTrace, chrome_trace

__all__ = ["AllocationMaximum", "StepStatsAnalysis", "Timeline"]


class StepStatsAnalysis(NamedTuple):
    """What is known of a run.

    Attributes:
      chrome_trace: the trace for Chrome, which `format_to_string()` writes.
      allocator_maximums: for each allocator when it had given out most memory.
    """

    chrome_trace: ChromeTrace
    allocator_maximums: dict[str, AllocationMaximum]


class Timeline:
    """What a traced run did and when, for the viewer of traces in Chrome (`chrome://tracing`).

    Args:
      step_stats: the `StepStats` of a run's `RunMetadata`.
      graph: not needed: the trace has all names.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        del graph
        self._step_stats = step_stats

    def analyze_step_stats(
        self, show_dataflow: bool = True, show_memory: bool = True, op_time: str = "schedule"
    ) -> StepStatsAnalysis:
        """Return the trace, and when how much memory was given out.

        Args:
          show_dataflow: whether arrows lead from operations to those on other threads that use
            their results.
          show_memory: whether to show which tensors lived when, and the memory that they took.
          op_time: what of an operation is shown if its kernels on a graphics card outlast its
            launch: "schedule" the launch, "gpu" the kernels, "all" both.

        Raises:
          ValueError: `op_time` is something else.
        """
        trace = chrome_trace(self._step_stats, show_dataflow, show_memory, op_time)
        return StepStatsAnalysis(trace, trace.maximums)

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False, op_time: str = "schedule"
    ) -> str:
        """Return the trace as JSON.

        Args:
          show_dataflow: as for `analyze_step_stats`.
          show_memory: as for `analyze_step_stats`.
          op_time: as for `analyze_step_stats`.

        Raises:
          ValueError: `op_time` is something else.
        """
        analysis = self.analyze_step_stats(show_dataflow, show_memory, op_time)
        return analysis.chrome_trace.format_to_string(pretty=True)
