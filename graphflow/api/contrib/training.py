"""`tf.contrib.training`: operations and loops for training."""

from __future__ import annotations

from graphflow.checkpoints.waiting import (
    checkpoints_iterator as checkpoints_iterator,
    wait_for_new_checkpoint as wait_for_new_checkpoint,
)
from graphflow.contrib.training.bucketing import (
    bucket as bucket,
    bucket_by_sequence_length as bucket_by_sequence_length,
)
from graphflow.contrib.training.device_setter import (
    GreedyLoadBalancingStrategy as GreedyLoadBalancingStrategy,
    RandomStrategy as RandomStrategy,
    byte_size_load_fn as byte_size_load_fn,
)
from graphflow.contrib.training.evaluation import (
    StopAfterNEvalsHook as StopAfterNEvalsHook,
    SummaryAtEndHook as SummaryAtEndHook,
    evaluate_once as evaluate_once,
    evaluate_repeatedly as evaluate_repeatedly,
    get_or_create_eval_step as get_or_create_eval_step,
)
from graphflow.contrib.training.hparam import HParams as HParams
from graphflow.contrib.training.hparam_text import parse_values as parse_values
from graphflow.contrib.training.train_op import (
    add_gradients_summaries as add_gradients_summaries,
    clip_gradient_norms as clip_gradient_norms,
    clip_gradient_norms_fn as clip_gradient_norms_fn,
    create_train_op as create_train_op,
    multiply_gradients as multiply_gradients,
)
from graphflow.contrib.training.training_loop import train as train
