"""`tf.xla.experimental`."""

from __future__ import annotations

from graphflow.contrib.compiler import compile as compile, jit_scope as jit_scope
