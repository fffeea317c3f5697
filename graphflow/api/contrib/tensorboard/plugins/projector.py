"""`tf.contrib.tensorboard.plugins.projector`: embeddings in TensorBoard."""

from __future__ import annotations

from typing import Any as _Any

from graphflow.contrib.projector import visualize_embeddings as visualize_embeddings
from graphflow.interop import protos as _protos

_MESSAGES = frozenset({"EmbeddingInfo", "ProjectorConfig", "SpriteMetadata"})


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'tf.contrib.tensorboard.plugins.projector' has no {name!r}")
