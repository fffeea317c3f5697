"""`tf.keras.optimizers`."""

from __future__ import annotations

from graphflow.keras.optimizers import (
    SGD as SGD,
    Adam as Adam,
    Optimizer as Optimizer,
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
