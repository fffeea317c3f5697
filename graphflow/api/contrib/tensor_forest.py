"""`tf.contrib.tensor_forest`: names only."""

from __future__ import annotations

from graphflow.contrib.tensor_forest.forest import RandomForestGraphs as RandomForestGraphs
from graphflow.contrib.tensor_forest.params import ForestHParams as ForestHParams
