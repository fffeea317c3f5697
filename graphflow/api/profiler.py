"""`tf.profiler`: how much a graph computes, and where time goes."""

from __future__ import annotations

from typing import Any as _Any

from graphflow.interop import protos as _protos
from graphflow.profiler.options import ProfileOptionBuilder as ProfileOptionBuilder
from graphflow.profiler.profile import (
    Profiler as Profiler,
    advise as advise,
    profile as profile,
    write_op_log as write_op_log,
)

_MESSAGES = frozenset({"AdviceProto", "GraphNodeProto", "MultiGraphNodeProto", "OpLogProto"})


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(name)  # the text comes from `graphflow.interop.missing_names`
