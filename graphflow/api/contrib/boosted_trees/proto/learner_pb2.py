"""How trees grow."""

from __future__ import annotations

from graphflow.contrib.boosted_trees.learner import (
    LearnerConfig as LearnerConfig,
    LearningRateConfig as LearningRateConfig,
    LearningRateFixedConfig as LearningRateFixedConfig,
    TreeConstraintsConfig as TreeConstraintsConfig,
    TreeRegularizationConfig as TreeRegularizationConfig,
)
