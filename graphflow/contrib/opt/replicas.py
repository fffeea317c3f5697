"""Optimizers of workers that train variables of their own, each in its process: not available.

Programs may name them, and learn what is missing when they make one.
"""

from __future__ import annotations

from typing import Any


class _BetweenProcesses:
    """Base of what has a meaning only with several processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__}: it averages over workers with variables of their own, in "
            "several processes; tf.train.SyncReplicasOptimizer averages the gradients of threads"
        )


class AGNOptimizer(_BetweenProcesses):
    """Normalizes gradients that a worker has added up (Hermans et al., 2017): not available."""


class AGNCustomGetter(_BetweenProcesses):
    """Makes the variables of `AGNOptimizer`: not available."""


class ElasticAverageOptimizer(_BetweenProcesses):
    """Pulls workers towards their centre (Zhang et al., 2015): not available."""


class ElasticAverageCustomGetter(_BetweenProcesses):
    """Makes the variables of `ElasticAverageOptimizer`: not available."""


class ModelAverageOptimizer(_BetweenProcesses):
    """Averages the variables of workers after blocks of steps: not available."""


class ModelAverageCustomGetter(_BetweenProcesses):
    """Makes the variables of `ModelAverageOptimizer`: not available."""
