"""`tf.contrib.learn.utils`: functions for serving."""

from __future__ import annotations

from graphflow.api.contrib.learn.utils import (
    input_fn_utils as input_fn_utils,
    saved_model_export_utils as saved_model_export_utils,
)
from graphflow.contrib.learn.export_strategy import make_export_strategy as make_export_strategy
from graphflow.contrib.learn.inputs import (
    build_default_serving_input_fn as build_default_serving_input_fn,
    build_parsing_serving_input_fn as build_parsing_serving_input_fn,
)
from graphflow.contrib.learn.specs import InputFnOps as InputFnOps
