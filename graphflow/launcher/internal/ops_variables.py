"""`tensorflow.python.ops.variables`."""

from __future__ import annotations

from graphflow.variables.base import Variable as VariableV1
from graphflow.variables.partitioned import PartitionedVariable as PartitionedVariable
from graphflow.variables.reference import RefVariable as RefVariable

__all__ = ["PartitionedVariable", "RefVariable", "VariableV1"]
