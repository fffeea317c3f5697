"""`tensorflow.python.ops.data_flow_ops`."""

from __future__ import annotations

from graphflow.ops.staging import StagingArea as StagingArea
