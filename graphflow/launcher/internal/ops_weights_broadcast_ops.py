"""`tensorflow.python.ops.weights_broadcast_ops`."""

from __future__ import annotations

from graphflow.losses.weights import (
    assert_broadcastable as assert_broadcastable,
    broadcast_weights as broadcast_weights,
)
