"""`tensorflow.python.ops.summary_op_util`."""

from __future__ import annotations

from graphflow.summary.functions import (
    clean_tag as clean_tag,
    collect as collect,
    summary_scope as summary_scope,
)
