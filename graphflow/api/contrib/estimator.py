"""`tf.contrib.estimator`: what estimators had before it came to `tf.estimator`."""

from __future__ import annotations

from graphflow.estimator.early_stopping import (
    make_early_stopping_hook as make_early_stopping_hook,
    make_stop_at_checkpoint_step_hook as make_stop_at_checkpoint_step_hook,
    stop_if_higher_hook as stop_if_higher_hook,
    stop_if_lower_hook as stop_if_lower_hook,
    stop_if_no_decrease_hook as stop_if_no_decrease_hook,
    stop_if_no_increase_hook as stop_if_no_increase_hook,
)
from graphflow.estimator.evaluator_hook import InMemoryEvaluatorHook as InMemoryEvaluatorHook
from graphflow.estimator.extenders import (
    add_metrics as add_metrics,
    clip_gradients_by_norm as clip_gradients_by_norm,
    forward_features as forward_features,
)
