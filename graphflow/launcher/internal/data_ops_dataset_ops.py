"""`tensorflow.python.data.ops.dataset_ops`."""

from __future__ import annotations

from graphflow.data.dataset import Dataset

# There is one class for both versions.
DatasetV1 = DatasetV2 = DatasetV1Adapter = Dataset
