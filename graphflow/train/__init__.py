"""Training: optimizers, learning-rate decay, the global step."""

from __future__ import annotations

from typing import Any as _Any

from graphflow.interop import protos as _protos
from graphflow.interop.graphdef import write_graph as write_graph
from graphflow.train.adam import AdamOptimizer as AdamOptimizer
from graphflow.train.decay import exponential_decay as exponential_decay
from graphflow.train.global_step import (
    assert_global_step as assert_global_step,
    create_global_step as create_global_step,
    get_global_step as get_global_step,
    get_or_create_global_step as get_or_create_global_step,
    global_step as global_step,
)
from graphflow.train.gradient_descent import GradientDescentOptimizer as GradientDescentOptimizer
from graphflow.train.momentum import MomentumOptimizer as MomentumOptimizer
from graphflow.train.optimizer import Optimizer as Optimizer

# Messages are built when first asked for: protobuf takes time to import.
_MESSAGES = frozenset(
    {
        "BytesList",
        "ClusterDef",
        "Example",
        "Feature",
        "FeatureList",
        "FeatureLists",
        "Features",
        "FloatList",
        "Int64List",
        "JobDef",
        "SaverDef",
        "SequenceExample",
        "ServerDef",
    }
)


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow.train' has no attribute {name!r}")
