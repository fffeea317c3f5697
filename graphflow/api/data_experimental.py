"""Further transformations of datasets."""

from __future__ import annotations

from graphflow.data.dataset import AUTOTUNE as AUTOTUNE
from graphflow.data.options import (
    DistributeOptions as DistributeOptions,
    MapVectorizationOptions as MapVectorizationOptions,
    OptimizationOptions as OptimizationOptions,
    StatsOptions as StatsOptions,
    ThreadingOptions as ThreadingOptions,
)
