"""`tf.keras`, as far as it stands without models."""

from __future__ import annotations

from typing import NoReturn

from graphflow.api.keras import (
    activations as activations,
    constraints as constraints,
    initializers as initializers,
    regularizers as regularizers,
)


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"graphflow has no tf.keras.{name}: models and training loops of Keras are out of scope; "
        "write the graph with tf.layers, tf.losses and tf.train"
    )
