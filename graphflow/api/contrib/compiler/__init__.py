"""`tf.contrib.compiler`: which operations to compile together."""

from __future__ import annotations

from graphflow.api.contrib.compiler import jit as jit, xla as xla
