"""Where the features of an exported model come from."""

from __future__ import annotations

from graphflow.contrib.learn.inputs import (
    build_default_serving_input_fn as build_default_serving_input_fn,
    build_parsing_serving_input_fn as build_parsing_serving_input_fn,
)
from graphflow.contrib.learn.specs import InputFnOps as InputFnOps
