"""`tf.contrib`, what TensorFlow 1.15 shipped beside its stable interface: names only."""

from __future__ import annotations

from graphflow.api.contrib import (
    bayesflow as bayesflow,
    crf as crf,
    cudnn_rnn as cudnn_rnn,
    data as data,
    deprecated as deprecated,
    distributions as distributions,
    factorization as factorization,
    framework as framework,
    layers as layers,
    learn as learn,
    legacy_seq2seq as legacy_seq2seq,
    linalg as linalg,
    lookup as lookup,
    losses as losses,
    metrics as metrics,
    mixed_precision as mixed_precision,
    nn as nn,
    opt as opt,
    rnn as rnn,
    seq2seq as seq2seq,
    slim as slim,
    staging as staging,
    summary as summary,
    tensor_forest as tensor_forest,
    tensorboard as tensorboard,
    tpu as tpu,
    training as training,
    util as util,
)
