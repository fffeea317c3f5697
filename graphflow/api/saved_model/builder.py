"""`tf.saved_model.builder`: writes models."""

from __future__ import annotations

from graphflow.saved_model.builder import (
    SavedModelBuilder as SavedModelBuilder,
)
