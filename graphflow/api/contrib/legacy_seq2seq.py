"""Sequence to sequence models that are unrolled over lists of steps."""

from __future__ import annotations

from graphflow.contrib.legacy_seq2seq.losses import (
    sequence_loss as sequence_loss,
    sequence_loss_by_example as sequence_loss_by_example,
)
