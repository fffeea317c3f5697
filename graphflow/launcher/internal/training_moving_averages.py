"""`tensorflow.python.training.moving_averages`."""

from __future__ import annotations

from graphflow.train.moving_averages import (
    ExponentialMovingAverage as ExponentialMovingAverage,
    assign_moving_average as assign_moving_average,
    weighted_moving_average as weighted_moving_average,
)
