"""`tf.saved_model.utils`: tensors of signatures."""

from __future__ import annotations

from graphflow.saved_model.signatures import (
    build_tensor_info as build_tensor_info,
    get_tensor_from_tensor_info as get_tensor_from_tensor_info,
)
