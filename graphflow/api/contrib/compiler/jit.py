"""`tf.contrib.compiler.jit`."""

from __future__ import annotations

from graphflow.contrib.compiler import jit_scope as experimental_jit_scope

__all__ = ["experimental_jit_scope"]
