"""`tf.keras`, as far as it stands without models."""

from __future__ import annotations

from typing import NoReturn

from graphflow.api.keras import (
    activations as activations,
    backend as backend,
    constraints as constraints,
    datasets as datasets,
    initializers as initializers,
    layers as layers,
    losses as losses,
    regularizers as regularizers,
    utils as utils,
)


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"graphflow has no tf.keras.{name}: models and training loops of Keras are out of scope; "
        "write the graph with tf.layers, tf.losses and tf.train"
    )
