"""`tf.contrib.boosted_trees`: gradient boosted trees from before `tf.estimator`'s."""

from __future__ import annotations

from graphflow.api.contrib.boosted_trees import (
    estimator_batch as estimator_batch,
    proto as proto,
)
