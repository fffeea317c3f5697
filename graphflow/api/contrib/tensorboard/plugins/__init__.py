"""`tf.contrib.tensorboard.plugins`."""

from __future__ import annotations

from graphflow.api.contrib.tensorboard.plugins import projector as projector
