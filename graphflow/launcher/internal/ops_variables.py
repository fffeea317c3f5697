"""`tensorflow.python.ops.variables`."""

from __future__ import annotations

from graphflow.variables.partitioned import PartitionedVariable as PartitionedVariable
