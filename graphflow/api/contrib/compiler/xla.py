"""`tf.contrib.compiler.xla`."""

from __future__ import annotations

from graphflow.contrib.compiler import compile as compile
