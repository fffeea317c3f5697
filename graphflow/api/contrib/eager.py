"""`tf.contrib.eager`."""

from __future__ import annotations

from graphflow.contrib.eager import (
    ASYNC as ASYNC,
    DEVICE_PLACEMENT_EXPLICIT as DEVICE_PLACEMENT_EXPLICIT,
    DEVICE_PLACEMENT_SILENT as DEVICE_PLACEMENT_SILENT,
    DEVICE_PLACEMENT_WARN as DEVICE_PLACEMENT_WARN,
    SYNC as SYNC,
    Iterator as Iterator,
    defun as defun,
    gradients_function as gradients_function,
    implicit_gradients as implicit_gradients,
    implicit_value_and_gradients as implicit_value_and_gradients,
    list_devices as list_devices,
    num_gpus as num_gpus,
    value_and_gradients_function as value_and_gradients_function,
)
from graphflow.core.spec import TensorSpec as TensorSpec
from graphflow.core.version2 import (
    enable_eager_execution as enable_eager_execution,
    executing_eagerly as executing_eagerly,
    executing_eagerly as in_eager_mode,
)
from graphflow.launcher.internal.framework_test_util import (
    run_in_graph_and_eager_modes as run_test_in_graph_and_eager_modes,
)
from graphflow.ops import (
    GradientTape as GradientTape,
    custom_gradient as custom_gradient,
    py_function as py_func,
)
from graphflow.variables.resource import ResourceVariable as Variable
from graphflow.variables.template import make_template as make_template

__all__ = [
    "ASYNC",
    "DEVICE_PLACEMENT_EXPLICIT",
    "DEVICE_PLACEMENT_SILENT",
    "DEVICE_PLACEMENT_WARN",
    "SYNC",
    "GradientTape",
    "Iterator",
    "TensorSpec",
    "Variable",
    "custom_gradient",
    "defun",
    "enable_eager_execution",
    "executing_eagerly",
    "gradients_function",
    "implicit_gradients",
    "implicit_value_and_gradients",
    "in_eager_mode",
    "list_devices",
    "make_template",
    "num_gpus",
    "py_func",
    "run_test_in_graph_and_eager_modes",
    "value_and_gradients_function",
]
