"""The programs that are timed, written against TensorFlow 1's interface and nothing else.

Each module enters its own in `WORKLOADS`.
"""

from __future__ import annotations

from benchmarks import (
    arithmetic as arithmetic,
    graphs as graphs,
    networks as networks,
    pipelines as pipelines,
)
from benchmarks.program import WORKLOADS as WORKLOADS
