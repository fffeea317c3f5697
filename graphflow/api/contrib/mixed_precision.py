"""`tf.contrib.mixed_precision`."""

from __future__ import annotations

from graphflow.contrib.mixed_precision.managers import (
    ExponentialUpdateLossScaleManager as ExponentialUpdateLossScaleManager,
    FixedLossScaleManager as FixedLossScaleManager,
    LossScaleManager as LossScaleManager,
)
from graphflow.contrib.mixed_precision.optimizer import LossScaleOptimizer as LossScaleOptimizer
