"""`tf.xla`: which operations to compile together."""

from __future__ import annotations

from graphflow.api.xla import experimental as experimental
