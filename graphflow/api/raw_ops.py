"""`tf.raw_ops`: every op as a function of its inputs and attributes by name."""

from __future__ import annotations

from typing import Any

from graphflow.core.op import registered_ops
from graphflow.interop.raw_op import raw_op


def __getattr__(name: str) -> Any:
    if name not in registered_ops() or name.startswith("_"):
        raise AttributeError(f"module 'tensorflow.raw_ops' has no attribute {name!r}")
    return raw_op(name)


def __dir__() -> list[str]:
    return sorted(name for name in registered_ops() if not name.startswith("_"))
