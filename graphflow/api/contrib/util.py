"""`tf.contrib.util`: tensors as messages, and values that a graph alone determines."""

from __future__ import annotations

from graphflow.core.defaults import get_static_value as constant_value
from graphflow.interop.op_defs import (
    ops_used_by_graph_def as ops_used_by_graph_def,
    stripped_op_list_for_graph as stripped_op_list_for_graph,
)
from graphflow.interop.tensor_proto import (
    make_ndarray as make_ndarray,
    make_tensor_proto as make_tensor_proto,
)

__all__ = [
    "constant_value",
    "make_ndarray",
    "make_tensor_proto",
    "ops_used_by_graph_def",
    "stripped_op_list_for_graph",
]
