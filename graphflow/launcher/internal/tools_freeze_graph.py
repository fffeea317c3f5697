"""`tensorflow.python.tools.freeze_graph`."""

from __future__ import annotations

from graphflow.tools.freeze_graph import (
    freeze_graph as freeze_graph,
    freeze_graph_with_def_protos as freeze_graph_with_def_protos,
)
