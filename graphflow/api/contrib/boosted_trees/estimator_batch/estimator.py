"""Estimators that grow trees batch by batch."""

from __future__ import annotations

from graphflow.contrib.boosted_trees.estimators import (
    GradientBoostedDecisionTreeClassifier as GradientBoostedDecisionTreeClassifier,
    GradientBoostedDecisionTreeRegressor as GradientBoostedDecisionTreeRegressor,
)
