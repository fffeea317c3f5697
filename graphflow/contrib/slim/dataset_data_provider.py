"""`DatasetDataProvider`, under the name of its module in TensorFlow."""

from __future__ import annotations

from graphflow.contrib.slim.data_provider import DatasetDataProvider as DatasetDataProvider
