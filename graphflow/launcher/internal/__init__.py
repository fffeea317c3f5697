"""What TensorFlow's internal modules have that is public nowhere, a module for each of them."""

from __future__ import annotations

# The internal modules by their paths below `tensorflow.python`; "." is "_" in the names here.
MODULES = (
    "client.device_lib",
    "client.session",
    "client.timeline",
    "eager.context",
    "framework.function",
    "framework.ops",
    "framework.smart_cond",
    "framework.tensor_shape",
    "layers.utils",
    "ops.init_ops",
    "ops.resources",
    "ops.rnn_cell_impl",
    "ops.variable_scope",
    "pywrap_tensorflow",
    "tools.freeze_graph",
    "tools.inspect_checkpoint",
    "training.moving_averages",
    "training.optimizer",
    "training.slot_creator",
    "util.tf_contextlib",
    "util.tf_decorator",
    "util.tf_inspect",
)
