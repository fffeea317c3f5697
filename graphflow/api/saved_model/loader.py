"""`tf.saved_model.loader`: reads models."""

from __future__ import annotations

from graphflow.saved_model.loader import (
    load as load,
    maybe_saved_model_directory as maybe_saved_model_directory,
)
