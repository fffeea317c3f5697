"""`tf.summary`: summaries for TensorBoard."""

from __future__ import annotations

from typing import Any as _Any

from graphflow.interop import protos as _protos
from graphflow.summary.functions import (
    all_v2_summary_ops as all_v2_summary_ops,
    audio as audio,
    get_summary_description as get_summary_description,
    histogram as histogram,
    image as image,
    merge as merge,
    merge_all as merge_all,
    scalar as scalar,
    tensor_summary as tensor_summary,
    text as text,
)
from graphflow.summary.writer import FileWriter as FileWriter, FileWriterCache as FileWriterCache

_MESSAGES = frozenset({"Event", "SessionLog", "Summary", "SummaryDescription", "TaggedRunMetadata"})


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow.summary' has no attribute {name!r}")
