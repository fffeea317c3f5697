"""`tf.contrib.metrics`: measures of a batch, and of all batches so far."""

from __future__ import annotations

from graphflow.contrib.metrics.classification import accuracy as accuracy
