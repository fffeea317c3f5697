"""`tf.contrib.tpu`: what programs for tensor processing units import."""

from __future__ import annotations

from graphflow.contrib.tpu import (
    CrossShardOptimizer as CrossShardOptimizer,
    DeviceAssignment as DeviceAssignment,
    TPUDistributionStrategy as TPUDistributionStrategy,
    batch_parallel as batch_parallel,
    bfloat16_scope as bfloat16_scope,
    core as core,
    cross_replica_sum as cross_replica_sum,
    get_tpu_context as get_tpu_context,
    initialize_system as initialize_system,
    outside_compilation as outside_compilation,
    replicate as replicate,
    rewrite as rewrite,
    shard as shard,
    shutdown_system as shutdown_system,
)
from graphflow.estimator.tpu import (
    InputPipelineConfig as InputPipelineConfig,
    TPUConfig as TPUConfig,
    TPUEstimator as TPUEstimator,
    TPUEstimatorSpec as TPUEstimatorSpec,
    TPURunConfig as RunConfig,
)

__all__ = [
    "CrossShardOptimizer",
    "DeviceAssignment",
    "InputPipelineConfig",
    "RunConfig",
    "TPUConfig",
    "TPUDistributionStrategy",
    "TPUEstimator",
    "TPUEstimatorSpec",
    "batch_parallel",
    "bfloat16_scope",
    "core",
    "cross_replica_sum",
    "get_tpu_context",
    "initialize_system",
    "outside_compilation",
    "replicate",
    "rewrite",
    "shard",
    "shutdown_system",
]
