"""`tf.contrib.metrics`: measures of a batch, and of all batches so far."""

from __future__ import annotations

from graphflow.contrib.metrics.aggregation import (
    aggregate_metric_map as aggregate_metric_map,
    aggregate_metrics as aggregate_metrics,
)
from graphflow.contrib.metrics.classification import accuracy as accuracy
