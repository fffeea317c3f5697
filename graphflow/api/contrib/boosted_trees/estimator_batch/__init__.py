"""Estimators that grow trees batch by batch."""

from __future__ import annotations

from graphflow.api.contrib.boosted_trees.estimator_batch import estimator as estimator
