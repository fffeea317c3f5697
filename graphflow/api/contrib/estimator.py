"""`tf.contrib.estimator`: what estimators had before it came to `tf.estimator`."""

from __future__ import annotations

from graphflow.estimator.canned_with_head import (
    call_logit_fn as call_logit_fn,
    dnn_logit_fn_builder as dnn_logit_fn_builder,
    linear_logit_fn_builder as linear_logit_fn_builder,
)
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
from graphflow.estimator.head_factories import (
    binary_classification_head as binary_classification_head,
    logistic_regression_head as logistic_regression_head,
    multi_class_head as multi_class_head,
    multi_head as multi_head,
    multi_label_head as multi_label_head,
    poisson_regression_head as poisson_regression_head,
    regression_head as regression_head,
)
from graphflow.estimator.replication import (
    TowerOptimizer as TowerOptimizer,
    replicate_model_fn as replicate_model_fn,
)
from graphflow.estimator.rnn import (
    RNNClassifier as RNNClassifier,
    RNNEstimator as RNNEstimator,
)
