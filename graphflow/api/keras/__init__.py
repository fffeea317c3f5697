"""`tf.keras`, as far as it stands without models."""

from __future__ import annotations

from graphflow.api.keras import (
    activations as activations,
    backend as backend,
    callbacks as callbacks,
    constraints as constraints,
    datasets as datasets,
    experimental as experimental,
    initializers as initializers,
    layers as layers,
    losses as losses,
    optimizers as optimizers,
    regularizers as regularizers,
    utils as utils,
)
