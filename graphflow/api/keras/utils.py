"""`tf.keras.utils`."""

from __future__ import annotations

from graphflow.keras.utils import normalize as normalize, to_categorical as to_categorical
