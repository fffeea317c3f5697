"""`tensorflow.python.framework.random_seed`."""

from __future__ import annotations

# What stands in for the graph's seed where only an operation has one.
DEFAULT_GRAPH_SEED = 87654321
