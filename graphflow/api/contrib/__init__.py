"""`tf.contrib`, what TensorFlow 1.15 shipped beside its stable interface: names only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphflow.core.late import late_names

if TYPE_CHECKING:
    from graphflow.api.contrib import (
        bayesflow as bayesflow,
        boosted_trees as boosted_trees,
        compiler as compiler,
        crf as crf,
        cudnn_rnn as cudnn_rnn,
        data as data,
        deprecated as deprecated,
        distributions as distributions,
        eager as eager,
        estimator as estimator,
        factorization as factorization,
        feature_column as feature_column,
        framework as framework,
        graph_editor as graph_editor,
        image as image,
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
        predictor as predictor,
        quantization as quantization,
        resampler as resampler,
        rnn as rnn,
        seq2seq as seq2seq,
        signal as signal,
        slim as slim,
        sparsemax as sparsemax,
        staging as staging,
        stateless as stateless,
        summary as summary,
        tensor_forest as tensor_forest,
        tensorboard as tensorboard,
        tfprof as tfprof,
        tpu as tpu,
        training as training,
        util as util,
    )
else:
    _PARTS = (
        "bayesflow", "boosted_trees", "compiler", "crf", "cudnn_rnn", "data", "deprecated",
        "distributions", "eager", "estimator", "factorization", "feature_column", "framework",
        "graph_editor", "image", "layers", "learn", "legacy_seq2seq", "linalg", "lookup", "losses",
        "metrics", "mixed_precision", "nn", "opt", "predictor", "quantization", "resampler", "rnn",
        "seq2seq", "signal", "slim", "sparsemax", "staging", "stateless", "summary",
        "tensor_forest", "tensorboard", "tfprof", "tpu", "training", "util",
    )  # fmt: skip
    __getattr__, __dir__, __all__ = late_names(
        __name__, {name: f"graphflow.api.contrib.{name}" for name in _PARTS}
    )
