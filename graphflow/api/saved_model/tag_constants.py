"""`tf.saved_model.tag_constants`: what graphs are called."""

from __future__ import annotations

from graphflow.saved_model.constants import (
    GPU as GPU,
    SERVING as SERVING,
    TPU as TPU,
    TRAINING as TRAINING,
)
