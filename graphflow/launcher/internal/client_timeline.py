"""`tensorflow.python.client.timeline`."""

from __future__ import annotations

import json
from typing import Any

from graphflow.viz.chrome_trace import chrome_trace


class Timeline:
    """What a traced run did and when, for the viewer of traces in Chrome (`chrome://tracing`).

    Args:
      step_stats: the `StepStats` of a run's `RunMetadata`.
      graph: not needed: the trace has all names.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        del graph
        self._step_stats = step_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """Return the trace as JSON.

        Args:
          show_dataflow: whether arrows lead from an operation to those that use its results.
          show_memory: whether to show the memory that operations allocate, which is not recorded.

        Raises:
          NotImplementedError: `show_memory` is set.
        """
        if show_memory:
            raise NotImplementedError("show_memory: allocations are not recorded")
        return json.dumps(chrome_trace(self._step_stats, show_dataflow), indent=1)
