"""`tf.contrib.graph_editor`: walks through a graph, copies of its parts, changes of inputs."""

from __future__ import annotations

from graphflow.contrib.graph_copies import (
    TransformerInfo as TransformerInfo,
    add_control_inputs as add_control_inputs,
    copy as copy,
    copy_with_input_replacements as copy_with_input_replacements,
    graph_replace as graph_replace,
    reroute_ts as reroute_ts,
    swap_ts as swap_ts,
)
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
from graphflow.contrib.graph_views import (
    SubGraphView as SubGraphView,
    select_ops as select_ops,
    select_ops_and_ts as select_ops_and_ts,
    select_ts as select_ts,
    sgv as make_view,
    sgv as sgv,
    sgv_scope as make_view_from_scope,
    sgv_scope as sgv_scope,
)
