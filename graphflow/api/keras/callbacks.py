"""`tf.keras.callbacks`."""

from __future__ import annotations

from graphflow.keras.callbacks import Callback as Callback
