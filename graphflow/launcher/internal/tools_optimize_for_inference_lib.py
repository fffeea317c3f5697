"""`tensorflow.python.tools.optimize_for_inference_lib`."""

from __future__ import annotations

from graphflow.tools.optimize_for_inference import (
    fold_batch_norms as fold_batch_norms,
    optimize_for_inference as optimize_for_inference,
)
