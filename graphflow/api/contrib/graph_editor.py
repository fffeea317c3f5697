"""`tf.contrib.graph_editor`: operations that others depend on, or that depend on others."""

from __future__ import annotations

from graphflow.contrib.graph_editor import (
    ControlOutputs as ControlOutputs,
    filter_ops as filter_ops,
    filter_ops_from_regex as filter_ops_from_regex,
    filter_ts as filter_ts,
    filter_ts_from_regex as filter_ts_from_regex,
    get_backward_walk_ops as get_backward_walk_ops,
    get_consuming_ops as get_consuming_ops,
    get_forward_walk_ops as get_forward_walk_ops,
    get_generating_ops as get_generating_ops,
    get_tensors as get_tensors,
    get_walks_intersection_ops as get_walks_intersection_ops,
)
