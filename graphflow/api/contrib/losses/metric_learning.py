"""`tf.contrib.losses.metric_learning`: vectors of one label near one another, of others apart."""

from __future__ import annotations

from graphflow.contrib.losses.metric_learning import (
    contrastive_loss as contrastive_loss,
    lifted_struct_loss as lifted_struct_loss,
    npairs_loss as npairs_loss,
    npairs_loss_multilabel as npairs_loss_multilabel,
    triplet_semihard_loss as triplet_semihard_loss,
)
