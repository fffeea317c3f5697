"""`tf.contrib.staging`: tuples of tensors that one run leaves for a later one."""

from __future__ import annotations

from graphflow.ops.staging import StagingArea as StagingArea
