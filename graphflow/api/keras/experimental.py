"""`tf.keras.experimental`: the layer of columns of sequences."""

from __future__ import annotations

from graphflow.keras.features import SequenceFeatures as SequenceFeatures
