"""`tf.contrib.predictor`: a trained model as a function of arrays."""

from __future__ import annotations

from graphflow.contrib.predictor import (
    from_contrib_estimator as from_contrib_estimator,
    from_estimator as from_estimator,
    from_saved_model as from_saved_model,
)
